"""Parts in configurations of format 1."""

import pytest

from nas_tf import registry
from nas_tf.runs import format_1


@pytest.mark.parametrize(
    "package, record, call",
    [
        ("tasks", {"name": "NoTask"}, "none"),
        ("strategies", {"name": "RandomSearch"}, "random_search()"),
        (
            "spaces",
            {"name": "Conv", "num_layers": 3, "num_filters": [4], "x": []},
            "conv(num_layers=3, num_filters=(4,), x=())",
        ),
        (
            "spaces",
            {"name": "Mine", "a": None, "b": [1, [True, "c"]], "d": 1e-5},
            "Mine(a=None, b=(1, (True, 'c')), d=1e-05)",
        ),
    ],
)
def test_a_part_becomes_a_call_string(package, record, call):
    assert registry.parse_call(
        format_1.call_of(package, record)
    ) == registry.parse_call(call)


def test_moved_options_are_in_the_skeleton():
    call = format_1.call_of(
        "spaces", {"name": "Tree", "base": 4, "params": 5000, "num_layers": 1}
    )
    space = registry.make("spaces", call)
    assert space.base == 4
    assert "params=5000" in space.skeleton
    assert "num_layers=1" in space.skeleton


def test_the_space_of_lstms_has_a_name_today():
    call = format_1.call_of("spaces", {"name": "KerasCells", "params": 5000})
    assert registry.parse_call(call)[0] == "recurrent"
    assert "params=5000" in registry.make("spaces", call).skeleton


def test_candidates_hold_calls_and_no_specs():
    call = format_1.call_of(
        "spaces",
        {
            "name": "Candidates",
            "space": {"name": "Conv", "num_layers": 2},
            "candidates": [
                {
                    "name": "Candidate",
                    "title": "first",
                    "spec": {"name": "ConvNetSpec", "layers": []},
                    "options": [["learning_rate", 0.5]],
                }
            ],
        },
    )
    name, options = registry.parse_call(call)
    assert name == "Candidates"
    assert options == {
        "space": "conv(num_layers=2)",
        "candidates": ({"title": "first", "options": {"learning_rate": 0.5}},),
    }
