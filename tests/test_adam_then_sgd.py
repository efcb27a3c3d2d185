"""Adam for the first steps, then gradient descent whose rate is halved."""

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.errors import UsageError
from nas_tf.optimizers import AdamThenSGD

OPTIONS = {
    "learning_rate": 0.1,
    "sgd_rate": 0.5,
    "adam_steps": 2,
    "halve_after": 3,
    "halve_every": 2,
    "lowest_rate": 0.1,
}
# Of steps 2 to 9: halved after 3, 5 and 7 steps, but never below 0.1.
RATES = [0.5, 0.25, 0.25, 0.125, 0.125, 0.1, 0.1, 0.1]


def steps(optimizer, gradients):
    """Returns the values `[2]` of a variable after each step."""
    variable = keras.Variable(np.array([1.0, -2.0], "float32"))
    optimizer.build([variable])
    found = []
    for gradient in gradients:
        optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        # A copy: on PyTorch the array is the variable itself.
        found.append(np.array(ops.convert_to_numpy(variable.value)))
    return np.array(found)


def test_steps_are_those_of_adam_and_then_of_the_halved_rate():
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(10, 2)).astype("float32")
    optimizer = AdamThenSGD.from_config(AdamThenSGD(**OPTIONS).get_config())
    found = steps(optimizer, gradients)
    adam = steps(keras.optimizers.Adam(0.1), gradients[:2])
    np.testing.assert_allclose(found[:2], adam, rtol=1e-6)
    moved = np.diff(found[1:], axis=0)
    expected = -np.array(RATES)[:, None] * gradients[2:]
    np.testing.assert_allclose(moved, expected, atol=1e-6)


@pytest.mark.parametrize(
    "name, value",
    [
        ("sgd_rate", 0),
        ("adam_steps", -1),
        ("halve_every", 0),
        # It would raise the rate.
        ("lowest_rate", 0.6),
    ],
)
def test_wrong_arguments_are_refused(name, value):
    with pytest.raises(UsageError, match=f"`{name}`"):
        AdamThenSGD(**{**OPTIONS, name: value})
