"""Modules that are read without being imported."""

import ast
import sys

import pytest

from nas_tf.registry import sources


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "w_base.py").write_text(
        "LIMIT = 3\nclass Base:\n    x: int = LIMIT\n"
    )
    (tmp_path / "w_part.py").write_text(
        "raise SystemExit('never imported')\n"
        "import w_base\n"
        "from w_base import Base as Parent\n"
        "import elsewhere\n"
        "CHOICES = ('a', w_base.LIMIT, -2)\n"
        "class Part(Parent, elsewhere.Other):\n    y: int = 1\n"
        "make = Part\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return sources.find("w_part")


def test_names_are_followed_across_modules(module):
    owner, node = module.find(ast.Name("make"))
    assert (owner, node.name) == (module, "Part")
    assert [n.name for _, n in module.classes(node)] == ["Part", "Base"]
    assert "w_part" not in sys.modules and "w_base" not in sys.modules


def test_constants_are_literals(module):
    assert module.literal(ast.parse("CHOICES").body[0].value) == ("a", 3, -2)
    for text in ("unknown", "elsewhere.X", "f(1)", "Part"):
        with pytest.raises(ValueError):
            module.literal(ast.parse(text).body[0].value)


def test_what_cannot_be_read_is_not_found(tmp_path, monkeypatch):
    (tmp_path / "w_broken.py").write_text("def")
    monkeypatch.syspath_prepend(tmp_path)
    assert sources.find("w_broken") is None
    assert sources.find("w_missing.module") is None


def test_a_docstring_has_text_and_descriptions():
    text, described = sources.paragraphs(
        "First line.\n\nMore: of it.\n\nAttributes:\n    a: One\n        two.\n"
        "    b: Three: four.\n\nThe others are elsewhere.\n\nRaises:\n"
        "    UsageError: Never."
    )
    assert text == "First line.\n\nMore: of it.\n\n\nThe others are elsewhere."
    assert described == {"a": "One two.", "b": "Three: four."}


def test_bases_are_in_the_order_of_python(tmp_path):
    source = "class A: pass\nclass B(A): pass\n" + (
        "class C(A): pass\nclass D(B, C): pass\n"
    )
    (tmp_path / "m.py").write_text(source)
    module = sources.Module(tmp_path / "m.py")
    found = module.classes(module.find(ast.Name("D"))[1])
    names = {}
    exec(source, names)
    order = [cls.__name__ for cls in names["D"].__mro__[:-1]]
    assert [node.name for _, node in found] == order
