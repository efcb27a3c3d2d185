"""Pieces of a page. All text is escaped here."""

import base64
import hashlib
import html
import re

import nas_tf
from nas_tf.report.script import SCRIPT
from nas_tf.report.style import STYLE

# Control characters, changes of the direction of writing, lone surrogates.
_NO_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e"
    "\u2066-\u2069\ud800-\udfff]"
)


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


def page(title, sections, reload_seconds=None):
    """Returns a whole HTML document.

    Its policy lets a browser run no script but the page's own and load nothing.

    Args:
        title: Text.
        sections: HTML of its parts.
        reload_seconds: After how many seconds a browser loads it again, or None
            (default) for a page that stays as it is.
    """
    body = "\n".join(part for part in sections if part)
    digest = hashlib.sha256(SCRIPT.encode()).digest()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{base64.b64encode(digest).decode()}'"
    )
    refresh = ""
    if reload_seconds is not None:
        refresh = f'\n<meta http-equiv="refresh" content="{reload_seconds}">'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">{refresh}
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<footer>Made by nas_tf {escape(nas_tf.__version__)}.</footer>
<script>{SCRIPT}</script>
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


def side_by_side(*parts):
    """Returns parts in two columns, a last odd one over both of them."""
    body = "\n".join(part for part in parts if part)
    return f'<div class="charts">\n{body}\n</div>' if body else ""


def banner(text):
    """Returns a line that stands out, "" for no text."""
    return f'<p class="banner">{escape(text)}</p>\n' if text else ""


def tiles(entries):
    """Returns what a page says first, side by side and large.

    Args:
        entries: Sequence of a name, a value and a sentence about it.
    """
    body = "\n".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        f"<dd>{escape(note)}</dd></div>"
        for name, value, note in entries
    )
    return f'<dl class="tiles">\n{body}\n</dl>'


def table(headings, rows, numeric=(), wide=None, names=None):
    """Returns a table. On narrow screens a row becomes a paragraph.

    Args:
        headings: Texts.
        rows: Sequences with one text for each heading.
        numeric: Indices of columns that hold numbers.
        wide: Index of a column with long texts, or None.
        names: Number of the trial of each row, for a table that the page's
            script sorts and finds rows in; None (default) for another table.
    """
    headings = list(headings)

    def kind(place):
        if place in numeric:
            return ' class="number"'
        return ' class="wide"' * (place == wide)

    heads = "".join(
        f'<th scope="col"{kind(place)}>'
        + (f"<button>{escape(text)}</button>" if names else escape(text))
        + "</th>"
        for place, text in enumerate(headings)
    )

    def row(number, texts):
        name = "" if names is None else f' data-trial="{escape(names[number])}"'
        cells = "".join(
            f'<td{kind(place)} data-name="{escape(heading)}">'
            f"{escape(text)}</td>"
            for place, (heading, text) in enumerate(zip(headings, texts))
        )
        return f"<tr{name}>{cells}</tr>"

    body = "\n".join(row(*entry) for entry in enumerate(rows))
    box = "box" if names is None else "box tall"
    return (
        f'<div class="{box}" tabindex="0"><table>\n<thead><tr>{heads}</tr>'
        f"</thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def columns(texts, numeric=(), wide=None, rows=None):
    """Returns a table without the columns that have no values.

    Args:
        texts: Dict from a heading to the texts below it; "-" is no value.
        numeric: Headings of columns that hold numbers.
        wide: Heading of a column with long texts, or None.
        rows: As `names` of `table`.
    """
    known = [name for name, column in texts.items() if set(column) != {"-"}]
    return table(
        known,
        zip(*(texts[name] for name in known)),
        numeric=[place for place, name in enumerate(known) if name in numeric],
        wide=known.index(wide) if wide in known else None,
        names=rows,
    )


def details(summary, *parts):
    body = "\n".join(parts)
    return f"<details><summary>{escape(summary)}</summary>\n{body}\n</details>"


def lines(texts):
    """Returns preformatted lines of text."""
    body = "\n".join(map(escape, texts))
    return f'<pre class="box" tabindex="0">{body}</pre>'
