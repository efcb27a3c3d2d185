"""Call strings are read and written."""

import dataclasses
import sys

import pytest

from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1
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
