"""The course of a search: what decisions did, failures and workers."""

from nas_tf.report import charts
from nas_tf.report import decision_charts
from nas_tf.report import html
from nas_tf.report import importance as judged
from nas_tf.report import series
from nas_tf.report import shares
from nas_tf.report import svg

MAX_REASON = 300


def importance(run):
    """Returns the section about which decisions matter, "" if not known."""
    if run.decisions is None:
        return ""
    result = judged.of(run.trials, run.decisions, run.measure)
    if result is None:
        return ""
    found, chance = result
    measure = run.measure
    text = (
        f"How much of the differences between children each decision explains "
        f"on its own: a regression of the children's ranks by {measure.name} "
        f"on the choices of the decision; the bar is its adjusted R². In one "
        f"search of twenty, the largest bar reaches the dashed line by chance. "
        f"Decisions that were chosen together share what they explain, and a "
        f"strategy that has settled on a choice hides what others would do."
    )
    text += (
        f" The table has the median {measure.name} of the children with a "
        f"choice, and their number."
    )
    if found[0].share <= chance:
        text += " No decision stands out from chance here."
    figure = html.figure(
        svg.inline(
            decision_charts.importance(found, chance),
            "importance",
            "Share of the variance of ranks that each decision explains",
        ),
        text,
    )
    rows = [
        (one.name, f"{one.share:.1%}", *_ends(one, measure))
        for one in found[: decision_charts.MAX_BARS]
    ]
    table = html.table(
        ("decision", "explains", "best choice", "worst choice"),
        rows,
        numeric=(1,),
    )
    return html.section(
        "Which decisions matter",
        html.side_by_side(figure, f"<div>{table}</div>"),
    )


def _ends(one, measure):
    """Returns the best and the worst choice with their medians, as texts."""
    return [
        f"{text}: {measure.show(median)} ({count:,})"
        for text, median, count in (one.choices[0], one.choices[-1])
    ]


def decisions(run):
    """Returns the section about how the choices of decisions changed."""
    title = "How the decisions changed"
    if run.decisions is None:
        return html.section(
            title,
            html.paragraph(
                "The decisions cannot be shown: this run directory does not "
                "list them, and its search space is not part of nas_tf."
            ),
        )
    trials = shares.proposed(run.trials)
    spans = shares.windows(trials)
    if spans is None:
        return html.section(
            title,
            html.paragraph(
                "All architectures were proposed in one batch, so there is no "
                "change to show."
            ),
        )
    asked = run.decisions
    actions = shares.actions_of(trials, asked)
    batches = (
        "each batch"
        if spans.batches == 1
        else f"{spans.batches} consecutive batches"
    )
    text = (
        f"The charts show the share of each choice among the proposals of "
        f"{batches}. If a controller proposes, the share estimates the "
        f"probability of the choice. Decisions of one kind are counted "
        f"together."
    )
    figures = [
        html.figure(
            svg.inline(
                decision_charts.shares(kind, spans),
                f"kind{number}",
                f"Share of each choice of {kind.kind} over proposals",
            ),
            _about(kind),
        )
        for number, kind in enumerate(shares.kinds(actions, asked, spans))
    ]
    settled = shares.decided(actions, asked, spans)
    figures.append(
        html.figure(
            svg.inline(
                decision_charts.settled(settled, spans),
                "settled",
                "How settled each decision was, over proposals",
            ),
            "How settled each decision was: 0 if all choices were equally "
            "frequent, 1 if the same choice was always made.",
        )
    )
    rows = [(one.name, one.first, one.last) for one in settled]
    return html.section(
        title,
        html.paragraph(text),
        html.side_by_side(*figures),
        html.details(
            "Most frequent choice of each decision at the start and at the end",
            html.table(("decision", "first proposals", "last proposals"), rows),
        ),
    )


def _about(kind):
    if kind.exclusive:
        return f"{kind.kind}: share of each choice."
    return (
        f"{kind.kind}: how often a node was chosen, by its distance to the "
        f"node that reads it, as a share of the times it could be chosen."
    )


def failures(run):
    """Returns the section that counts failures by status, "" without any."""
    groups = series.failures(run.trials)
    total = len(run.trials)
    if not groups:
        return ""
    rows = [
        (
            group.status,
            f"{group.count:,}",
            f"{group.count / total:.1%}",
            _shortened(group.reason) or "none given",
            f"{group.times:,}",
        )
        for group in groups
    ]
    return html.section(
        "Failures",
        html.table(
            ("status", "children", "share", "main error", "with it"),
            rows,
            numeric=(1, 2, 4),
            wide=3,
        ),
    )


def workers(times, alone=False):
    """Returns the section about how busy the workers were.

    Args:
        times: `Work` of the run, or None for no section.
        alone: Whether it takes the whole width of the page, because no child
            failed. Default: False.
    """
    if times is None:
        return ""
    per_minute = times.finished.sum() / times.seconds * 60
    text = (
        f"Above, the number of children that ran at the same time, at most "
        f"{times.most:,} (dashed line). Below, the number that finished per "
        f"minute, {per_minute:,.3g} on average. Workers were busy for "
        f"{times.utilisation:.1%} of the time."
    )
    if times.pauses:
        text += " Times in which the search was stopped are left out."
    if alone:
        text += " No child failed."
    figure = html.figure(
        svg.inline(
            charts.workers(times),
            "workers",
            "Running children and finished children per minute",
        ),
        text,
    )
    return html.section(
        "Workers", html.side_by_side(figure) if alone else figure
    )


def failures_and_workers(run, times):
    """Returns both sections, side by side.

    Args:
        run: `Run`.
        times: Its `Work`, or None.
    """
    failed = failures(run)
    if not failed:
        return workers(times, alone=True)
    return html.side_by_side(failed, workers(times))


def _shortened(text):
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 3] + "..."
