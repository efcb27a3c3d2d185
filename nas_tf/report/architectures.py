"""The best architectures of a run: a table and drawings."""

import json

from nas_tf import drawing
from nas_tf.report import html
from nas_tf.report import svg
from nas_tf.report import wording

# Drawings taller than this, in inches, are folded, except the best one's.
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
    columns = {
        "trial": [trial.trial_id for trial in trials],
        run.measure.name: [run.measure.text(trial) for trial in trials],
        "reward": [f"{trial.reward:.4f}" for trial in trials],
        "parameters": [wording.count(trial.result.params) for trial in trials],
        "multiply-adds": [
            wording.count(trial.result.multiply_adds) for trial in trials
        ],
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


def _legend(specs):
    """Returns how to read the drawings, or why there are none."""
    texts = [spec.legend() for spec in specs if spec is not None]
    if None in specs:
        texts.append(
            "The architectures are shown as data, without drawings, because "
            "their specs are of a class that is not part of nas_tf."
        )
    return "".join(map(html.paragraph, filter(None, dict.fromkeys(texts))))


def _drawings(run, trials, specs):
    figures = []
    for number, (trial, spec) in enumerate(zip(trials, specs)):
        if spec is None:
            continue
        figures.append(
            drawing_of(
                spec,
                run.graph(spec),
                f"net{number}",
                f"Trial {trial.trial_id}, {run.measure.name} "
                f"{run.measure.text(trial)}",
                fold=number > 0,
            )
        )
    return f'<div class="drawings">{"".join(figures)}</div>' * bool(figures)


def drawing_of(spec, graph, name, label, fold=False):
    """Returns the drawing of an architecture, and its lines beside it.

    Args:
        spec: `Spec`.
        graph: Its `Graph`.
        name: Prefix of all ids of the drawing, unique on the page.
        label: Caption.
        fold: Whether a tall drawing is folded.
    """
    picture = drawing.figure(graph)
    part = html.figure(
        svg.inline(picture, name, f"{label}, as a graph"), label, kind="drawing"
    )
    if spec.lines():
        part = f'<div class="cell">{part}{html.lines(spec.lines())}</div>'
    if fold and picture.get_figheight() > TALL:
        part = html.details(f"{label}, drawn", part)
    if spec.lines():
        return f'<div class="broad">{part}</div>'
    # Side by side they are made a little smaller.
    width = 96 * picture.get_figwidth()
    return f'<div class="net" style="--width: {width:.0f}px">{part}</div>'
