"""The drawing of a recurrent cell: its tree with the root at the bottom."""

from nas_tf.specs.graph import Graph

# Distances in columns; a leaf is one column wide. Half a column from a node is
# the gap to a neighbour with another parent, which no arrow crosses.
BESIDE = 0.5
# The distance of a box with an arrow to the box below a node.
FARTHER = 0.8


def tree_graph(spec):
    """Returns the `Graph` of a `TreeSpec` with positions.

    Leaves are at the top, and an inner node is below the two nodes it
    combines. A node that is paired on a higher level is drawn on the level of
    the node it is paired with. The injection has a box below its node, and the
    new c has one below the node whose value it is.
    """
    texts = {
        name: _text(name, activation, value)
        for name, activation, value in spec.steps()
    }
    levels, columns, sides = _places(spec)
    # A level has a row of nodes, then rows for the new c and the injection if
    # they belong to one of its nodes.
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
    """Returns an equation as a label of up to two lines."""
    if name == "new h":
        return f"{name} = {value}"
    if activation == "identity":
        return f"{name} =\n{value}"
    return f"{name} = {activation} of\n{value}"


def _places(spec):
    """Returns the level, column and outer side of each node.

    The outer side, -1 for left and 1 for right, is the one away from the node
    it is paired with.
    """
    levels = [0] * spec.base
    columns = list(range(spec.base))
    sides = [1] * len(spec.nodes)
    for left, right in spec.children:
        level = max(levels[left], levels[right])
        # The right one may come from a lower level.
        levels[right] = level
        levels.append(level + 1)
        columns.append((columns[left] + columns[right]) / 2)
        sides[left] = -1
    return levels, columns, sides
