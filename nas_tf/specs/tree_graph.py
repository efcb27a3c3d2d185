"""The picture of a recurrent cell: its tree upside down, the root below."""

from nas_tf.specs.graph import Graph

# Columns, of which a leaf takes one. Half of one leads into the gap between a
# node and its neighbour that is no sibling, where no arrow passes.
BESIDE = 0.5
# What feeds the box below a node stands a little farther off than that.
FARTHER = 0.8


def tree_graph(spec):
    """Returns the `Graph` of a `TreeSpec`, placed in two dimensions.

    Leaves are on top; a node stands below the two it combines, and one that
    goes up a level as it is stands beside the one it is combined with. The
    injection is a box of its own under its node, and so is the new c under
    the node whose value it is.
    """
    texts = {
        name: _text(name, activation, value)
        for name, activation, value in spec.steps()
    }
    levels, columns, sides = _places(spec)
    # A level has its nodes, then the new c, then the injection, if any.
    rows = {}
    row = 0
    for level in range(max(levels) + 1):
        rows[level] = row
        row += 1 + (level == levels[spec.cell_index])
        row += level == levels[spec.inject_index]
    boxes = {"c": None}
    edges = []
    names = []
    for index, level in enumerate(levels):
        name = f"a{index}"
        boxes[name] = (columns[index], rows[level])
        if index >= spec.base:
            left, right = spec.children[index - spec.base]
            edges += [(names[left], name), (names[right], name)]
        below = rows[level] + 1
        if index == spec.cell_index:
            boxes["new c"] = (columns[index] + BESIDE * sides[index], below)
            edges.append((name, "new c"))
        if index == spec.inject_index:
            below += level == levels[spec.cell_index]
            boxes["c"] = (columns[index] + FARTHER * sides[index], below)
            boxes[name + "'"] = (columns[index], below)
            edges += [(name, name + "'"), ("c", name + "'")]
            name += "'"
        names.append(name)
    boxes["new h"] = (columns[-1], row)
    edges.append((names[-1], "new h"))
    numbers = {name: number for number, name in enumerate(boxes)}
    return Graph(
        labels=tuple(texts.get(name, name) for name in boxes),
        edges=tuple((numbers[a], numbers[b]) for a, b in edges),
        positions=tuple(boxes.values()),
    )


def _text(name, activation, value):
    """Returns an equation in two lines."""
    if name == "new h":
        return f"{name} = {value}"
    if activation == "identity":
        return f"{name} =\n{value}"
    return f"{name} = {activation} of\n{value}"


def _places(spec):
    """Returns level, column and outer side (-1: left, 1) of each node."""
    levels = [0] * spec.base
    columns = list(range(spec.base))
    sides = [1] * len(spec.nodes)
    for left, right in spec.children:
        level = max(levels[left], levels[right])
        # The right one may have gone up to here.
        levels[right] = level
        levels.append(level + 1)
        columns.append((columns[left] + columns[right]) / 2)
        sides[left] = -1
    return levels, columns, sides
