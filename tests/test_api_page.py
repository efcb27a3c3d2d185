"""A result as text and in a notebook."""

import html.parser

import pytest

from nas_tf.api import page
from nas_tf.api.parts import Given
from tests.test_api_result import result


@pytest.mark.parametrize(
    "seconds, words",
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s")]
    + [(3600, "1 h 0 min"), (4e6, "1,111 h 6 min")],
)
def test_durations_in_words(seconds, words):
    assert page.duration(seconds) == words


class Cells(html.parser.HTMLParser):
    """Collects the texts of a table, and every tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)

    def handle_data(self, text):
        self.texts.append(text.strip())


def test_a_notebook_shows_a_table_of_the_best():
    cells = Cells(result()._repr_html_())
    assert cells.tags == {"p", "b", "table", "tr", "th", "td"}
    at = cells.texts.index("1")
    assert cells.texts[at : at + 4] == ["1", "9", "0.9000", "1,200"]
    assert Cells(result([])._repr_html_()).tags == {"p", "b"}


def test_a_notebook_gets_text_and_no_markup(monkeypatch):
    evil = "<script>alert('1')</script>"
    monkeypatch.setattr(Given, "describe", lambda self, trial: evil * 9)
    shown = result(run_dir=f"runs/{evil}")._repr_html_()
    cells = Cells(shown)
    assert "script" not in cells.tags
    assert f"runs/{evil}" in cells.texts
    assert any(text.endswith("...") for text in cells.texts)
