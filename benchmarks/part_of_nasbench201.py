"""A part of NAS-Bench-201: the cells with a given operation on edge 0-1.

Settings can be chosen on some parts and tested on the others:
`--space="benchmarks.part_of_nasbench201(first=0)"`.
"""

import dataclasses

from nas_tf.decisions import check_actions
from nas_tf.spaces.nasbench201 import NasBench201
from nas_tf.specs import cell_net as specs


@dataclasses.dataclass(frozen=True)
class Part(NasBench201):
    """Five decisions; edge 0-1 has the operation of number `first`, 0 to 4."""

    first: int = 0

    @property
    def decisions(self):
        return super().decisions[1:]

    def decode(self, actions):
        check_actions(self.decisions, actions)
        return specs.CellSpec(
            tuple(specs.OPERATIONS[a] for a in self._whole(actions))
        )

    def key(self, actions):
        return super().key(self._whole(actions))

    def _whole(self, actions):
        return (self.first, *actions)


make = Part
