"""One form for all cells that differ in the order of branches only."""

import dataclasses


def ordered(spec):
    """Returns an equal cell whose branches are sorted.

    Combinations are commutative and each leaf has its own matrices, so cells
    whose branches are exchanged compute the same. Branches of the same shape
    are sorted; others cannot be exchanged within a `TreeSpec`.

    Args:
        spec: `TreeSpec`.
    """
    found = [_describe(spec, index) for index in range(len(spec.nodes))]
    # Place in the result -> number in the spec.
    origins = {}
    places = [(len(spec.nodes) - 1, len(spec.nodes) - 1)]
    while places:
        place, origin = places.pop()
        origins[place] = origin
        if place < spec.base:
            continue
        below = spec.children[origin - spec.base]
        shapes = [_shape(spec, index) for index in below]
        if shapes[0] == shapes[1]:
            below = sorted(below, key=lambda index: found[index])
        places.extend(zip(spec.children[place - spec.base], below))
    places = {origin: place for place, origin in origins.items()}
    return dataclasses.replace(
        spec,
        nodes=tuple(spec.nodes[origins[i]] for i in range(len(spec.nodes))),
        inject_index=places[spec.inject_index],
        cell_index=places[spec.cell_index],
    )


def _describe(spec, index):
    """Returns a text that is the same for branches that compute the same."""
    marks = f"{index == spec.inject_index}{index == spec.cell_index}"
    text = f"{spec.nodes[index]}{marks}"
    if index < spec.base:
        return text
    below = spec.children[index - spec.base]
    texts = [_describe(spec, i) for i in below]
    if _shape(spec, below[0]) == _shape(spec, below[1]):
        texts.sort()
    return f"{text}[{' '.join(texts)}]"


def _shape(spec, index):
    if index < spec.base:
        return ()
    return tuple(_shape(spec, i) for i in spec.children[index - spec.base])
