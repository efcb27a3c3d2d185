"""Names of what is known about a controller's distributions."""

import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.strategies._scalars import Names

DECISIONS = (
    Categorical("op", 2, labels=("add", "mul"), anchor=True),
    Pointer(1),
    Categorical("op", 2, labels=("add", "mul"), anchor=True),
    Subset(2),
)


def test_entropies_are_the_mean_of_each_kind():
    found = Names(DECISIONS).entropies(np.array([0.5, 0.0, 0.1, 1.2]))
    assert found == {
        "entropy/op": 0.3,
        "entropy/pointer": 0.0,
        "entropy/subset": 1.2,
    }


def test_probabilities_are_named_by_decision_and_choice():
    values = np.array([0.9, 0.1, 1.0, 0.2, 0.8, 0.3, 0.6])
    assert Names(DECISIONS).probabilities(values) == {
        "probability_op/1=add": 0.9,
        "probability_op/1=mul": 0.1,
        "probability_pointer/1=1": 1.0,
        "probability_op/2=add": 0.2,
        "probability_op/2=mul": 0.8,
        "probability_subset/1=1": 0.3,
        "probability_subset/1=2": 0.6,
    }
