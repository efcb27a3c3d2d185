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
    specs = [run.spec(trial) for trial in trials]
    count = len(trials)
    heading = f"The best {count} architectures" * (count > 1)
    return html.section(
        heading or "The best architecture",
        _table(run, trials, specs),
        _legend(specs),
        _drawings(run, trials, specs),
    )


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
                else run.describe(spec)
            )
            for trial, spec in zip(trials, specs)
        ],
    }
    return html.columns(
        columns,
        numeric=columns.keys() - {"architecture"},
        wide="architecture",
    )


def _params(trial):
    params = trial.result.params
    return "-" if params is None else f"{params:,}"


def _legend(specs):
    """Returns how to read the drawings, or why there are none."""
    texts = [spec.legend() for spec in specs if spec is not None]
    if None in specs:
        texts.append(
            "The architectures are shown as data, without drawings, because "
            "their search space is not part of nas_tf."
        )
    return "".join(map(html.paragraph, filter(None, dict.fromkeys(texts))))


def _drawings(run, trials, specs):
    figures = []
    for number, (trial, spec) in enumerate(zip(trials, specs)):
        if spec is None:
            continue
        label = f"Trial {trial.trial_id}, reward {trial.reward:.4f}"
        picture = drawing.figure(run.graph(spec))
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
