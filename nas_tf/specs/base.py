"""What every spec can say of its architecture."""

import abc

from nas_tf.errors import UsageError
from nas_tf.specs.graph import chain


class Spec(abc.ABC):
    """An architecture as plain data: frozen, comparable, read from JSON.

    A subclass is a frozen dataclass whose constructor refuses what is no
    architecture, so that nobody has to ask later.
    """

    @abc.abstractmethod
    def to_json(self):
        """Returns the spec as JSON types; `from_json` reads it back."""

    @abc.abstractmethod
    def describe(self):
        """Returns one line for people."""

    def graph(self):
        """Returns the `nas_tf.specs.graph.Graph` that is drawn for people.

        By default it is the parts of the description, one below the other.
        """
        return chain(self.describe().split(", "))

    def legend(self):
        """Returns sentences that say how to read the drawing, "" for none."""
        return ""

    def lines(self):
        """Returns the architecture as lines to read, such as equations.

        Default: an empty list, for what is best read as a drawing.
        """
        return []

    def depth(self):
        """Returns the number of layers; None (default) if it has none."""
        return None

    def with_more_filters(self, increment):
        """Returns the architecture with more filters in every layer.

        Args:
            increment: How many more, at least 1.

        Raises:
            UsageError: If it has no layers with filters, as by default.
        """
        raise UsageError(
            f"Expected a convolutional network, to add {increment} filters to "
            f"every layer. Received: {self.describe()}"
        )
