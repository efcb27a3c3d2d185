"""NAS-Bench-201 with a separate output layer and embedding for every edge.

`--space=benchmarks.nasbench201_own_heads` measures the benefit of sharing them.
"""

import dataclasses

from nas_tf.decisions import Categorical
from nas_tf.spaces.nasbench201 import NasBench201
from nas_tf.specs import cell_net as specs


@dataclasses.dataclass(frozen=True)
class OwnHeads(NasBench201):
    """The same cells and keys; only the kinds of decision differ."""

    @property
    def decisions(self):
        return tuple(
            Categorical(f"operation_{edge}", len(specs.OPERATIONS))
            for edge in range(len(specs.EDGES))
        )


make = OwnHeads
