"""Decisions: their actions, their names, and their JSON."""

import json

import numpy as np
import pytest

from nas_tf import decisions
from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.decisions import check_actions
from nas_tf.decisions import names
from nas_tf.decisions import readable
from nas_tf.errors import UsageError

ALL = [
    Categorical("op", 5),
    Pointer(4),
    Subset(3),
    Subset(0),
    Subset(62),
]


@pytest.mark.parametrize("decision", ALL, ids=repr)
def test_random_actions_are_valid(decision):
    rng = np.random.default_rng(0)
    for _ in range(200):
        assert decision.is_valid(decision.random(rng))


@pytest.mark.parametrize("decision", ALL, ids=repr)
def test_bounds_of_actions(decision):
    assert decision.is_valid(0)
    assert decision.is_valid(decision.num_actions - 1)
    assert not decision.is_valid(decision.num_actions)
    assert not decision.is_valid(-1)


@pytest.mark.parametrize("decision", [Categorical("op", 5), Pointer(5)])
def test_mutation_reaches_every_other_choice_alike(decision):
    rng = np.random.default_rng(0)
    counts = np.bincount(
        [decision.mutate(2, rng) for _ in range(4000)], minlength=5
    )
    assert counts[2] == 0
    # 4000 draws over 4 choices: 1000 each, give or take 4 deviations of 27.
    assert all(abs(counts[[0, 1, 3, 4]] - 1000) < 110)


def test_mutation_flips_one_bit_of_a_subset():
    rng = np.random.default_rng(0)
    flipped = {Subset(3).mutate(0b101, rng) for _ in range(100)}
    assert flipped == {0b100, 0b111, 0b001}


def test_a_single_choice_stays_as_it_is():
    rng = np.random.default_rng(0)
    assert Categorical("op", 1).mutate(0, rng) == 0
    assert Subset(0).mutate(0, rng) == 0


def test_random_subsets_are_fair_coins():
    rng = np.random.default_rng(0)
    masks = [Subset(4).random(rng) for _ in range(4000)]
    for bit in range(4):
        share = np.mean([mask >> bit & 1 for mask in masks])
        # Four deviations of 0.5 / sqrt(4000).
        assert abs(share - 0.5) < 0.032


def test_what_actions_stand_for():
    assert Categorical("op", 2, labels=("add", "max")).choice(1) == "max"
    assert Categorical("op", 2).choice(1) == 1
    assert Pointer(3).choice(2) == 2
    assert Subset(4).choice(0b1010) == (1, 3)
    assert Subset(4).choice(0) == ()


@pytest.mark.parametrize(
    "decision",
    [
        decisions.Categorical("op", 3),
        decisions.Categorical("op", 3, labels=(8, 32, "wide")),
        decisions.Pointer(3),
        decisions.Subset(0),
        decisions.Subset(3),
    ],
)
def test_the_action_of_a_choice(decision):
    for action in range(decision.num_actions):
        choice = decision.choice(action)
        assert decisions.action_of(decision, choice) == action


@pytest.mark.parametrize(
    "decision, choice",
    [
        (decisions.Categorical("op", 3), 3),
        (decisions.Categorical("op", 2, labels=("a", "b")), "c"),
        (decisions.Pointer(2), None),
        (decisions.Subset(2), (2,)),
        (decisions.Subset(2), (1, 0)),
        (decisions.Subset(2), (10**12,)),
        (decisions.Subset(2), 1),
    ],
)
def test_what_is_no_choice_has_no_action(decision, choice):
    with pytest.raises(UsageError, match=f"decision '{decision.kind}'"):
        decisions.action_of(decision, choice)


def test_what_people_read():
    assert readable(Categorical("op", 2, labels=("add", "max")), 1) == "max"
    assert readable(Categorical("rate", 2, labels=(0.1, 0.2)), 1) == 0.2
    assert readable(Categorical("wide", 2, labels=(False, True)), 1) is True
    assert readable(Categorical("pair", 1, labels=((1, 2),)), 0) == "(1, 2)"
    assert readable(Pointer(3), 2) == 3
    assert readable(Subset(4), 0b1010) == "2,4"
    assert readable(Subset(4), 0) == "none"


def test_decisions_are_read_back_from_json():
    given = (
        Categorical("op", 3, anchor=True, labels=("a", 0.5, (1, "b"))),
        Categorical("size", 2),
        Pointer(2, anchor=True, kind="input"),
        Subset(0),
        Subset(3, anchor=False, prior=0.25),
    )
    records = json.loads(json.dumps(decisions.to_json(given)))
    found = decisions.from_json(records)
    assert found == given
    assert [type(d) for d in found] == [type(d) for d in given]
    assert found[0].labels == given[0].labels
    # Default values are left out.
    assert records[1] == {"type": "Categorical", "kind": "size", "size": 2}
    assert records[3] == {"type": "Subset", "size": 0}


def test_a_label_that_is_no_json_value_is_its_text():
    given = (Categorical("op", 2, labels=({"a"}, None)),)
    assert decisions.from_json(decisions.to_json(given))[0].labels == (
        "{'a'}",
        None,
    )


@pytest.mark.parametrize(
    "records", [None, 5, [1], [{}], [{"type": "Die"}], [{"type": "Pointer"}]]
)
def test_what_is_no_list_of_decisions_is_refused(records):
    with pytest.raises(UsageError, match="Expected a list of decisions"):
        decisions.from_json(records)


def test_names_are_numbered_by_kind():
    decisions = (Categorical("op", 3), Subset(1), Categorical("op", 3))
    assert names(decisions) == ["op/1", "subset/1", "op/2"]
    assert names(decisions[:2]) == ["op/1", "subset/1"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Categorical("op", 0),
        lambda: Pointer(0),
        lambda: Subset(-1),
        lambda: Subset(63),
        lambda: Categorical("op", 2, labels=("one",)),
    ],
)
def test_impossible_decisions_are_refused(make):
    with pytest.raises(UsageError, match="Received"):
        make()


def test_check_actions_names_the_wrong_one():
    decisions = (Categorical("op", 3), Subset(2))
    check_actions(decisions, (2, 3))
    with pytest.raises(UsageError, match=r"action 1 \('subset'\) in \[0, 4\)"):
        check_actions(decisions, (2, 4))
    with pytest.raises(UsageError, match="Expected 2 actions. Received: 1"):
        check_actions(decisions, (2,))
