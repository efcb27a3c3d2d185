"""The top of a run's page: what was searched, the result, the progress."""

import datetime

import numpy as np

from nas_tf.report import charts
from nas_tf.report import headline
from nas_tf.report import html
from nas_tf.report import series
from nas_tf.report import svg
from nas_tf.report import wording
from nas_tf.runs import pareto


def title(run):
    """Returns a title such as "conv on digits by reinforce"."""
    words = [_name(run.part("space"))]
    if run.part("task") != "none":
        words += ["on", _name(run.part("task"))]
    return " ".join([*words, "by", _name(run.part("strategy"))])


def header(run, times, winner, rival=None, live=""):
    """Returns the top of the page.

    Args:
        run: `Run`.
        times: Its `Work`, or None.
        winner: Its `Trained`, or None.
        rival: `Run` of random search to compare it with, or None (default).
        live: What a page about a search in progress says first. Default: "",
            for a search that ended.
    """
    facts = [
        (name.capitalize(), html.folded(run.part(name)))
        for name in ("space", "task", "strategy", "evaluator")
    ]
    facts += [
        ("Seed", run.seed),
        ("Children", _children(run)),
        ("Time of all children", _duration(times)),
        ("Date", _dates(times)),
    ]
    return (
        f"<header>\n<h1>{html.escape(title(run))}</h1>\n"
        f"{html.banner(live)}{headline.tiles(run, times, winner, rival)}\n"
        f"{headline.notes(run, winner)}\n{html.facts(facts)}\n</header>"
    )


def progress(run, rival):
    """Returns the section about the measure, over time and by parameters."""
    window = series.window_for(len(run.trials))
    figures = [
        html.figure(
            svg.inline(
                charts.progress(run, window, rival),
                "progress",
                f"{run.measure.name} of each of {len(run.trials)} children, "
                f"its moving median, and the best so far",
            ),
            _about_progress(run, rival, window),
        ),
        _costs(run),
    ]
    return html.section("Progress", html.side_by_side(*figures))


def _about_progress(run, rival, window):
    text = (
        f"{run.measure.name.capitalize()} of each child, and its median over "
        f"{window} children"
    )
    if run.failed:
        text += ", without those that failed"
    text += ". The best so far is that of the highest reward"
    if run.derived:
        text += " of those derived at the end and judged on most examples"
    text += "."
    if rival is not None:
        text += f" Grey: random search, from the run {rival.name}"
        if len(rival.trials) > len(run.trials):
            text += f", its first {len(run.trials):,} children"
        text += "."
    return text + _thinned(len(run.trials))


def _costs(run):
    measure = run.measure
    sized = [
        trial
        for trial in run.trials
        if trial.result.params is not None and np.isfinite(measure.of(trial))
    ]
    # Children of one size have nothing to trade.
    if len({trial.result.params for trial in sized}) < 2:
        return ""
    front = pareto.pareto_front(sized)
    derived = any(trial.derived for trial in sized)
    compared = " derived and judged on most examples" if derived else ""
    return html.figure(
        svg.inline(
            charts.costs(sized, front, measure),
            "costs",
            f"{measure.name} and parameters of {len(sized)} children, "
            f"{len(front)} of them on the Pareto front",
        ),
        f"{measure.name.capitalize()} and number of trainable parameters. The "
        f"Pareto front marks the children ({len(front)}) for which no child"
        f"{compared} with as few or fewer parameters has a higher reward."
        f"{_thinned(len(sized))}",
    )


def _thinned(count):
    if count <= series.MAX_DOTS:
        return ""
    return (
        f" Only {series.MAX_DOTS:,} of {count:,} children are drawn as dots; "
        f"the lines are computed from all of them."
    )


def _children(run):
    reused = sum(trial.reused is not None for trial in run.trials)
    text = f"{run.children:,}"
    if run.derived:
        text += f", and {run.derived:,} derived"
    if run.failed:
        text += f", {run.failed:,} failed"
    if reused:
        text += f", {reused:,} reused the reward of an equal architecture"
    return text


def _duration(times):
    return "unknown" if times is None else wording.span(times.child_seconds)


def _dates(times):
    if times is None:
        return "unknown"
    days = [
        datetime.datetime.fromtimestamp(moment, datetime.UTC).date()
        for moment in (times.began, times.ended)
    ]
    return " to ".join(dict.fromkeys(day.isoformat() for day in days))


def _name(call):
    return call.partition("(")[0]
