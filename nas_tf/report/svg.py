"""Matplotlib figures as SVG that lives inside a page.

Colours become the page's own, so that one picture serves a light and a dark
page; text stays text; ids are unique in the page.
"""

import io
import re

from nas_tf.drawing import COLOURS
from nas_tf.report.html import escape

# Colours that stand for the page's: Matplotlib wants a number.
TEXT = "#010203"
GRID = "#010204"
_OF_THE_PAGE = {
    TEXT: "currentColor",
    GRID: "var(--grid)",
    # Text of a drawing has none of its own.
    "#000000": "currentColor",
    **{colour: f"var(--{name})" for name, colour in COLOURS.items()},
}
FONTS = "'DejaVu Sans', Verdana, sans-serif"


def inline(figure, name, label):
    """Returns a figure as an `<svg>` element, text.

    Its style sets `--width` to the figure's, for the page's style to use.

    Args:
        figure: Matplotlib `Figure`.
        name: Begins all ids in it; different for each picture of a page.
        label: What it shows, for those who do not see it.
    """
    import matplotlib

    buffer = io.StringIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": name}
    # Metadata would be the names of foreign addresses, and the date.
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context(settings):
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    text = buffer.getvalue()
    # What comes before is for files of their own.
    opening, rest = text[text.index("<svg") :].split(">", 1)
    width, height = re.search(r'viewBox="0 0 (\S+) (\S+)"', opening).groups()
    # Its style would be that of the whole page.
    rest = re.sub(r"<defs>\s*<style.*?</defs>", "", rest, flags=re.DOTALL)
    rest = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", rest)
    rest = rest.replace("xlink:href=", "href=")
    rest = re.sub(r"(font: (?:bold )?\S+) '[^;\"]*", rf"\1 {FONTS}", rest)
    for colour, own in _OF_THE_PAGE.items():
        rest = rest.replace(colour, own)
    return (
        f'<svg role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {width} {height}" '
        f'style="--width: {float(width) / 0.75:.0f}px">' + rest.strip()
    )
