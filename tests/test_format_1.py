"""Configurations of earlier versions, with classes for call strings."""

import pytest

from nas_tf import registry
from nas_tf.runs import format_1


@pytest.mark.parametrize(
    "package, record, call",
    [
        (
            "spaces",
            {"name": "Conv", "num_layers": 4, "num_filters": [4, 8]},
            "conv(num_layers=4, num_filters=(4, 8))",
        ),
        ("tasks", {"name": "Digits", "epochs": 5}, "digits(epochs=5)"),
        ("strategies", {"name": "RandomSearch"}, "random_search()"),
        ("tasks", {"name": "NoTask"}, "none"),
        ("spaces", {"name": "Mine", "pair": [3]}, "Mine(pair=(3,))"),
    ],
)
def test_class_and_fields_are_a_call_string(package, record, call):
    assert format_1.call_of(package, record) == call


def test_options_of_the_tree_space_move_to_its_skeleton():
    record = {"name": "Tree", "base": 4, "units": 64, "num_layers": 1}
    space = registry.make("spaces", format_1.call_of("spaces", record))
    assert space.base == 4
    assert (space.network.units, space.network.num_layers) == (64, 1)


def test_space_of_keras_cells_is_the_space_recurrent():
    record = {"name": "KerasCells", "params": 500_000, "num_layers": 2}
    call = format_1.call_of("spaces", record)
    assert call.startswith("recurrent(")
    assert registry.make("spaces", call).network.params == 500_000


def test_spaces_within_candidates_are_calls_too():
    record = {
        "name": "Candidates",
        "candidates": [{"title": "a", "options": {"epochs": 2}, "spec": {}}],
        "space": {"name": "Conv", "num_layers": 2},
    }
    call = format_1.call_of("spaces", record)
    assert call == (
        "Candidates(candidates=({'title': 'a', 'options': {'epochs': 2}},), "
        "space='conv(num_layers=2)')"
    )
