"""The Pareto front of reward and cost."""

from nas_tf.runs import tally
from nas_tf.trial import SIZES


def pareto_front(trials, cost="params"):
    """Returns the successful trials that no other trial dominates.

    Judgements of a search by shared weights are left out, and so are derived
    trials that were judged on fewer examples than others.

    A trial dominates another one if its cost is at most the other's, its reward
    at least the other's, and the two differ in cost or reward.

    Args:
        trials: Iterable of `Trial`. Trials without such a cost are ignored.
        cost: "params", "multiply_adds", or the name of a metric.

    Returns:
        List of `Trial`, from the cheapest to the best. Of trials equal in cost
        and reward it has the first.
    """
    known = [
        (price, -t.reward, t.trial_id, t)
        for t in tally.comparable(trials)
        if (price := _price(t, cost)) is not None
    ]
    front = []
    for *_, candidate in sorted(known, key=lambda entry: entry[:3]):
        if not front or candidate.reward > front[-1].reward:
            front.append(candidate)
    return front


def _price(finished, cost):
    result = finished.result
    known = getattr(result, cost) if cost in SIZES else None
    return result.metrics.get(cost) if known is None else known
