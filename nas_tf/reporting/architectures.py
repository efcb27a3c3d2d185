"""The best architectures, in a table and drawn; the winner in full."""

from nas_tf import drawing
from nas_tf.reporting import charts
from nas_tf.reporting import html
from nas_tf.reporting import overview
from nas_tf.reporting import svg
from nas_tf.specs.conv_net import ConvNetSpec


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
    return run.space and run.space.decode(trial.proposal.actions)


def _table(run, trials, specs):
    measure = run.measure_name.replace("_", " ") or "measure"
    rows = [
        (
            trial.trial_id,
            f"{trial.reward:.4f}",
            run.measure(trial),
            "-" if trial.result.params is None else f"{trial.result.params:,}",
            trial.result.spec if spec is None else run.space.describe(spec),
        )
        for trial, spec in zip(trials, specs)
    ]
    return html.table(
        ("trial", "reward", measure, "parameters", "architecture"),
        rows,
        numeric=(0, 1, 2, 3),
    )


def _legend(specs):
    if any(isinstance(spec, ConvNetSpec) for spec in specs):
        return html.paragraph(
            "A layer is its number, height x width of its kernel (after a "
            "slash its strides) and its number of filters. Arrows and arcs "
            "lead to who reads it; where there are too many for arcs, a line "
            "goes down from each layer, with a dot where one reads it."
        )
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
        graph = run.space.graph(spec)
        label = f"Trial {trial.trial_id}, reward {trial.reward:.4f}"
        picture = html.figure(
            svg.inline(
                drawing.figure(graph), f"net{number}", f"{label}, as a graph"
            ),
            label,
            kind="drawing",
        )
        if hasattr(spec, "equations"):
            picture += html.details(
                f"Equations of trial {trial.trial_id}",
                html.lines(spec.equations()),
            )
        figures.append(picture)
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
