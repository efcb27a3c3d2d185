import dataclasses
import re
import sys
import types

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.spaces.conv import Conv


def test_a_name_alone_is_a_call_without_arguments():
    assert registry.parse_call("conv") == ("conv", {})
    assert registry.parse_call(" conv() ") == ("conv", {})


def test_arguments_are_literals():
    name, arguments = registry.parse_call(
        "my.conv(a=1, b=-2.5, c=(1, 2), d='x', e=None, f=[3, 4], g=True)"
    )
    assert name == "my.conv"
    assert arguments == {
        "a": 1,
        "b": -2.5,
        "c": (1, 2),
        "d": "x",
        "e": None,
        "f": (3, 4),
        "g": True,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "conv(",
        "conv(3)",
        "conv(**{})",
        "conv(num_layers=os.getcwd())",
        "conv(num_layers=lambda: 1)",
        "conv(num_layers=f'{1}')",
        "conv()()",
        "conv + conv",
        "__import__('os').system('true')",
        "a b",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(UsageError, match="Received"):
        registry.parse_call(text)


def test_made_by_name():
    assert registry.make("spaces", "conv(num_layers=3)") == Conv(num_layers=3)


def test_made_by_dotted_name():
    space = registry.make("spaces", "tests.toy_space(width=4)")
    assert space.width == 4


def test_names_lists_every_part():
    assert "conv" in registry.names("spaces")
    assert {"reinforce", "random_search"} <= set(registry.names("strategies"))
    assert "base" not in registry.names("strategies")
    assert registry.names("executors") == ["inline", "process", "ray"]


def test_unknown_name_lists_what_there_is():
    with pytest.raises(UsageError, match="Did you mean 'conv'.*There is: "):
        registry.make("spaces", "cnov")


def test_unknown_argument_lists_what_there_is():
    with pytest.raises(UsageError, match="'layers'.*It takes: num_layers, "):
        registry.make("spaces", "conv(layers=3)")


def test_missing_argument_is_named():
    with pytest.raises(UsageError, match="Missing argument 'b'"):
        registry.call_with_literals(lambda a, b: None, "part", {"a": 1})


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
    with pytest.raises(ModuleNotFoundError, match="does_not_exist_at_all"):
        registry.make("spaces", "package_of_it.broken")


def test_configuration_leaves_locations_out():
    @dataclasses.dataclass(frozen=True)
    class Part:
        size: tuple = (1, 2)
        data_dir: str = dataclasses.field(
            default="somewhere", metadata=registry.location()
        )

    assert registry.call_string(Part()) == {"name": "Part", "size": [1, 2]}


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
