"""What was searched, what came of it, and how rewards went."""

import datetime

from nas_tf.report import charts
from nas_tf.report import html
from nas_tf.report import series
from nas_tf.report import svg
from nas_tf.report import wording
from nas_tf.runs import pareto


def title(run):
    """Returns what was searched, on what and by whom, in a few words."""
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
    """Returns the section of rewards over children and against parameters."""
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
        f"Reward of each child, mean of the last {window} with failures "
        f"included, and best so far."
    )
    if rival is not None:
        text += f" In grey random search, from the run {rival.name}"
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
            f"Reward against parameters of {len(sized)} children, "
            f"{len(front)} of them on the Pareto front",
        ),
        f"Reward against trainable parameters. On the Pareto front, marked, "
        f"are children ({len(front)}) that no other beats with as few "
        f"parameters.{_thinned(len(sized))}",
    )


def _thinned(count):
    if count <= series.MAX_DOTS:
        return ""
    return (
        f" Of {count:,} children {series.MAX_DOTS:,} are drawn as dots, "
        f"evenly spread; lines are about all."
    )


def _children(trials):
    failed = sum(not trial.ok for trial in trials)
    reused = sum(trial.reused is not None for trial in trials)
    text = f"{len(trials):,}"
    if failed:
        text += f", {failed:,} failed"
    if reused:
        text += f", {reused:,} took over the reward of an equal one"
    return text


def _duration(times):
    if times is None:
        return "not known"
    text = wording.span(times.seconds)
    if times.pauses:
        pauses = "pause" if times.pauses == 1 else "pauses"
        text += f", {times.pauses} {pauses} left out"
    return f"{text}; all children together {wording.span(times.child_seconds)}"


def _dates(times):
    if times is None:
        return "not known"
    days = [
        datetime.datetime.fromtimestamp(moment, datetime.UTC).date()
        for moment in (times.began, times.ended)
    ]
    return " to ".join(dict.fromkeys(day.isoformat() for day in days))


def _name(call):
    return call.partition("(")[0]
