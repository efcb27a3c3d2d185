"""Pieces of a page: text is escaped, and tables have no empty columns."""

from nas_tf.report import html
from tests.report_runs import EVIL
from tests.report_runs import Page
from tests.report_runs import check_alone


def test_text_is_escaped_once():
    assert html.escape("<&>") == "&lt;&amp;&gt;"
    assert html.escape(html.Markup("<b>")) == "<b>"
    assert html.escape("a\x1b[0m\ud800") == "a?[0m?"


def test_long_text_is_folded():
    assert html.folded("short") == "short"
    folded = html.folded(EVIL * 20)
    page = Page(folded)
    assert page.tags == ["details", "summary"]
    assert page.text[-1] == EVIL * 20


def test_a_section_without_parts_is_none():
    assert html.section("title", "", "") == ""
    assert html.side_by_side("", "") == ""


def test_columns_of_which_nothing_is_known_are_left_out():
    table = html.columns(
        {"a": [1, 2], "b": ["-", "-"], "c": ["-", "x"]},
        numeric={"a", "b"},
        wide="c",
    )
    page = Page(table)
    assert [text for text in page.text if text.strip()] == [
        *("a", "c"),
        *("1", "-"),
        *("2", "x"),
    ]
    assert table.count('class="number"') == 3
    assert table.count('class="wide"') == 3


def test_a_page_is_whole():
    text = html.page(EVIL, [html.section(EVIL, html.lines([EVIL])), ""])
    page = check_alone(text)
    assert page.text.count(EVIL) == 3
