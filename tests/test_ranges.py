"""Accepted values in words, from the source of checks."""

import ast

import pytest

from nas_tf.registry import ranges
from nas_tf.registry import sources


def accepted(tmp_path, *lines):
    path = tmp_path / "part.py"
    body = "\n".join(f"        {line}" for line in lines)
    path.write_text(
        "KINDS = ('a', 'b')\n"
        "class Part:\n    def __post_init__(self):\n" + body + "\n"
    )
    module = sources.Module(path)
    return ranges.of(module, module.find(ast.Name("Part"))[1])


@pytest.mark.parametrize(
    "line, found",
    [
        ("checks.whole(self, 'x', 'y')", "a whole number from 1"),
        ("checks.number(self, 'x', minimum=0, below=1)", "a number in [0, 1)"),
        ("checks.one_of(self, 'x', KINDS)", "one of a, b"),
        ("checks.text(self, 'x', optional=True)", "None or a string"),
        (
            "checks.whole(self, 'x', maximum=self.n - 1)",
            "a whole number from 1 to n - 1",
        ),
        ("checks.check(self, 'x', good, 'an odd number')", "an odd number"),
    ],
)
def test_a_check_is_put_into_words(tmp_path, line, found):
    assert accepted(tmp_path, line)["x"] == found


def test_names_and_words_may_be_variables(tmp_path):
    found = accepted(
        tmp_path,
        "names = ('x', 'y')",
        "checks.boolean(self, *names)",
        "last = self.n * 2",
        "wanted = f'below {last}'",
        "checks.check(self, 'z', good, wanted)",
        "wanted = 'another'",
    )
    assert found == {
        "x": "True or False",
        "y": "True or False",
        "z": "below n * 2",
    }


def test_what_is_not_certain_is_left_out(tmp_path):
    assert (
        accepted(
            tmp_path,
            "if self.y:",
            "    checks.whole(self, 'x')",
            "checks.check(self, 'x', good, '1, as y is 2')",
            "checks.number(self, 'x', minimum=self.y)",
            "other(self, 'x')",
        )
        == {}
    )


@pytest.mark.parametrize(
    "text, words",
    [
        ("int", "a whole number"),
        ("str | None", "None or a string"),
        ("tuple", "a tuple"),
        ("int | object", ""),
        ("np.ndarray", ""),
    ],
)
def test_annotations_are_put_into_words(text, words):
    assert ranges.of_annotation(ast.parse(text).body[0].value) == words
