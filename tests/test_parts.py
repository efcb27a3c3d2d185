"""A page makes the parts of this package, and imports no others."""

import sys

import pytest

from nas_tf.report import parts
from nas_tf.spaces.conv import Conv


def test_an_own_part_is_made():
    made = parts.make("spaces", "conv(num_layers=3)")
    assert made == Conv(num_layers=3)


@pytest.mark.parametrize(
    "package, call",
    [
        ("spaces", "foreign_part_of_a_page"),
        ("spaces", "tree(skeleton='foreign_part_of_a_page(a=1)')"),
        ("evaluators", "shaped(evaluator='foreign_part_of_a_page')"),
    ],
)
def test_a_foreign_part_is_not_imported(package, call, tmp_path, monkeypatch):
    file = tmp_path / "foreign_part_of_a_page.py"
    file.write_text("make = dict\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert not parts.is_own(package, call)
    assert parts.make(package, call) is None
    assert file.stem not in sys.modules


@pytest.mark.parametrize(
    "call", ["conv(speed=1)", "conv(num_layers=-1)", "conv(", "", "text"]
)
def test_what_cannot_be_made_is_none(call):
    assert parts.make("spaces", call) is None
