"""Matplotlib figures as inline SVG.

Colours are replaced by variables of the page's style, so that one picture fits
a light and a dark page. Text stays text, and ids are unique on the page.
"""

import io
import re

from nas_tf.drawing import COLOURS
from nas_tf.report.html import escape

# Placeholders for colours of the page, since Matplotlib needs numbers.
TEXT = "#010203"
GRID = "#010204"
_OF_THE_PAGE = {
    TEXT: "currentColor",
    GRID: "var(--grid)",
    # Matplotlib's default for text.
    "#000000": "currentColor",
    **{colour: f"var(--{name})" for name, colour in COLOURS.items()},
}
FONTS = "'DejaVu Sans', Verdana, sans-serif"


def inline(figure, name, label):
    """Returns a figure as an `<svg>` element, text.

    The element's style sets `--width`, which the page's style uses.

    Args:
        figure: Matplotlib `Figure`.
        name: Prefix of all ids, unique for each picture of a page.
        label: Text for screen readers.
    """
    import matplotlib

    buffer = io.StringIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": name}
    # Metadata would contain URLs and the date.
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context(settings):
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    text = buffer.getvalue()
    # The XML declaration before it belongs to stand-alone files.
    opening, rest = text[text.index("<svg") :].split(">", 1)
    width, height = re.search(r'viewBox="0 0 (\S+) (\S+)"', opening).groups()
    # A style element would apply to the whole page.
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
