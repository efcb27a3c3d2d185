"""The page that compares groups of runs."""

import numpy as np

from nas_tf.report import charts
from nas_tf.report import groups
from nas_tf.report import html
from nas_tf.report import measure as measures
from nas_tf.report import series
from nas_tf.report import svg


def make(runs):
    """Returns a page that compares runs, as text; see `groups.grouped`.

    Args:
        runs: Sequence of `Run`.
    """
    measure = measures.of_runs(runs)
    found = groups.grouped(runs, measure)
    window = series.window_for(min(len(run.trials) for run in runs))
    name = measure.name
    figures = [
        html.figure(
            svg.inline(
                charts.bands(found, attribute, measure, window - 1),
                attribute,
                f"{title} over finished children, a line for each group",
            ),
            caption,
        )
        for attribute, title, caption in (
            (
                "best",
                f"best {name}",
                f"Best {name} so far, from child {window} on.",
            ),
            (
                "median",
                f"median {name}",
                f"Median {name} of the last {window} children, without those "
                f"that failed.",
            ),
        )
    ]
    return html.page(
        "Runs compared",
        [
            "<header><h1>Runs compared</h1></header>",
            html.paragraph(_about(runs, found)),
            html.section(
                name.capitalize(), _legend(found), html.side_by_side(*figures)
            ),
            html.side_by_side(
                html.section("In numbers", _table(found, measure)),
                html.section("Runs", _runs(found, measure)),
            ),
        ],
    )


def _about(runs, found):
    text = (
        f"{_counted(len(runs), 'run')} in {_counted(len(found), 'group')}. The "
        f"runs of a group differ only in their seeds."
    )
    sizes = {len(group.runs) for group in found}
    if max(sizes) > 1:
        text += " Thick lines are means over the runs of a group."
    if sizes - {1} and min(sizes - {1}) < groups.MIN_SEEDS:
        text += (
            f" A group of fewer than {groups.MIN_SEEDS} runs has a thin line "
            f"for each run instead of a confidence interval, which so few runs "
            f"cannot give."
        )
    if max(sizes) >= groups.MIN_SEEDS:
        text += (
            " Bands are the 95 % confidence interval of the mean, by Student's "
            "t."
        )
    return text


def _counted(count, noun):
    return f"{count} {noun}{'s' * (count > 1)}"


def _legend(found):
    """Returns the names and colours of the groups, for all charts."""
    entries = "\n".join(
        f'<li><span style="background: {charts.colour(number)}"></span>'
        f"{html.escape(group.label)}</li>"
        for number, group in enumerate(found)
    )
    return f'<ul class="legend">\n{entries}\n</ul>'


def _table(found, measure):
    rows = [
        (
            group.label,
            len(group.runs),
            f"{group.children:,}",
            _spread(group.final_best, measure),
            _spread(group.last_third, measure),
        )
        for group in found
    ]
    table = html.table(
        (
            "group",
            "runs",
            "children",
            f"best {measure.name}",
            "median of the last third",
        ),
        rows,
        numeric=(1, 2, 3, 4),
    )
    note = "All runs of a group are cut to the length of its shortest run."
    if any(len(group.runs) > 1 for group in found):
        note = f"Mean ± standard deviation over the runs of a group. {note}"
    return table + html.paragraph(note)


def _spread(values, measure):
    text = measure.show(np.mean(values))
    if len(values) > 1:
        text += f" ± {measure.show_difference(np.std(values, ddof=1))}"
    return text


def _runs(found, measure):
    runs = [(group.label, run) for group in found for run in group.runs]
    columns = {
        "group": [label for label, _ in runs],
        "run": [run.name for _, run in runs],
        "seed": [run.seed for _, run in runs],
        "children": [f"{run.children:,}" for _, run in runs],
        f"best {measure.name}": [measure.text(run.best[0]) for _, run in runs],
        "reward": [f"{run.best[0].reward:.4f}" for _, run in runs],
    }
    return html.columns(columns, numeric=columns.keys() - {"group", "run"})
