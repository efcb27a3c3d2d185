"""Text that fits the terminal: paragraphs and tables."""

import shutil
import textwrap

# Where the output is no terminal and COLUMNS is not set.
FALLBACK_WIDTH = 120
NARROWEST = 40


def width():
    """Returns the number of columns of the terminal, at least 40."""
    columns = shutil.get_terminal_size((FALLBACK_WIDTH, 24)).columns
    return max(NARROWEST, columns)


def paragraph(text, indent=0):
    """Returns text as lines of at most 80 columns, or the terminal's.

    Args:
        text: Text; its line breaks do not count.
        indent: Number of spaces before each line.
    """
    return textwrap.fill(
        " ".join(text.split()),
        min(80, width()),
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
    )


def table(rows, left=()):
    """Returns rows as lines, whose last column is cut at the terminal's edge.

    Args:
        rows: Sequence of sequences of strings of equal length, the first of
            them the header.
        left: Numbers of the columns that are aligned to the left; the last
            column always is, and the others are aligned to the right.
    """
    *columns, _ = zip(*rows)
    widths = [max(map(len, column)) for column in columns]
    lines = []
    for *cells, last in rows:
        parts = [
            cell.ljust(size) if number in left else cell.rjust(size)
            for number, (cell, size) in enumerate(zip(cells, widths))
        ]
        line = "  ".join([*parts, last]).rstrip()
        lines.append(shortened(line, width()))
    return "\n".join(lines)


def span(seconds):
    """Returns a time as text, such as "3.2 minutes"."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.3g} seconds"


def printable(text):
    """Returns text of one line in which a terminal finds no commands."""
    return "".join(c if c.isprintable() else "?" for c in text)


def shortened(text, length):
    """Returns a line of at most this length; "..." stands for what is cut.

    What a terminal would obey is replaced, see `printable`.
    """
    text = printable(text)
    return text if len(text) <= length else text[: length - 3] + "..."
