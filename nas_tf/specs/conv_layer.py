"""One layer of a convolutional network, as plain data."""

import dataclasses

from nas_tf.checks import is_whole
from nas_tf.errors import UsageError

CONV = "conv"
MAX_POOL = "max_pool"
LCN = "lcn"
KINDS = (CONV, MAX_POOL, LCN)


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        inputs: Ascending tuple of node numbers, at least one.
        kernel: `(height, width)` of the filter or window, in pixels.
        filters: Number of filters if `kind` is "conv"; None for other kinds,
            which keep the depth.
        strides: `(height, width)`, each at least 1. Default: (1, 1).
        kind: "conv" (default; convolution, batch normalization, ReLU),
            "max_pool" or "lcn" (local contrast normalization).
    """

    inputs: tuple
    kernel: tuple
    filters: int | None
    strides: tuple = (1, 1)
    kind: str = CONV

    def to_json(self):
        return {
            "inputs": list(self.inputs),
            "kernel": list(self.kernel),
            "filters": self.filters,
            "strides": list(self.strides),
            "kind": self.kind,
        }

    def __str__(self):
        size = "x".join(str(side) for side in self.kernel)
        if self.strides != (1, 1):
            size += "/" + "x".join(str(side) for side in self.strides)
        if self.kind != CONV:
            return f"{self.kind} {size}"
        return f"{size}, {self.filters}"


def check_layer(number, layer):
    """Raises `UsageError` unless a layer can be that of a number, from 1."""

    def check(good, wanted, received):
        if not good:
            raise UsageError(
                f"Expected layer {number} with {wanted}. Received: {received}"
            )

    inputs = layer.inputs
    known = all(is_whole(node, 0) and node < number for node in inputs)
    check(
        inputs and known and sorted(set(inputs)) == list(inputs),
        f"ascending inputs from 0 to {number - 1}",
        inputs,
    )
    for name in ("kernel", "strides"):
        pair = getattr(layer, name)
        good = len(pair) == 2 and all(is_whole(side, 1) for side in pair)
        check(good, f"two whole numbers from 1 as {name}", pair)
    check(layer.kind in KINDS, f"a kind of {KINDS}", layer.kind)
    if layer.kind == CONV:
        check(is_whole(layer.filters, 1), "filters >= 1", layer.filters)
    else:
        check(layer.filters is None, "no filters", layer.filters)
