"""Options of parts, read from their source."""

import ast
import dataclasses
import inspect
import subprocess
import sys

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.registry import options
from nas_tf.registry import ranges

KINDS = ("int", "float", "bool", "str", "tuple")
WORDS = ("", *map(ranges.of_annotation, map(ast.Name, KINDS)))
PARTS = [(p, n) for p in registry.PACKAGES for n in registry.names(p)]


@pytest.mark.parametrize("package, name", PARTS)
def test_names_and_defaults_are_those_of_the_part(package, name):
    parameters = inspect.signature(registry.factory(package, name)).parameters
    found = options.describe(package, name)
    assert [option.name for option in found.options] == list(parameters)
    for option in found.options:
        default = parameters[option.name].default
        known = None if default is inspect.Parameter.empty else repr(default)
        assert option.default == known, option


@pytest.mark.parametrize("package, name", PARTS)
def test_every_option_has_a_meaning(package, name):
    found = options.describe(package, name)
    assert found.title and found.title == options.title(package, name)
    assert [option.name for option in found.options if not option.meaning] == []


@pytest.mark.parametrize("package, name", PARTS)
def test_ranges_are_what_the_part_itself_says(package, name):
    """A value that none accepts is refused with the same words."""
    factory = registry.factory(package, name)
    if not dataclasses.is_dataclass(factory):
        return
    given = {
        option.name: {"cost": "params", "target": 1}.get(option.name, "x")
        for option in options.describe(package, name).options
        if option.default is None
    }
    # Where no check is found, the words are those of the annotation.
    rough = {f"{n}{kind}" for n in ("", "None or ") for kind in WORDS}
    for option in options.describe(package, name).options:
        if option.wanted in rough or " num_layers" in option.wanted:
            continue
        try:
            factory(**{**given, option.name: object()})
        except (UsageError, TypeError, AttributeError) as error:
            if f"Expected `{option.name}` to be" in str(error):
                assert option.wanted in str(error), option


def test_a_part_of_ones_own_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "w_space.py").write_text(
        '"""My space."""\n'
        "import dataclasses\n"
        "from nas_tf import checks\n"
        "raise SystemExit('never imported')\n"
        "@dataclasses.dataclass(frozen=True)\n"
        "class Mine:\n"
        '    """Of mine.\n\n'
        '    Attributes:\n        size: How large.\n    """\n\n'
        "    size: int = 2\n"
        "    other: float | None = None\n"
        "    def __post_init__(self):\n"
        "        checks.whole(self, 'size', maximum=9)\n"
        "make = Mine\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = options.describe("spaces", "w_space")
    assert (found.title, found.text) == ("My space.", "Of mine.")
    assert found.options == (
        options.Option("size", "2", "a whole number from 1 to 9", "How large."),
        options.Option("other", "None", "None or a finite number", ""),
    )


def test_an_unknown_part_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="Did you mean 'conv'"):
        options.describe("spaces", "conf")


def test_nothing_heavy_is_loaded():
    code = (
        "import sys\n"
        "from nas_tf.registry import options\n"
        "options.describe('strategies', 'reinforce')\n"
        "print(sorted({'keras', 'tensorflow', 'numpy'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
