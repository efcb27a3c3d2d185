"""One form for all update rules that compute the same."""

import collections

COMMUTATIVE = ("add", "multiply")
# Signs of operands that are operands themselves.
SIGNS = {"g": "sign(g)", "m": "sign(m)"}


def canonical(spec):
    """Returns nested lists that are the same for equal rules.

    Groups whose result has no effect are left out, the operands of sums and
    products are sorted, and functions that change nothing are removed: the
    negative of a negative, the sign of a sign. To subtract a negative is to
    add.

    A result with dropped entries is the same wherever it is read, while two
    results of equal groups have different entries dropped. So the first is
    marked.

    Args:
        spec: `UpdateRuleSpec`.
    """
    reads = collections.Counter(
        operand
        for group, alive in zip(spec.groups, spec.alive)
        for operand in (group.read() if alive else ())
    )
    found = {}
    for number, (group, alive) in enumerate(zip(spec.groups, spec.alive), 1):
        if alive:
            name = f"r{number}"
            value = _value(group, found)
            shared = reads[name] > 1 and "drop_" in repr(value)
            found[name] = ["once", value] if shared else value
    return found[f"r{len(spec.groups)}"]


def _value(group, found):
    left = _applied(group.left_function, found.get(group.left, group.left))
    if group.combination == "left":
        return left
    right = _applied(group.right_function, found.get(group.right, group.right))
    combination = group.combination
    if combination == "subtract" and right[0] == "negative":
        combination, right = "add", right[1]
    if combination in COMMUTATIVE:
        left, right = sorted((left, right), key=repr)
    return [combination, left, right]


def _applied(function, value):
    if function == "identity":
        return value
    if function == "negative" and value[0] == "negative":
        return value[1]
    if function == "sign":
        if value in SIGNS.values() or value[0] == "sign":
            return value
        if isinstance(value, str) and value in SIGNS:
            return SIGNS[value]
    return [function, value]
