"""The page that compares groups of runs."""

import numpy as np

from nas_tf.report import charts
from nas_tf.report import groups
from nas_tf.report import html
from nas_tf.report import series
from nas_tf.report import svg
from nas_tf.report import wording


def make(runs):
    """Returns a page that compares runs, as text; see `groups.grouped`.

    Args:
        runs: Sequence of `Run`.
    """
    found = groups.grouped(runs)
    window = series.window_for(min(len(run.trials) for run in runs))
    about = (
        f"{len(runs)} runs in {len(found)} groups. The runs of a group differ "
        f"only in their seeds."
    )
    if any(len(group.runs) > 1 for group in found):
        about += (
            " Lines are means over the runs of a group. Bands are the 95 % "
            "confidence interval of the mean, by Student's t; a single run "
            "has no band."
        )
    figures = [
        html.figure(
            svg.inline(
                charts.bands(found, attribute, ylabel, window - 1),
                attribute,
                f"{ylabel} over finished children, a line for each group",
            ),
            caption,
        )
        for attribute, ylabel, caption in (
            (
                "average",
                "mean reward",
                f"Mean reward of the last {window} children, including "
                f"failures.",
            ),
            (
                "best",
                "best reward",
                f"Best reward so far, from child {window} on.",
            ),
        )
    ]
    return html.page(
        "Runs compared",
        [
            "<header><h1>Runs compared</h1></header>",
            html.paragraph(about),
            html.section(
                "Rewards", _legend(found), html.side_by_side(*figures)
            ),
            html.section("In numbers", _table(found)),
            html.section("Runs", _runs(found)),
        ],
    )


def _legend(found):
    """Returns the names and colours of the groups, for all charts."""
    entries = "\n".join(
        f'<li><span style="background: {charts.colour(number)}"></span>'
        f"{html.escape(group.label)}</li>"
        for number, group in enumerate(found)
    )
    return f'<ul class="legend">\n{entries}\n</ul>'


def _table(found):
    rows = [
        (
            group.label,
            len(group.runs),
            f"{group.children:,}",
            _spread(group.final_best),
            _spread(group.last_third),
        )
        for group in found
    ]
    return html.table(
        (
            "group",
            "runs",
            "children",
            "best reward",
            "mean of the last third",
        ),
        rows,
        numeric=(1, 2, 3, 4),
    ) + html.paragraph(
        "Mean ± standard deviation over the runs of a group. All runs of a "
        "group are cut to the length of its shortest run."
    )


def _spread(values):
    text = f"{np.mean(values):.4f}"
    if len(values) > 1:
        text += f" ± {np.std(values, ddof=1):.4f}"
    return text


def _runs(found):
    runs = [(group.label, run) for group in found for run in group.runs]
    names = {run.measure_name for _, run in runs}
    measure = wording.words(names.pop()) if len(names) == 1 else "measure"
    columns = {
        "group": [label for label, _ in runs],
        "run": [run.name for _, run in runs],
        "seed": [run.seed for _, run in runs],
        "children": [f"{len(run.trials):,}" for _, run in runs],
        "best reward": [f"{run.best[0].reward:.4f}" for _, run in runs],
        measure: [run.measure(run.best[0]) for _, run in runs],
    }
    return html.columns(columns, numeric=columns.keys() - {"group", "run"})
