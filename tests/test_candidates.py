"""Tests of grids, of options, and of what `--architecture` stands for."""

import json

import pytest

from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1
from nas_tf.errors import UsageError
from nas_tf.recipe import Recipe
from nas_tf.specs.tree import NAS_CELL
from nas_tf.tasks.base import first_best
from nas_tf.train.candidates import Candidate
from nas_tf.train.candidates import Candidates
from nas_tf.train.candidates import grid

CONV = registry.make("spaces", "conv(num_layers=2, num_filters=(4, 8))")
DIGITS = registry.make("tasks", "digits")


def test_a_grid_is_every_combination():
    cells = grid(
        "grid(learning_rate=(0.1, 0.2), decay_at=((0.5,), (0.3, 0.6)))"
    )
    assert cells == [
        (("learning_rate", 0.1), ("decay_at", (0.5,))),
        (("learning_rate", 0.1), ("decay_at", (0.3, 0.6))),
        (("learning_rate", 0.2), ("decay_at", (0.5,))),
        (("learning_rate", 0.2), ("decay_at", (0.3, 0.6))),
    ]


@pytest.mark.parametrize(
    "text", ["grid", "grid()", "grid(a=1)", "grid(a=())", "box(a=(1,))"]
)
def test_what_is_no_grid_is_refused(text):
    with pytest.raises(UsageError, match="Expected a grid such as"):
        grid(text)


@pytest.mark.parametrize("option", ["epochs", "reward_epochs"])
def test_how_long_to_train_is_no_option_of_a_grid(option):
    with pytest.raises(UsageError, match="--epochs and --trial_epochs"):
        grid(f"grid(learning_rate=(0.1, 0.2), {option}=(1, 2))")


def test_options_change_task_and_space():
    options = (("learning_rate", 0.3), ("batch_norm_epsilon", 1e-5))
    space, task = Candidate("it", V1, options).applied(CONV, DIGITS)
    assert (task.learning_rate, space.batch_norm_epsilon) == (0.3, 1e-5)
    assert (DIGITS.learning_rate, CONV.batch_norm_epsilon) != (0.3, 1e-5)
    assert space.num_layers == CONV.num_layers


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (("speed", 1), "Unknown option 'speed' of a grid. There is: epochs,"),
        (("learning_rate", -1), "Expected `learning_rate` to be"),
        (("batch_norm_epsilon", "a"), "Expected `batch_norm_epsilon`"),
    ],
)
def test_wrong_options_are_refused_in_one_line(option, expected):
    with pytest.raises(UsageError) as caught:
        Candidate("it", V1, (option,)).applied(CONV, DIGITS)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_grids_learning_rate_comes_before_the_specs():
    space = registry.make("spaces", "conv(num_layers=1, learning_rates=(0.5,))")
    spec = space.decode((0,) * len(space.decisions))
    assert Candidate("it", spec).recipe(space).learning_rate == 0.5
    options = (("learning_rate", 0.1),)
    assert Candidate("it", spec, options).recipe(space) == Recipe()


def test_options_of_a_skeleton_are_the_spaces():
    space = registry.make("spaces", "tree(base=3)")
    options = (("input_dropout", 0.4), ("learning_rate", 0.3), ("base", 2))
    changed, task = Candidate("it", NAS_CELL, options).applied(space, DIGITS)
    assert changed.network.input_dropout == 0.4
    assert (changed.base, task.learning_rate) == (2, 0.3)


def test_candidates_are_a_space():
    rows = ((0,) * 8, (1, 1, 1, 0, 1, 1, 1, 1))
    specs = [CONV.decode(row) for row in rows]
    candidates = Candidates(
        CONV,
        (
            Candidate("first", specs[0]),
            Candidate("second", specs[1], (("batch_norm_momentum", 0.5),)),
        ),
    )
    assert [d.num_actions for d in candidates.decisions] == [2]
    second = candidates.decode((1,))
    model = candidates.build(second, DIGITS)
    assert model.count_params() > 0
    [norm, *_] = [x for x in model.layers if "batch_norm" in x.name]
    assert norm.momentum == 0.5
    assert candidates.cost(second, DIGITS) == CONV.cost(specs[1], DIGITS)
    record = json.loads(json.dumps(second.to_json()))
    assert record["options"] == {"batch_norm_momentum": 0.5}
    # What a journal is compared by.
    json.dumps(registry.call_string(candidates))


def test_the_first_of_the_best_counts():
    assert first_best([3, None, 1, 1]) == 2
    assert first_best([None, float("nan")]) is None
    assert first_best([float("nan"), 2.0]) == 1
    history = {"val_accuracy": [0.9, 0.9, 0.9, None], "val_loss": [3, 1, 1, 0]}
    assert DIGITS.best_epoch(history) == 1


def test_in_full_every_epoch_is_validated():
    task = DIGITS.in_full(7)
    assert (task.epochs, task.reward_epochs) == (7, 7)
