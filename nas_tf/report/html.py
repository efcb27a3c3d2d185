"""Pieces of a page. All text is escaped here."""

import html
import re

import nas_tf
from nas_tf.report.style import STYLE

# Control characters and lone surrogates.
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Markup(str):
    """Text that is already HTML."""


def escape(text):
    """Returns text as HTML.

    Characters that HTML does not allow, such as control characters of a
    terminal, become question marks.
    """
    if isinstance(text, Markup):
        return text
    return html.escape(_NO_TEXT.sub("?", str(text)))


def folded(text, width=200):
    """Returns text; if it is longer than `width`, the rest is folded."""
    if len(text) <= width:
        return text
    start = escape(text[: width // 2].rsplit(" ", 1)[0])
    return Markup(
        f"<details><summary>{start} ...</summary>{escape(text)}</details>"
    )


def page(title, sections):
    """Returns a whole HTML document.

    Args:
        title: Text.
        sections: HTML of its parts.
    """
    body = "\n".join(part for part in sections if part)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<footer>Made by nas_tf {escape(nas_tf.__version__)}.</footer>
</body>
</html>
"""


def section(title, *parts):
    """Returns a section, or "" if it has no content."""
    body = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}\n</section>" * bool(
        body
    )


def paragraph(text):
    return f"<p>{escape(text)}</p>"


def facts(pairs):
    """Returns a list of facts from pairs of a name and a value."""
    rows = "\n".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in pairs
    )
    return f'<dl class="facts">\n{rows}\n</dl>'


def figure(svg, caption, kind="chart"):
    """Returns a picture with its caption.

    Args:
        svg: SVG element.
        caption: Text.
        kind: "chart", which is scaled to the width of a column, or "drawing",
            which keeps its size and scrolls on narrow screens.
    """
    return (
        f'<figure class="{kind}"><div class="box" tabindex="0">{svg}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def side_by_side(*figures):
    body = "\n".join(part for part in figures if part)
    return f'<div class="charts">\n{body}\n</div>' if body else ""


def table(headings, rows, numeric=(), wide=None):
    """Returns a table that scrolls if it is wider than the page.

    Args:
        headings: Texts.
        rows: Sequences with one text for each heading.
        numeric: Indices of columns that hold numbers.
        wide: Index of a column with long texts, or None.
    """

    def cell(tag, place, text):
        kind = ""
        if place in numeric:
            kind = ' class="number"'
        elif place == wide:
            kind = ' class="wide"'
        return f"<{tag}{kind}>{escape(text)}</{tag}>"

    def row(tag, texts):
        cells = "".join(cell(tag, *entry) for entry in enumerate(texts))
        return f"<tr>{cells}</tr>"

    body = "\n".join(row("td", texts) for texts in rows)
    return (
        f'<div class="box" tabindex="0"><table>\n<thead>'
        f"{row('th', headings)}</thead>\n<tbody>\n{body}\n</tbody>\n"
        f"</table></div>"
    )


def columns(texts, numeric=(), wide=None):
    """Returns a table without the columns that have no values.

    Args:
        texts: Dict from a heading to the texts below it; "-" is no value.
        numeric: Headings of columns that hold numbers.
        wide: Heading of a column with long texts, or None.
    """
    known = [name for name, column in texts.items() if set(column) != {"-"}]
    return table(
        known,
        zip(*(texts[name] for name in known)),
        numeric=[place for place, name in enumerate(known) if name in numeric],
        wide=known.index(wide) if wide in known else None,
    )


def details(summary, *parts):
    body = "\n".join(parts)
    return f"<details><summary>{escape(summary)}</summary>\n{body}\n</details>"


def lines(texts):
    """Returns preformatted lines of text."""
    body = "\n".join(map(escape, texts))
    return f'<pre class="box" tabindex="0">{body}</pre>'
