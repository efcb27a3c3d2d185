"""One name for cells that are the same but for left and right."""

import dataclasses


def ordered(spec):
    """Returns the same cell with all its mirrored trees put in one order.

    Combinations are commutative and each leaf has its own matrices, so two
    branches of a node may change places. They are put in order where they
    have the same shape, as others cannot be exchanged within a `TreeSpec`.
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
    """Returns a branch as text that no mirroring changes."""
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
