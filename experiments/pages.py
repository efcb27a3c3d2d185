"""Markdown tables, and the parts of a README that a command writes."""

import re


def table(header, rows):
    """Returns a Markdown table.

    Args:
        header: List of C texts.
        rows: List of rows of C cells, which are written with `str`.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell) for cell in line) + " |" for line in lines
    )


def fill(path, name, text):
    """Replaces the text between the marks of a name.

    The marks are `<!-- name -->` and `<!-- end of name -->`, each on a line of
    its own.

    Args:
        path: `pathlib.Path` of a Markdown file.
        name: Name in the marks.
        text: The new text.

    Raises:
        ValueError: If the file does not have both marks exactly once.
    """
    before, after = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    content = path.read_text(encoding="utf-8")
    if content.count(before) != 1 or content.count(after) != 1:
        raise ValueError(f"Expected the marks of '{name}' once in {path}")
    filled = re.sub(
        re.escape(before) + ".*?" + re.escape(after),
        lambda _: f"{before}{text}\n{after}",
        content,
        flags=re.DOTALL,
    )
    path.write_text(filled, encoding="utf-8")


def outputs(scale):
    """Returns what a model multiplies a cell's outputs by, as text."""
    return "outputs as they are" if scale == 1 else f"outputs times {scale:g}"
