"""The plainest spec: what was chosen, decision by decision."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Choices:
    """An architecture that is no more than its choices.

    Attributes:
        kinds: Tuple of the decisions' kinds.
        choices: Tuple of what was chosen, one a decision; see `choice` of the
            decisions.
    """

    kinds: tuple
    choices: tuple

    def describe(self):
        """Returns one line: each kind with its choice."""
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
