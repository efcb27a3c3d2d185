"""The formula of an update rule, as an expression of Python."""

# How strongly an expression holds together: in a product, a sum needs brackets.
SUM, PRODUCT, POWER, ATOM = range(1, 5)
# Operands that are written with signs.
LEVELS = {"g**2": POWER, "g**3": POWER}
SIGNS = {
    "add": ("{} + {}", SUM, PRODUCT, SUM),
    "subtract": ("{} - {}", SUM, PRODUCT, SUM),
    "multiply": ("{} * {}", PRODUCT, POWER, PRODUCT),
    "divide": ("{} / ({} + 1e-8)", PRODUCT, SUM, PRODUCT),
    "power": ("{} ** {}", ATOM, ATOM, POWER),
}


def formula(spec):
    """Returns the update of an `UpdateRuleSpec` as one expression."""
    found = {}
    for number, group in enumerate(spec.groups, 1):
        found[f"r{number}"] = _value(group, found)
    return found[f"r{len(spec.groups)}"][0]


def values(spec):
    """Returns the expression of each group, which names earlier results."""
    return [_value(group, {})[0] for group in spec.groups]


def lines(spec):
    """Returns an equation for each group that has an effect."""
    equations = [
        f"r{number} = {value}"
        for number, value in enumerate(values(spec), 1)
        if spec.alive[number - 1]
    ]
    rate = spec.learning_rate
    rate = "learning_rate" if rate is None else f"{rate:g}"
    return [*equations, f"new w = w - {rate} * r{len(spec.groups)}"]


def _value(group, results):
    """Returns a group's expression and its level."""
    left = _applied(group.left_function, _operand(group.left, results))
    if group.combination == "left":
        return left
    right = _applied(group.right_function, _operand(group.right, results))
    text, left_level, right_level, level = SIGNS[group.combination]
    left, right = _within(left, left_level), _within(right, right_level)
    return text.format(left, right), level


def _operand(name, results):
    if name in results:
        return results[name]
    level = PRODUCT if "*w" in name else LEVELS.get(name, ATOM)
    return name, level


def _applied(function, expression):
    if function == "identity":
        return expression
    if function == "negative":
        return f"-{_within(expression, POWER)}", SUM
    name, _, number = function.partition("_")
    text = expression[0]
    if number == "abs":
        return f"{name}(abs({text}))", ATOM
    if number:
        return f"{name}({text}, {number})", ATOM
    return f"{name}({text})", ATOM


def _within(expression, least):
    text, level = expression
    return text if level >= least else f"({text})"
