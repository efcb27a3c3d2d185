"""What a search found, in a few large figures."""

import json

from nas_tf.report import html
from nas_tf.report import series
from nas_tf.report import wording


def tiles(run, times, winner, rival):
    """Returns the figures at the top of a run's page.

    Args:
        run: `Run`.
        times: Its `Work`, or None.
        winner: Its `Trained`, or None.
        rival: `Run` of random search, or None.
    """
    entries = [
        _trained(run, winner),
        _best(run),
        _against(run, rival),
        _time(run, times),
        _size(run, winner),
    ]
    return html.tiles([entry for entry in entries if entry])


def notes(run, winner):
    """Returns sentences on the reward and on where the architectures are."""
    texts = [_reward(run), _places(run, winner)]
    return "".join(html.paragraph(text) for text in texts if text)


def trained_trial(run, winner):
    """Returns the trial whose architecture was trained in full, or None.

    The best one, if several have that architecture. None also for an
    architecture that is no trial's, for instance one with more filters.
    """
    if winner is None or winner.spec is None:
        return None
    # As it is in a journal, with lists in place of tuples.
    record = json.loads(json.dumps(winner.spec.to_json()))
    return next((t for t in run.best if t.result.spec == record), None)


def _trained(run, winner):
    score = winner.score("test") if winner else ""
    if not score:
        return None
    trial = trained_trial(run, winner)
    facts = [
        f"trial {trial.trial_id}"
        if trial
        else str(winner.card.get("architecture", "an architecture"))
    ]
    epochs = winner.card.get("epochs")
    facts.append(f"trained in full, {epochs} epochs" if epochs else "in full")
    interval = winner.interval("test")
    if interval:
        facts.append(f"95 % interval {interval}")
    return (
        f"Test {wording.words(winner.measure_name)}",
        score,
        "; ".join(facts),
    )


def _best(run):
    best, measure = run.best[0], run.measure
    value = measure.of(best)
    of_what = f"{run.children:,} children"
    if run.derived:
        of_what = f"{run.derived:,} derived after {of_what}"
    note = f"trial {best.trial_id}, the best of {of_what}"
    interval = measure.interval(value)
    if interval:
        note += (
            f"; 95 % interval {interval} on {measure.examples:,} examples, "
            f"without the luck of being the best of many"
        )
    return measure.name.capitalize(), measure.show(value), note


def _against(run, rival):
    if rival is None:
        return None
    measure = run.measure
    count = min(len(run.trials), len(rival.trials))
    ends = []
    for one in (run, rival):
        trials = one.trials[:count]
        values = measure.values(trials)
        third = series.moving_median(values, -(-count // 3))[-1]
        ends.append((series.best_so_far(trials, values)[-1], third))
    (best, median), (other, other_median) = ends
    # A comparison with NaN, of a search that only failed, is no gain.
    gain = measure.gain(best, other)
    if not abs(gain) < float("inf"):
        return None
    side = "better" if gain > 0 else "worse"
    pairs = [
        f"{measure.show(own)} against {measure.show(their)}"
        for own, their in ((best, other), (median, other_median))
    ]
    return (
        "Against random search",
        f"{measure.show_difference(gain)} {side}" if gain else "equal",
        f"best of {count:,} trials {pairs[0]}; median of the last third "
        f"{pairs[1]}; one run each, {rival.name}",
    )


def _time(run, times):
    if times is None:
        return None
    note = f"{run.children:,} children, {run.failed:,} failed"
    if times.most > 1:
        note += f"; up to {times.most:,} at the same time"
    if times.pauses:
        pauses = "pause" if times.pauses == 1 else "pauses"
        note += f"; {times.pauses} {pauses} left out"
    return "Time", wording.span(times.seconds), note


def _size(run, winner):
    trial = trained_trial(run, winner) or run.best[0]
    if trial.result.params is None:
        return None
    adds = trial.result.multiply_adds
    note = f"trainable, of trial {trial.trial_id}"
    if adds is not None:
        note += f"; {wording.short(adds)} multiply-adds for one example"
    return "Parameters", f"{trial.result.params:,}", note


def _reward(run):
    if run.measure.key is None:
        return ""
    if not run.reward_formula:
        return "The reward is the number that the strategy maximises."
    return f"The reward, which the strategy maximises, is {run.reward_formula}."


def _places(run, winner):
    trial = trained_trial(run, winner)
    best = run.best[0]
    if trial is None or trial is best:
        return ""
    return (
        f"Trial {best.trial_id} had the highest reward in the search and is in "
        f"best/. Trial {trial.trial_id} did best when the best few were "
        f"trained longer, was therefore trained in full, and is in "
        f"trained/model/."
    )
