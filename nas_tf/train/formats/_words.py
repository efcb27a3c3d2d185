"""What is said about the files of formats, on the card and at the terminal."""


def lines(files, measure):
    """Yields the Markdown of a card about further files.

    Args:
        files: What `compare` returned.
        measure: Name of the task's measure.
    """
    name = measure.replace("_", " ")
    yield "## Other formats"
    yield ""
    yield (
        f"A separate process compared these files with `model.keras` on the "
        f"raw test examples. The difference is the largest of any output. A "
        f"file of 8 bits is rounded, so its {name} may differ."
    )
    yield ""
    yield f"| file | bytes | input | test {name} | difference |"
    yield "| --- | --- | --- | --- | --- |"
    for file, facts in files.items():
        scores = facts["scores"]
        score = "" if scores is None else f"{scores[measure]:.6g}"
        yield (
            f"| `{file}` | {facts['bytes']:,} | {facts['input']} | {score} | "
            f"{facts['difference']:.2g} |"
        )


def line(facts, task):
    """Returns what is said about a file, in a few words.

    Args:
        facts: An entry of what `compare` returned.
        task: `Task` that shows values of the measure.
    """
    off = f"outputs differ from model.keras by up to {facts['difference']:.2g}"
    if facts["scores"] is None:
        return off
    return f"{task.show(facts['scores'][task.measure])}; {off}"
