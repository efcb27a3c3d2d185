"""The base class of specs, which describe an architecture as plain data."""

from __future__ import annotations

import abc
import functools
import typing

from nas_tf.errors import UsageError
from nas_tf.reading import shown
from nas_tf.specs.graph import Graph
from nas_tf.specs.graph import chain


class Spec(abc.ABC):
    """An architecture as plain data, which can be compared and kept as JSON.

    A subclass is a frozen dataclass. Its constructor raises `UsageError` for
    values that are not a valid architecture, so that no other code has to
    check them. What else a `from_json` raises for a record that is no such
    spec becomes a `UsageError` too.
    """

    def __init_subclass__(cls, **options: typing.Any) -> None:
        super().__init_subclass__(**options)
        own = cls.__dict__.get("from_json")
        if isinstance(own, classmethod):
            cls.from_json = classmethod(_refusing(own.__func__))  # type: ignore

    @abc.abstractmethod
    def to_json(self) -> typing.Any:
        """Returns the spec as JSON types, which `from_json` reads."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Returns a description of one line."""

    def graph(self) -> Graph:
        """Returns the `nas_tf.specs.graph.Graph` to be drawn.

        By default it shows the parts of the description, which commas
        separate, one below the other.
        """
        return chain(self.describe().split(", "))

    def legend(self) -> str:
        """Returns sentences that explain the drawing; default: ""."""
        return ""

    def lines(self) -> list[str]:
        """Returns the architecture as lines of text, such as equations.

        Default: an empty list, for an architecture whose drawing says enough.
        """
        return []

    def depth(self) -> int | None:
        """Returns the number of layers; None (default) if it has none."""
        return None

    def with_learning_rate(self, learning_rate: float) -> Spec:
        """Returns the architecture with the learning rate found for it.

        Args:
            learning_rate: Number > 0.

        By default it has no place for one, and is returned as it is.
        """
        return self

    def with_more_filters(self, increment: int) -> Spec:
        """Returns the architecture with more filters in every layer.

        Args:
            increment: Number of filters to add to each layer, at least 1.

        Raises:
            UsageError: If the architecture has no layers with filters, which
                is the default.
        """
        raise UsageError(
            f"Expected a convolutional network, to add {increment} filters to "
            f"every layer. Received: {self.describe()}"
        )


# What Python raises for values of another kind or size than expected.
_WRONG = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def _refusing(from_json: typing.Any) -> typing.Any:
    @functools.wraps(from_json)
    def read(cls: typing.Any, record: typing.Any) -> typing.Any:
        try:
            return from_json(cls, record)
        except UsageError:
            raise
        except _WRONG as error:
            raise UsageError(
                f"Expected the JSON of a {cls.__name__}. Received: "
                f"{shown(record)} ({error})"
            ) from None

    return read
