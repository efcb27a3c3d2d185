"""Which children nobody beats in both reward and cost."""

# Costs that a result has as fields of its own.
SIZES = ("params", "multiply_adds")


def pareto_front(trials, cost="params"):
    """Returns the successful trials that no other dominates.

    One dominates another that costs at least as much and has at most its
    reward, and is not its equal in both.

    Args:
        trials: Iterable of `Trial`; those without such a cost do not count.
        cost: "params", "multiply_adds", or the name of a metric.

    Returns:
        List of `Trial`, from the cheapest to the best. Of equals there is the
        first.
    """
    known = [
        (price, -t.reward, t.trial_id, t)
        for t in trials
        if t.ok and (price := _price(t, cost)) is not None
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
