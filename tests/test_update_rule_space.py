"""The space of update rules."""

import json

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.spaces.update_rule import UpdateRule
from nas_tf.specs.update_rule import KNOWN

THREE = UpdateRule(num_groups=3)


def random_rows(space, count):
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield tuple(d.random(rng) for d in space.decisions)


def test_groups_of_five_decisions():
    kinds = [decision.kind for decision in UpdateRule(num_groups=2).decisions]
    shared = ["function", "function", "combination"]
    assert kinds == [
        *["operand_of_1", "operand_of_1", *shared],
        *["operand_of_2", "operand_of_2", *shared],
    ]
    sizes = [decision.size for decision in UpdateRule().decisions]
    assert sizes == [17, 17, 12, 12, 6, 18, 18, 12, 12, 6]


def test_known_rules_are_in_the_space():
    for spec in KNOWN.values():
        row = THREE.encode(spec)
        # Shorter rules are filled up by groups that change nothing.
        assert THREE.decode(row).formula() == spec.formula()
    with pytest.raises(UsageError, match="at most 2 groups.*Received: 3"):
        UpdateRule(num_groups=2).encode(KNOWN["add_sign"])


def test_decisions_without_effect_change_no_formula():
    rng = np.random.default_rng(1)
    for row in random_rows(THREE, 50):
        active = THREE.active(row)
        changed = tuple(
            action if has_effect else decision.random(rng)
            for action, has_effect, decision in zip(
                row, active, THREE.decisions
            )
        )
        assert THREE.key(changed) == THREE.key(row)


def test_what_is_found_is_read_again():
    for row in random_rows(THREE, 10):
        spec = THREE.decode(row).with_learning_rate(0.1)
        assert THREE.read_spec(json.loads(json.dumps(spec.to_json()))) == spec
        assert THREE.encode(spec) == row
        assert THREE.recipe(spec).learning_rate == 0.1


def test_the_papers_network_and_others():
    task = registry.make("tasks", "digits")
    spec = KNOWN["sgd"]
    model = UpdateRule().build(spec, task)
    kernels = [w.shape for w in model.weights if w.name == "kernel"]
    assert kernels == [(3, 3, 1, 32), (3, 3, 32, 32), (32, 10)]
    assert UpdateRule().cost(spec, task).params == sum(
        int(np.prod(w.shape)) for w in model.trainable_weights
    )
    text = UpdateRule(network="recurrent", actions=(0,))
    assert text.kinds == ("language_model",)
    with pytest.raises(UsageError, match="of kind language_model for"):
        text.check_task(task)


def test_rules_with_decays_are_told_the_number_of_steps():
    space = UpdateRule(num_groups=1, operands=("g", "ld"))
    row = space.encode(KNOWN["sgd"])
    assert not space.recipe(space.decode(row)).counts_steps
    decaying = space.decode((1, 0, 0, 0, 2))
    assert decaying.formula() == "ld * g"
    task = registry.make("tasks", "digits(epochs=2)")
    recipe = space.recipe(decaying)
    assert recipe.counts_steps
    assert task.optimizer(recipe).option("decay_steps") == task.num_steps


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"num_groups": 5}, "`num_groups`"),
        ({"operands": ("g", "x")}, "`operands`"),
        ({"operands": ()}, "`operands`"),
        ({"functions": ("tanh",)}, "`functions`"),
        ({"combinations": ("max",)}, "`combinations`"),
        ({"network": 3}, "`network`"),
        ({"network": "no_such_space"}, ".*no_such_space"),
        ({"actions": (0,)}, "`actions`"),
        ({"actions": (-1, 0)}, "`actions`"),
        ({"actions": (0, 7)}, "action 1"),
    ],
)
def test_mistakes_are_one_line(options, wrong):
    with pytest.raises(UsageError, match=wrong) as caught:
        UpdateRule(**options)
    assert "\n" not in str(caught.value)
