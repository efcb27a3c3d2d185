"""The space of fully connected networks."""

import pytest

from nas_tf.errors import UsageError
from nas_tf.spaces.dense import Dense


def test_decisions_of_layers_that_are_not_there_have_no_effect():
    space = Dense(num_layers=3, units=(4, 8), activations=("relu", "tanh"))
    kinds = [decision.kind for decision in space.decisions]
    assert kinds == [
        *("dropout", "depth", "units", "activation"),
        *("units", "activation", "skip") * 2,
    ]
    short, other = (
        (1, 1, 1, 0, 0, 1, 1, 0, 0, 0),
        (1, 1, 1, 0, 0, 1, 1, 1, 1, 1),
    )
    assert space.key(short) == space.key(other)
    assert space.active(short).tolist() == [True] * 7 + [False] * 3
    assert space.describe(space.decode(short)) == (
        "8 relu, 4 tanh + inputs, dropout 0.1"
    )


def test_there_is_no_decision_where_there_is_one_choice():
    space = Dense(
        num_layers=1, units=(4,), activations=("relu", "tanh"), dropouts=(0.2,)
    )
    [decision] = space.decisions
    assert decision.labels == ("relu", "tanh")
    assert space.describe(space.decode((1,))) == "4 tanh, dropout 0.2"


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({"num_layers": 0}, "`num_layers` to be a whole number from 1"),
        ({"units": (4, 4)}, "`units` to be a tuple of different"),
        ({"activations": ("step",)}, "`activations` to be a tuple"),
        ({"dropouts": (1.0,)}, r"`dropouts` .* in \[0, 1\)"),
        ({"dropouts": 0.5}, "`dropouts` to be a tuple"),
        ({"batch_norm": 1}, "`batch_norm` to be True or False"),
    ],
)
def test_options_out_of_range(options, wanted):
    with pytest.raises(UsageError, match=wanted):
        Dense(**options)
