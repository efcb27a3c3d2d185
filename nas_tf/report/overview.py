"""The top of a run's page: what was searched, the result, the rewards."""

import datetime

from nas_tf.report import charts
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


def header(run, times, winner):
    """Returns the top of the page.

    Args:
        run: `Run`.
        times: Its `Work`, or None.
        winner: Its `Trained`, or None.
    """
    best = run.best[0]
    measure = wording.words(run.measure_name)
    lead = f"Best reward {best.reward:.4f}"
    if run.measure(best) != "-":
        lead += f", {measure} {run.measure(best)}"
    lead += f", by trial {best.trial_id}"
    score = winner.score("test") if winner else ""
    if score:
        measure = wording.words(winner.measure_name)
        lead += f"; trained in full, test {measure} {score}"
    facts = [
        (name.capitalize(), html.folded(run.part(name)))
        for name in ("space", "task", "strategy", "evaluator")
    ]
    facts += [
        ("Seed", run.seed),
        ("Children", _children(run.trials)),
        ("Time", _duration(times)),
        ("Date", _dates(times)),
    ]
    return (
        f"<header>\n<h1>{html.escape(title(run))}</h1>\n"
        f'<p class="lead">{html.escape(lead)}.</p>\n'
        f"{html.facts(facts)}\n</header>"
    )


def rewards(run, rival):
    """Returns the section about rewards, over time and by parameters."""
    window = series.window_for(len(run.trials))
    figures = [
        html.figure(
            svg.inline(
                charts.rewards(run, window, rival),
                "rewards",
                f"Reward of each of {len(run.trials)} children, its moving "
                f"average, and the best so far",
            ),
            _about_rewards(run, rival, window),
        ),
        _costs(run),
    ]
    return html.section("Rewards", html.side_by_side(*figures))


def _about_rewards(run, rival, window):
    text = (
        f"Reward of each child, mean reward of the last {window} children "
        f"including failures, and best reward so far."
    )
    if rival is not None:
        text += f" Grey: random search, from the run {rival.name}"
        if len(rival.trials) > len(run.trials):
            text += f", its first {len(run.trials):,} children"
        text += "."
    return text + _thinned(len(run.trials))


def _costs(run):
    sized = [t for t in run.trials if t.ok and t.result.params is not None]
    if not sized:
        return ""
    front = pareto.pareto_front(sized)
    return html.figure(
        svg.inline(
            charts.costs(sized, front),
            "costs",
            f"Reward and parameters of {len(sized)} children, "
            f"{len(front)} of them on the Pareto front",
        ),
        f"Reward and number of trainable parameters. The Pareto front marks "
        f"the children ({len(front)}) for which no child with as few or fewer "
        f"parameters has a higher reward.{_thinned(len(sized))}",
    )


def _thinned(count):
    if count <= series.MAX_DOTS:
        return ""
    return (
        f" Only {series.MAX_DOTS:,} of {count:,} children are drawn as dots; "
        f"the lines are computed from all of them."
    )


def _children(trials):
    failed = sum(not trial.ok for trial in trials)
    reused = sum(trial.reused is not None for trial in trials)
    text = f"{len(trials):,}"
    if failed:
        text += f", {failed:,} failed"
    if reused:
        text += f", {reused:,} reused the reward of an equal architecture"
    return text


def _duration(times):
    if times is None:
        return "unknown"
    text = wording.span(times.seconds)
    if times.pauses:
        pauses = "pause" if times.pauses == 1 else "pauses"
        text += f", {times.pauses} {pauses} left out"
    return f"{text}; all children together {wording.span(times.child_seconds)}"


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
