"""The best architectures, in a table and drawn; the winner in full."""

import json

from nas_tf import drawing
from nas_tf.report import charts
from nas_tf.report import html
from nas_tf.report import overview
from nas_tf.report import svg

# Taller drawings, in inches, but the best one's are shown at a click.
TALL = 10


def best(run, top_k):
    """Returns the section of the `top_k` best architectures of a run."""
    trials = run.best[:top_k]
    specs = [_decoded(run, trial) for trial in trials]
    count = len(trials)
    heading = f"The best {count} architectures" * (count > 1)
    return html.section(
        heading or "The best architecture",
        _table(run, trials, specs),
        _legend(specs),
        _drawings(run, trials, specs),
    )


def _decoded(run, trial):
    """Returns the spec of a trial, or None without the space."""
    if run.space is None:
        return None
    return run.space.decode(trial.proposal.actions)


def _table(run, trials, specs):
    measure = run.measure_name.replace("_", " ")
    columns = {
        "trial": [trial.trial_id for trial in trials],
        "reward": [f"{trial.reward:.4f}" for trial in trials],
        measure: [run.measure(trial) for trial in trials],
        "parameters": [_params(trial) for trial in trials],
        "architecture": [
            html.folded(
                json.dumps(trial.result.spec)
                if spec is None
                else run.space.describe(spec)
            )
            for trial, spec in zip(trials, specs)
        ],
    }
    # What nobody knows needs no column.
    known = {
        name: texts for name, texts in columns.items() if set(texts) != {"-"}
    }
    return html.table(
        known,
        zip(*known.values()),
        numeric=range(len(known) - 1),
        wide=len(known) - 1,
    )


def _params(trial):
    params = trial.result.params
    return "-" if params is None else f"{params:,}"


def _legend(specs):
    legends = {spec.legend() for spec in specs if spec is not None} - {""}
    if legends:
        return "".join(map(html.paragraph, sorted(legends)))
    if None in specs:
        return html.paragraph(
            "There are no drawings, as the search space is not to be had "
            "where this page was made."
        )
    return ""


def _drawings(run, trials, specs):
    figures = []
    for number, (trial, spec) in enumerate(zip(trials, specs)):
        if spec is None:
            continue
        label = f"Trial {trial.trial_id}, reward {trial.reward:.4f}"
        picture = drawing.figure(run.space.graph(spec))
        tall = picture.get_figheight() > TALL
        part = html.figure(
            svg.inline(picture, f"net{number}", f"{label}, as a graph"),
            label,
            kind="drawing",
        )
        if spec.lines():
            equations = html.lines(spec.lines())
            part = f'<div class="cell">{part}{equations}</div>'
        if tall and number:
            part = html.details(f"{label}, drawn", part)
        figures.append(f"<div>{part}</div>")
    return f'<div class="drawings">{"".join(figures)}</div>' * bool(figures)


def winner(run, trained):
    """Returns the section of the winner's full training.

    Args:
        run: `Run`.
        trained: Its `Trained`, or None for no section.
    """
    if trained is None:
        return ""
    names = dict.fromkeys(name.removeprefix("val_") for name in trained.history)
    figures = [
        html.figure(
            svg.inline(
                charts.training(trained.history, name),
                f"training{number}",
                f"{name} over the epochs of the full training",
            ),
            f"{name.replace('_', ' ').capitalize()} over epochs.",
        )
        for number, name in enumerate(names)
    ]
    return html.section(
        "The winner, trained in full",
        _card(run, trained),
        html.side_by_side(*figures),
    )


def _card(run, trained):
    card = trained.card
    name = run.measure_name.replace("_", " ")
    facts = []
    score = overview.test_score(run, trained)
    if score:
        facts.append((f"Test {name}", score))
    for key, show in (
        ("architecture", str),
        ("parameters", "{:,}".format),
        ("multiply_adds", "{:,}".format),
        ("epochs", str),
        ("training_seconds", overview.span),
        ("seed", str),
        ("date", str),
    ):
        if card.get(key) is None:
            continue
        try:
            value = show(card[key])
        # A card may have been written by anybody.
        except (TypeError, ValueError):
            value = str(card[key])
        label = key.removesuffix("_seconds").replace("_", " ").capitalize()
        facts.append((label, value))
    return html.facts(facts) if facts else ""
