import dataclasses
import importlib
import re
import sys
import types

import pytest

from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1
from nas_tf.errors import UsageError
from nas_tf.registry import packages
from nas_tf.registry import parts
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


def test_a_call_string_makes_an_equal_part():
    space = Conv(num_layers=3, num_filters=(4,), layer_types=("conv", "lcn"))
    call = registry.call_string(space)
    assert call.startswith("conv(num_layers=3, filter_heights=(1, 3, 5, 7), ")
    assert registry.make("spaces", call) == space
    assert registry.call_string(registry.make("spaces", call)) == call


@pytest.mark.parametrize("package", ["spaces", "strategies", "evaluators"])
def test_every_part_without_required_options_has_a_call_string(package):
    for name in registry.names(package):
        try:
            part = registry.make(package, name)
        except UsageError as error:
            assert "Missing argument" in str(error)
            continue
        call = registry.call_string(part)
        assert registry.parse_call(call)[0] == name
        assert registry.make(package, call) == part


def test_a_call_string_leaves_locations_out():
    @dataclasses.dataclass(frozen=True)
    class Part:
        size: tuple = (1, 2)
        data_dir: str = dataclasses.field(
            default="somewhere", metadata=registry.location()
        )

    name = f"{Part.__module__}.{Part.__qualname__}"
    assert registry.call_string(Part()) == f"{name}(size=(1, 2))"


def test_a_call_string_holds_parts_and_specs():
    @dataclasses.dataclass(frozen=True)
    class Part:
        space: object
        spec: object
        several: tuple

    part = Part(Conv(num_layers=1), V1, (0.5, None, [True]))
    _, fields = registry.parse_call(
        registry.call_string(part).replace("<locals>.", "")
    )
    assert registry.make("spaces", fields["space"]) == part.space
    assert fields["spec"] == V1.to_json()
    assert fields["several"] == (0.5, None, (True,))


def test_a_part_of_the_users_is_called_by_its_module(tmp_path, monkeypatch):
    (tmp_path / "two_parts_of_a_user.py").write_text(
        "import dataclasses\n"
        "@dataclasses.dataclass(frozen=True)\n"
        "class Mine:\n    size: int = 1\n"
        "class Other(Mine):\n    pass\n"
        "make = Mine\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    part = registry.make("spaces", "two_parts_of_a_user(size=3)")
    assert registry.call_string(part) == "two_parts_of_a_user(size=3)"
    other = sys.modules["two_parts_of_a_user"].Other(4)
    assert registry.call_string(other) == "two_parts_of_a_user.Other(size=4)"


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


def test_a_part_is_found_by_the_name_of_its_class():
    assert registry.name_of_class("spaces", "Conv") == "conv"
    assert registry.name_of_class("strategies", "Reinforce") == "reinforce"
    assert registry.name_of_class("spaces", "Reinforce") is None
    assert registry.factory("spaces", "conv") is Conv


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
