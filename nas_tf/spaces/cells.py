"""The base class of spaces of recurrent cells, which build into skeletons."""

import abc
import dataclasses
import functools

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.spaces.base import SearchSpace


class CellSpace(SearchSpace):
    """A space whose decisions describe a recurrent cell.

    A subclass is a frozen dataclass with a field `skeleton`. It defines the
    size of a spec's cell and makes layers of it.

    Attributes:
        skeleton: Call string of the `nas_tf.skeletons.base.Skeleton` that
            builds a model around the cell. The constructor completes it by
            the options that have their default.
        sizes: Tuple of all `CellSize`s of its cells.
    """

    def __post_init__(self):
        checks.text(self, "skeleton")
        found = getattr(self.network, "cells", None)
        if found != "recurrent":
            raise UsageError(
                f"Expected a `skeleton` of recurrent cells. Received: "
                f"{self.skeleton}, of {found} cells"
            )
        object.__setattr__(self, "skeleton", registry.call_string(self.network))

    @functools.cached_property
    def network(self):
        """The `Skeleton` that the call string `skeleton` makes."""
        return registry.make("skeletons", self.skeleton)

    @property
    @abc.abstractmethod
    def sizes(self): ...

    @abc.abstractmethod
    def size_of(self, spec):
        """Returns the `CellSize` of a spec's cell."""

    @abc.abstractmethod
    def make_layer(self, spec, units, initializer, recurrent_dropout):
        """Returns a new recurrent layer that returns sequences and states.

        Args:
            spec: The spec.
            units: Size of its output.
            initializer: Function that returns a new Keras initializer for
                one matrix.
            recurrent_dropout: Fraction of the previous output that the cell
                does not read in training, in [0, 1).
        """

    @property
    def kinds(self):
        return (self.network.kind,)

    def check_task(self, task):
        super().check_task(task)
        for size in self.sizes:
            self.network.cost(size, task)

    def remarks(self, task):
        """Returns what the skeleton says of the models; see `SearchSpace`."""
        told = {}
        for size in self.sizes:
            for name, text in self.network.remarks(size, task).items():
                told.setdefault(name, []).append(text)
        return {
            name: " or ".join(dict.fromkeys(texts))
            for name, texts in told.items()
        }

    def options(self):
        """Returns the names of the space's options and the skeleton's."""
        return [
            *(name for name in super().options() if name != "skeleton"),
            *(field.name for field in dataclasses.fields(self.network)),
        ]

    def with_options(self, changes):
        """Returns the space with changed options; see `SearchSpace`."""
        own = set(super().options())
        network = dataclasses.replace(
            self.network,
            **{name: v for name, v in changes.items() if name not in own},
        )
        return dataclasses.replace(
            self,
            **{
                "skeleton": registry.call_string(network),
                **{name: v for name, v in changes.items() if name in own},
            },
        )

    def build(self, spec, task):
        return self.network.build(
            functools.partial(self.make_layer, spec), self.size_of(spec), task
        )

    def cost(self, spec, task):
        return self.network.cost(self.size_of(spec), task)
