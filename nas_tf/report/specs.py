"""Specs read from the journal, without the space that they are of."""

from nas_tf.errors import UsageError
from nas_tf.specs.cell_net import CellSpec
from nas_tf.specs.choices import Choices
from nas_tf.specs.conv_net import ConvNetSpec
from nas_tf.specs.tree import TreeSpec

# No JSON is a spec of two of them.
CLASSES = (Choices, CellSpec, ConvNetSpec, TreeSpec)


def read(record):
    """Returns the spec that a trial's JSON describes.

    Args:
        record: What `Spec.to_json` returned.

    Returns:
        A spec of one of `CLASSES`, or None if it is of another class.
    """
    for cls in CLASSES:
        try:
            return cls.from_json(record)
        except UsageError:
            continue
    return None
