"""Sentences of the language as optimizers, beside those they describe."""

import keras
import numpy as np
import pytest

from nas_tf import optimizers
from nas_tf.errors import UsageError
from nas_tf.optimizers import UpdateRule
from nas_tf.specs import update_rule as specs
from nas_tf.specs.update_rule import Group
from nas_tf.specs.update_rule import UpdateRuleSpec
from tests.backends import array
from tests.random_rules import NumPyRule
from tests.random_rules import random_rules
from tests.test_sign_optimizer import courses

RNG = np.random.default_rng(1)
START = RNG.normal(size=(4, 5)).astype("float32")
GRADIENTS = RNG.normal(size=(20, 4, 5)).astype("float32")
COUNT = 20


def course(optimizer):
    return courses(optimizer, [START], [[g] for g in GRADIENTS])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("power_sign", lambda: optimizers.PowerSign(0.01)),
        ("add_sign", lambda: optimizers.AddSign(0.01)),
        ("adam", lambda: keras.optimizers.Adam(0.01)),
        ("rmsprop", lambda: keras.optimizers.RMSprop(0.01)),
        ("sgd", lambda: keras.optimizers.SGD(0.01)),
    ],
)
def test_known_rules_equal_the_optimizers_they_describe(name, other):
    found = course(UpdateRule(name, 0.01))
    np.testing.assert_allclose(found, course(other()), atol=1e-5)


def test_an_average_without_correction_is_momentum():
    found = course(UpdateRule("momentum", 0.1, bias_correction=False))
    # Keras adds whole gradients to the velocity, an average a tenth of them.
    wanted = course(keras.optimizers.SGD(0.01, momentum=0.9))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_decays_of_signs_are_operands():
    for operand, schedule in {
        "ld": optimizers.LinearDecay(30),
        "cd_2": optimizers.CosineDecay(30, 2),
        "rd_10": optimizers.RestartDecay(30, 10),
    }.items():
        groups = (
            Group("sign(g)", "sign(m)"),
            Group("r1", operand),
            Group("r2", "g", "exp"),
        )
        found = course(UpdateRule(UpdateRuleSpec(groups), 0.01, 30))
        wanted = course(optimizers.PowerSign(0.01, sign_decay=schedule))
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def run(spec, steps=3):
    """Returns the updates of a rule and those that NumPy computes."""
    optimizer = UpdateRule(spec, 1.0, decay_steps=20, seed=5)
    weights = keras.Variable(START)
    optimizer.build([weights])
    other = NumPyRule(spec, optimizer, START.shape)
    found = []
    for gradient in GRADIENTS[:steps]:
        before = array(weights)
        other.wants(before, gradient)
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weights])
        found.append((array(weights), before - other.update))
        weights.assign(START)
    return found


def test_random_rules_equal_an_evaluation_of_their_formulas():
    for spec in random_rules(COUNT, seed=0):
        for found, wanted in run(spec):
            np.testing.assert_allclose(
                found, wanted, rtol=1e-3, atol=1e-5, err_msg=spec.formula()
            )


def test_only_averages_that_are_read_are_kept():
    weights = [keras.Variable(START)]
    for name, count in {"g": 0, "m": 1, "adam": 2, "rmsprop": 1}.items():
        optimizer = UpdateRule(specs.only(name), 0.1)
        optimizer.build(weights)
        # Besides the number of steps and the learning rate.
        assert len(optimizer.variables) == 2 + count, name
    dead = UpdateRuleSpec((Group("gamma", "v"), Group("m", "g")))
    optimizer = UpdateRule(dead, 0.1)
    optimizer.build(weights)
    assert len(optimizer.variables) == 3


def test_what_is_dropped_and_noise_follow_from_seed_and_step():
    spec = UpdateRuleSpec((Group("noise", "g", "identity", "drop_0.5", "add"),))
    first = course(UpdateRule(spec, 0.1, seed=1))
    assert course(UpdateRule(spec, 0.1, seed=1)) == first
    assert course(UpdateRule(spec, 0.1, seed=2)) != first
    dropped = specs.only("g")
    dropped = UpdateRuleSpec(
        (Group("g", "g", "drop_0.5", combination=specs.LEFT),)
    )
    for rescale, factor in {True: 2, False: 1}.items():
        rule = UpdateRule(dropped, 1.0, rescale_dropped=rescale)
        steps = np.diff([[START], *course(rule)], axis=0)[:, 0]
        kept = np.abs(steps) > 1e-6
        assert 0.4 < kept.mean() < 0.6
        wanted = -factor * GRADIENTS * kept
        np.testing.assert_allclose(steps, wanted, atol=1e-5)
        # Another half at every step.
        assert (kept[0] != kept[1]).any()


def test_configuration_is_read_again():
    optimizer = UpdateRule("adam", 0.02, beta_1=0.8, seed=3, clipnorm=1.0)
    record = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(record)
    assert again.spec == optimizer.spec
    assert again.get_config() == optimizer.get_config()
    assert course(again) == course(optimizer)


def test_the_rate_of_a_spec_is_the_default():
    spec = specs.KNOWN["adam"].with_learning_rate(0.25)
    assert float(array(UpdateRule(spec).learning_rate)) == 0.25
    assert float(array(UpdateRule(spec, 1).learning_rate)) == 1
    assert float(array(UpdateRule("adam").learning_rate)) == np.float32(0.01)


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (lambda: UpdateRule("adamax", 0.1), "`spec`"),
        (lambda: UpdateRule(specs.only("ld"), 0.1), "`decay_steps`"),
        (lambda: UpdateRule("adam", "fast"), "`learning_rate`"),
        (lambda: UpdateRule("adam", 0.1, beta_2=1), "`beta_2`"),
        (lambda: UpdateRule("adam", 0.1, seed=0.5), "`seed`"),
        (lambda: UpdateRule({"groups": 3}, 0.1), "groups"),
    ],
)
def test_mistakes_are_one_line(make, wrong):
    with pytest.raises(UsageError, match=f"^Expected {wrong}.*Received"):
        make()
