"""Decays have the values of TensorFlow 1, and are Keras schedules."""

import keras
import numpy as np
import pytest

from nas_tf import optimizers
from nas_tf.errors import UsageError
from tests.backends import array

STEPS = (0, 100, 250, 500, 750, 900, 1000, 1500)
# Values at STEPS for T = 1000, by the formulas of `tf.contrib.opt`.
VALUES = {
    optimizers.LinearDecay: {(): (1, 0.9, 0.75, 0.5, 0.25, 0.1, 0, 0)},
    optimizers.CosineDecay: {
        (): (
            1,
            0.9755282581,
            0.8535533906,
            0.5,
            0.1464466094,
            0.0244717419,
            0,
            0,
        ),
        (2,): (1, 0.6545084972, 0, 1, 0, 0.6545084972, 1, 1),
    },
    optimizers.RestartDecay: {
        (): (
            1,
            0.9755282581,
            0.8535533906,
            0.5,
            0.1464466094,
            0.0244717419,
            1,
            1,
        ),
        (4,): (1, 0.6545084972, 1, 1, 1, 0.3454915028, 1, 1),
        # 0 from half a period on.
        (1, 0.5): (1, 0.9755282581, 0.8535533906, 0, 0, 0, 0, 0),
    },
}


def values(schedule, steps):
    return [float(array(schedule(step))) for step in steps]


def read_again(schedule):
    record = keras.optimizers.schedules.serialize(schedule)
    return keras.optimizers.schedules.deserialize(record)


@pytest.mark.parametrize("cls", VALUES)
def test_golden_values(cls):
    for arguments, wanted in VALUES[cls].items():
        schedule = cls(1000, *arguments)
        for each in (schedule, read_again(schedule)):
            np.testing.assert_allclose(values(each, STEPS), wanted, atol=1e-6)


def test_linear_cosine_decay():
    schedule = optimizers.LinearCosineDecay(1.0, 1000)
    found = values(read_again(schedule), (0, 250, 500, 750, 1000))
    wanted = (1.001, 0.6411650429, 0.251, 0.0376116524, 0.001)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_noise_is_the_same_at_a_step_and_becomes_less():
    noise = optimizers.AnnealedNoise(seed=1)
    early = values(noise, range(200))
    assert values(read_again(noise), range(200)) == early
    assert values(optimizers.AnnealedNoise(seed=2), range(200)) != early
    scaled = np.array(early) * np.arange(1, 201) ** 0.275
    assert abs(scaled.mean()) < 0.25
    assert scaled.std() == pytest.approx(1, abs=0.15)


def test_noise_is_added_to_the_linear_part():
    plain = optimizers.LinearCosineDecay(2.0, 10)
    noisy = optimizers.LinearCosineDecay(2.0, 10, initial_variance=1, seed=3)
    noise = values(optimizers.AnnealedNoise(seed=3), [4])[0]
    cosine = values(optimizers.CosineDecay(10), [4])[0]
    added = values(noisy, [4])[0] - values(plain, [4])[0]
    assert added == pytest.approx(2 * noise * cosine, abs=1e-6)


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (lambda: optimizers.LinearDecay(0), "decay_steps"),
        (lambda: optimizers.CosineDecay(5, -1), "num_periods"),
        (lambda: optimizers.RestartDecay(5, 1, 0), "zero_after"),
        (lambda: optimizers.AnnealedNoise(-1), "initial_variance"),
        (lambda: optimizers.LinearCosineDecay(0, 5), "initial_learning_rate"),
    ],
)
def test_mistakes_are_one_line(make, wrong):
    with pytest.raises(UsageError, match=f"^Expected `{wrong}`.*Received"):
        make()
