"""Figures within a page have its colours, text, and unique ids."""

import re

from nas_tf.report import axes
from nas_tf.report import svg
from tests.report_runs import EVIL
from tests.report_runs import Page


def figure(label):
    made, grid = axes.make_axes("x", axes.plain(label))
    grid.plot([1, 2, 3], [3, 1, 2], label=axes.plain(label))
    axes.legend(grid)
    return made


def test_text_stays_text_in_the_colours_of_the_page():
    text = svg.inline(figure(EVIL), "one", EVIL)
    assert text.startswith("<svg ") and text.endswith("</svg>")
    page = Page(text)
    assert EVIL in " ".join(page.text)
    for colour in (svg.TEXT, svg.GRID, "#000000"):
        assert colour not in text
    assert "currentColor" in text and "var(--grid)" in text
    assert "<style" not in text and "<script" not in text


def test_ids_begin_with_the_name_and_links_lead_to_them():
    text = svg.inline(figure("a"), "one", "a") + svg.inline(
        figure("a"), "two", "a"
    )
    page = Page(text)
    assert page.ids and len(set(page.ids)) == len(page.ids)
    assert all(re.match("(one|two)-", name) for name in page.ids)
    assert page.links
    for link in page.links:
        assert link[0] == "#" and link[1:] in page.ids


def test_the_same_figure_gives_the_same_text():
    first, second = (svg.inline(figure("a"), "one", "a") for _ in range(2))
    assert first == second
