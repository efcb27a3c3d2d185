"""How a search went: decisions, failures, workers."""

from nas_tf.report import charts
from nas_tf.report import decision_charts
from nas_tf.report import html
from nas_tf.report import series
from nas_tf.report import shares
from nas_tf.report import svg

MAX_REASON = 300


def decisions(run):
    """Returns the section of how each decision's choices moved."""
    title = "How the decisions moved"
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
            html.paragraph("All was proposed in one batch, so nothing moved."),
        )
    asked = run.decisions
    actions = shares.actions_of(trials, asked)
    batches = (
        "each batch"
        if spans.batches == 1
        else f"{spans.batches} batches in a row"
    )
    text = (
        f"The share of each choice among the proposals of {batches}; with a "
        f"controller it estimates the choice's probability. All decisions of "
        f"a kind are counted together."
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
                "How far each decision was settled, over proposals",
            ),
            "How far each decision was settled: 0 where all its choices were "
            "drawn alike, 1 where it was always the same one.",
        )
    )
    rows = [(one.name, one.first, one.last) for one in settled]
    return html.section(
        title,
        html.paragraph(text),
        html.side_by_side(*figures),
        html.details(
            "Each decision's commonest choice, at the start and at the end",
            html.table(("decision", "first proposals", "last proposals"), rows),
        ),
    )


def _about(kind):
    if kind.exclusive:
        return f"{kind.kind}: shares of its choices."
    return (
        f"{kind.kind}: how often the node so many places before was chosen, "
        f"of the times it could be."
    )


def failures(run):
    """Returns the section that counts failures by their status."""
    groups = series.failures(run.trials)
    total = len(run.trials)
    if not groups:
        return html.section(
            "Failures", html.paragraph(f"None of {total:,} children failed.")
        )
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
            ("status", "children", "share", "commonest error", "with it"),
            rows,
            numeric=(1, 2, 4),
            wide=3,
        ),
    )


def workers(times):
    """Returns the section of how busy the workers were.

    Args:
        times: `Work` of the run, or None for no section.
    """
    if times is None:
        return ""
    finished = times.finished.sum()
    text = (
        f"Children running at a time, and children a minute. At most "
        f"{times.most:,} ran at once (dashed); a worker was busy for "
        f"{times.utilisation:.1%} of the time, and "
        f"{finished / times.seconds * 60:,.3g} children came home a minute."
    )
    if times.pauses:
        text += " Times when the search was stopped are left out."
    return html.section(
        "Workers",
        html.side_by_side(
            html.figure(
                svg.inline(
                    charts.workers(times),
                    "workers",
                    "Children running, and children a minute, over time",
                ),
                text,
            )
        ),
    )


def _shortened(text):
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 3] + "..."
