"""Paragraphs and tables fit the terminal."""

import pytest

from nas_tf import layout

ROWS = [("n", "name", "text"), ("10", "a", "x" * 100), ("5", "bcd", "")]


@pytest.fixture
def columns(monkeypatch):
    return lambda number: monkeypatch.setenv("COLUMNS", str(number))


def test_a_table_ends_at_the_edge(columns):
    columns(60)
    lines = layout.table(ROWS, left={1}).splitlines()
    assert lines[0] == " n  name  text"
    assert lines[1] == "10  a     " + "x" * 47 + "..."
    assert lines[2] == " 5  bcd"


def test_a_narrow_terminal_is_not_taken_at_its_word(columns):
    columns(5)
    assert layout.width() == 40


def test_what_a_terminal_would_obey_is_replaced():
    assert layout.printable("a\x1b[0m\n\ud800é") == "a?[0m??é"
    assert layout.shortened("\x07" * 9, 5) == "??..."


def test_a_paragraph_has_at_most_eighty_columns(columns):
    columns(200)
    text = layout.paragraph("word\n" * 40, indent=4)
    assert 75 < max(map(len, text.splitlines())) <= 80
    assert all(line.startswith("    word") for line in text.splitlines())
    columns(50)
    assert max(map(len, layout.paragraph("word " * 40).splitlines())) <= 50
