"""Names of the scalars that describe a controller's distributions."""

import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.decisions import names


class Names:
    """The names of all scalars about a list of decisions.

    They are computed once, because there may be thousands.

    Args:
        decisions: Sequence of T decisions.
    """

    def __init__(self, decisions):
        kinds = list(dict.fromkeys(d.kind for d in decisions))
        self._tags = [f"entropy/{kind}" for kind in kinds]
        self._kinds = np.array([kinds.index(d.kind) for d in decisions])
        self._counts = np.bincount(self._kinds)
        self._choices = list(_choices(decisions))

    def entropies(self, values):
        """Returns a dict with the mean entropy of the decisions of each kind.

        Args:
            values: `[T]` floats, in nats.
        """
        sums = np.bincount(self._kinds, weights=values)
        return dict(zip(self._tags, (sums / self._counts).tolist()))

    def probabilities(self, values):
        """Returns a dict with the probability of each choice of each decision.

        The decisions of a kind are numbered from 1, and so are anchors.

        Args:
            values: Floats, one per choice, for all decisions in order.
        """
        return dict(zip(self._choices, values.tolist()))


def _choices(decisions):
    for name, decision in zip(names(decisions), decisions):
        if isinstance(decision, Categorical):
            labels = [decision.choice(i) for i in range(decision.size)]
        else:
            labels = range(1, decision.size + 1)
        for label in labels:
            yield f"probability_{name}={label}"
