"""Markdown tables, and the parts of a page that a command writes."""

import pytest

from experiments import pages


def test_table_is_markdown_with_a_row_a_line():
    assert pages.table(["search", "best"], [["a", 1], ["b", 0.5]]) == (
        "| search | best |\n| --- | --- |\n| a | 1 |\n| b | 0.5 |"
    )


def test_fill_replaces_between_its_marks_only(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(
        "a\n<!-- x -->\nold\n<!-- end of x -->\n<!-- y -->\n<!-- end of y -->\n"
    )
    pages.fill(page, "x", r"new \1")
    pages.fill(page, "x", r"new \1")
    assert page.read_text() == (
        "a\n<!-- x -->\nnew \\1\n<!-- end of x -->\n<!-- y -->\n"
        "<!-- end of y -->\n"
    )
    with pytest.raises(ValueError, match="'z'"):
        pages.fill(page, "z", "")


@pytest.mark.parametrize(
    "content",
    [
        "<!-- x -->\n",
        "<!-- end of x -->\n",
        "<!-- x -->\n<!-- end of x -->\n<!-- x -->\n<!-- end of x -->\n",
    ],
)
def test_page_without_one_pair_of_marks_is_left_alone(content, tmp_path):
    page = tmp_path / "README.md"
    page.write_text(content)
    with pytest.raises(ValueError, match="Expected the marks of 'x' once"):
        pages.fill(page, "x", "new")
    assert page.read_text() == content
