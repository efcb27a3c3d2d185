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

    The element's style sets `--width`, which the page's style uses. The dots of
    a line with `trial_ids` have the attribute `data-trial`.

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
    for line in (line for axes in figure.axes for line in axes.lines):
        if hasattr(line, "trial_ids"):
            rest = _name_dots(rest, f"{name}-{line.get_gid()}", line.trial_ids)
    for colour, own in _OF_THE_PAGE.items():
        rest = rest.replace(colour, own)
    return (
        f'<svg role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {width} {height}" '
        f'style="--width: {float(width) / 0.75:.0f}px">' + rest.strip()
    )


def _name_dots(text, gid, trial_ids):
    """Returns SVG in which the dots of a group have the numbers of trials."""
    start = text.index(f'<g id="{gid}"')
    numbers = iter(trial_ids)
    head, rest = text[:start], text[start:]
    # Each dot has the same style, which the group can have.
    style = re.search(r'<use [^>]*style="([^"]*)"/>', rest).group(1)
    dots = re.compile(
        r'<use href="([^"]*)" x="([^"]*)" y="([^"]*)" style="[^"]*"/>\s*'
    )
    rest = dots.sub(
        lambda dot: '<use href="{}" x="{}" y="{}" data-trial="{}"/>\n'.format(
            *dot.groups(), next(numbers)
        ),
        rest,
        count=len(trial_ids),
    )
    return f'{head}<g style="{style}"{rest.removeprefix("<g")}'
