"""Tables of experiments.translation, of the trainings that are finished."""

from experiments import pages
from experiments import results
from experiments.translation import comparisons
from experiments.translation import trainings

TITLES = {
    "lstm": "LSTM",
    "gru": "GRU",
    "nascell": "NASCell",
    "enas_cell": "ENAS's cell",
    "own": "our best cell",
}
# Zoph & Le 2017, section 4.2, on WMT'14 English to German.
PAPERS = "+0.5"


def write(folder, scale):
    """Fills the README.

    Args:
        folder: `pathlib.Path` of the experiment.
        scale: The `scales.Scale` of its runs.
    """
    comparisons.write(folder, scale)
    page = folder / "README.md"
    pages.fill(page, "done", _done(folder, scale))
    pages.fill(page, "grid", _grid(folder, scale))
    pages.fill(page, "cells", _cells(folder, scale))
    pages.fill(page, "differences", _differences(folder, scale))


def _done(folder, scale):
    grid = trainings.grid(folder, scale)
    further = len(scale.cells) * (len(scale.seeds) - 1)
    jobs = {job.name: job for job in grid}
    for cell in scale.cells:
        for job in trainings.of_seeds(folder, scale, cell):
            jobs.setdefault(job.name, job)
    done = sum(job.share_done() for job in jobs.values())
    return f"Finished: {done} of {len(grid) + further} trainings."


def _grid(folder, scale):
    header = ["cell", *map(str, scale.recipes())]
    rows = []
    for cell in scale.cells:
        row = [TITLES[cell]]
        for recipe in scale.recipes():
            job = trainings.training(
                folder, scale, cell, recipe, scale.seeds[0]
            )
            done = job.share_done() == 1
            row.append(f"{_valid(job.read()):.2f}" if done else "not run")
        rows.append(row)
    return pages.table(header, rows)


def _cells(folder, scale):
    header = ["cell", "parameters", "multiply-adds", "recipe", "seeds"]
    header += ["perplexity, validation", "perplexity, test"]
    header += ["BLEU", "BLEU, lower-cased", "seconds a step"]
    speeds = _speeds(folder)
    signatures, rows = set(), []
    for cell in scale.cells:
        cards = _cards(folder, scale, cell)
        if not cards:
            rows.append([TITLES[cell], *["not run"] * (len(header) - 1)])
            continue
        first = cards[0]
        chosen = trainings.chosen(folder, scale, cell)
        bleus = []
        for name in ("BLEU", "BLEU, lower-cased"):
            found = [card["further"][name] for card in cards]
            signatures |= {score["signature"] for score in found}
            bleus.append(
                results.with_error([score["value"] for score in found], 2)
            )
        rows.append(
            [
                TITLES[cell],
                f"{first['parameters']:,}",
                f"{first['multiply_adds']:,}",
                str(chosen),
                len(cards),
                results.with_error(list(map(_valid, cards)), 2),
                results.with_error([c["test"]["perplexity"] for c in cards], 2),
                *bleus,
                speeds.get(cell, "not run"),
            ]
        )
    text = pages.table(header, rows)
    listed = "\n".join(f"- `{signature}`" for signature in sorted(signatures))
    return f"{text}\n\nsacrebleu's signatures:\n\n{listed or '- none yet'}"


def _differences(folder, scale):
    header = ["cell", "seed", "BLEU minus LSTM's", "p, bootstrap"]
    rows = [
        [
            TITLES[row["cell"]],
            row["seed"],
            f"{row['difference']:+.2f}",
            f"{row['p']:.2g}",
        ]
        for row in comparisons.read(folder)
    ]
    theirs = _bleus(folder, scale, comparisons.BASELINE)
    for cell in scale.cells:
        ours = _bleus(folder, scale, cell)
        if cell != comparisons.BASELINE and ours and theirs:
            difference = results.difference(ours, theirs, 2)
            rows.append([f"**{TITLES[cell]}**", "all", difference, ""])
    rows.append(["NASCell in the paper, WMT'14", "one", PAPERS, ""])
    return pages.table(header, rows)


def _valid(card):
    return card["valid"]["perplexity"]


def _bleus(folder, scale, cell):
    cards = _cards(folder, scale, cell)
    return [card["further"]["BLEU"]["value"] for card in cards]


def _cards(folder, scale, cell):
    jobs = trainings.of_seeds(folder, scale, cell)
    return [job.read() for job in jobs if job.share_done() == 1]


def _speeds(folder):
    """Returns a dict from a cell to the seconds of its step, as text."""
    job = trainings.speed(folder, None)
    if job.share_done() < 1:
        return {}
    lines = job.output.read_text("utf-8").splitlines()
    found = dict(line.split(": ", 1) for line in lines if ": " in line)
    return {cell: found[cell] for cell in TITLES if cell in found}
