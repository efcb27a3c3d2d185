"""Parts are found by their names and made from call strings."""

import importlib
import re
import sys
import types

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.registry import packages
from nas_tf.registry import parts
from nas_tf.spaces.conv import Conv


def test_made_by_name():
    assert registry.make("spaces", "conv(num_layers=3)") == Conv(num_layers=3)


def test_made_by_dotted_name():
    space = registry.make("spaces", "tests.toy_space(width=4)")
    assert space.width == 4


def test_unknown_name_lists_what_there_is():
    with pytest.raises(UsageError, match="Did you mean 'conv'.*There is: "):
        registry.make("spaces", "cnov")


def test_a_plain_name_may_be_a_module_of_the_users(tmp_path, monkeypatch):
    (tmp_path / "part_of_a_user.py").write_text("make = lambda: 'made'\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert registry.make("spaces", "part_of_a_user") == "made"


def test_a_module_of_the_library_is_no_part():
    with pytest.raises(UsageError, match="Unknown search space 'random'"):
        registry.make("spaces", "random")


def test_module_without_make_is_refused():
    with pytest.raises(UsageError, match="Expected a 'make'"):
        registry.make("spaces", "nas_tf.seeds")


def test_an_import_error_inside_a_module_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "broken_part.py").write_text("import does_not_exist_at_all\n")
    (tmp_path / "package_of_it").mkdir()
    (tmp_path / "package_of_it" / "__init__.py").write_text("")
    (tmp_path / "package_of_it" / "broken.py").write_text(
        "import does_not_exist_at_all\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match="does_not_exist_at_all"):
        registry.make("spaces", "package_of_it.broken")


def test_a_call_of_an_earlier_version_is_upgraded(tmp_path, monkeypatch):
    (tmp_path / "renamed.py").write_text(
        "def upgraded(arguments):\n"
        "    return {'new': arguments.get('old', 0)}\n"
        "def make(new=0):\n    return new\n"
    )
    monkeypatch.setattr(packages, "_folder", lambda _: tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        parts, "_import", lambda package, name: importlib.import_module(name)
    )
    assert registry.upgraded("spaces", "renamed(old=3)") == "renamed(new=3)"
    assert registry.upgraded("spaces", "other(old=3)") == "other(old=3)"
    assert registry.upgraded("spaces", "no call(") == "no call("


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("no_such_part", "Unknown executor 'no_such_part'"),
        ("process(worker=1)", "Unknown argument 'worker'"),
        ("process(workers=", "Expected a name, or a call"),
    ],
)
def test_check_tells_what_make_would(call, expected):
    for function in (registry.check, registry.make):
        with pytest.raises(UsageError, match=re.escape(expected)):
            function("executors", call)


def test_check_makes_nothing(monkeypatch):
    part = types.ModuleType("part_that_counts")
    made = []
    part.make = lambda size=1: made.append(size)
    monkeypatch.setitem(sys.modules, "part_that_counts", part)
    registry.check("executors", "part_that_counts(size=2)")
    assert made == []
    registry.make("executors", "part_that_counts(size=2)")
    assert made == [2]
