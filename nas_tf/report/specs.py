"""Reads specs from the journal, without their search space."""

import dataclasses

from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.cell_net import CellSpec
from nas_tf.specs.choices import Choices
from nas_tf.specs.conv_net import ConvNetSpec
from nas_tf.specs.dense_net import DenseNetSpec
from nas_tf.specs.enas_cell import ENASCellSpec
from nas_tf.specs.enas_macro import MacroSpec
from nas_tf.specs.nasnet import NASNetSpec
from nas_tf.specs.tree import TreeSpec
from nas_tf.specs.update_rule import UpdateRuleSpec

CANDIDATE = {"title", "spec", "options"}
# Each has its own keys in JSON, so at most one of them reads a record.
CLASSES = (
    Choices,
    CellSpec,
    ConvNetSpec,
    DenseNetSpec,
    ENASCellSpec,
    MacroSpec,
    NASNetSpec,
    TreeSpec,
    UpdateRuleSpec,
)


@dataclasses.dataclass(frozen=True)
class Candidate(Spec):
    """An architecture with options, a trial of a stage of `nas_tf.train`.

    Attributes:
        title: Title and options.
        spec: The architecture's own spec.
    """

    title: str
    spec: Spec

    def to_json(self):
        return self.spec.to_json()

    def describe(self):
        return f"{self.title}: {self.spec.describe()}"

    def graph(self):
        return self.spec.graph()

    def legend(self):
        return self.spec.legend()

    def lines(self):
        return self.spec.lines()


def read(record):
    """Returns the spec that a trial's JSON describes.

    Args:
        record: What `Spec.to_json` returned.

    Returns:
        A spec of one of `CLASSES`, a `Candidate` with such a spec, or None if
        it is of another class.
    """
    if isinstance(record, dict) and record.keys() == CANDIDATE:
        return _candidate(**record)
    for cls in CLASSES:
        try:
            return cls.from_json(record)
        except UsageError:
            continue
    return None


def _candidate(title, spec, options):
    spec = read(spec)
    if spec is None:
        return None
    shown = [f"{name}={value!r}" for name, value in options.items()]
    return Candidate(", ".join([title, *shown]), spec)
