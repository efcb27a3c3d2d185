"""The simplest spec: the choice of each decision."""

import dataclasses

from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec


@dataclasses.dataclass(frozen=True)
class Choices(Spec):
    """An architecture described by its choices alone.

    Attributes:
        kinds: Tuple of the decisions' kinds.
        choices: Tuple with the choice of each decision, see the method
            `choice` of the decisions.
    """

    kinds: tuple
    choices: tuple

    def describe(self):
        """Returns one line with each kind and its choice."""
        return ", ".join(
            f"{kind} {choice}" for kind, choice in zip(self.kinds, self.choices)
        )

    def to_json(self):
        return {
            "choices": [
                [kind, list(choice) if isinstance(choice, tuple) else choice]
                for kind, choice in zip(self.kinds, self.choices)
            ]
        }

    @classmethod
    def from_json(cls, record):
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        try:
            kinds, choices = zip(*record["choices"])
        except (KeyError, TypeError, ValueError):
            raise UsageError(
                f"Expected a list of kinds with their choices. Received: "
                f"{record!r:.60}"
            ) from None
        if not all(isinstance(kind, str) for kind in kinds):
            raise UsageError(
                f"Expected names as kinds of choices. Received: {kinds!r:.60}"
            )
        return cls(
            kinds,
            tuple(tuple(c) if isinstance(c, list) else c for c in choices),
        )
