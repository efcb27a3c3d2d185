"""Tables of experiments.enas_ptb, of the runs that are finished."""

from experiments import pages
from experiments import searches
from experiments.ptb import tables as ptb

# Ends the name of a search whose best five were trained again.
TOP = "_best_of_5"
CELLS = ("reinforce", "random", "first_drawn", "published")
TRAINED = (
    *CELLS,
    "lstm_of_equal_adds",
    f"reinforce{TOP}",
    f"random{TOP}",
)
PAIRS = (
    *((name, "lstm") for name in TRAINED),
    ("reinforce", "lstm_of_equal_adds"),
    ("reinforce", "nascell"),
    ("reinforce", "random"),
    ("reinforce", "first_drawn"),
    ("reinforce", "published"),
    (f"reinforce{TOP}", "reinforce"),
    (f"random{TOP}", "random"),
    (f"reinforce{TOP}", f"random{TOP}"),
    (f"reinforce{TOP}", "nascell"),
)


def write(folder, found, cells, references):
    """Fills the README.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: List of searches by shared weights.
        cells: List of trainings of seeds whose searches are finished.
        references: List of trainings of experiments.ptb.
    """
    page = folder / "README.md"
    searched = [job for job in found if job.share_done() == 1]
    trained = [job for job in cells if job.share_done() == 1]
    pages.fill(
        page,
        "done",
        f"Finished: {len(searched)} of {len(found)} searches and "
        f"{len(trained)} of {len(found) // 2 * len(TRAINED)} trainings.",
    )
    judged = searches.judged_table(
        searched, "val_perplexity", "perplexity", "{:.1f}".format
    )
    pages.fill(page, "searches", judged)
    compared = [job for job in references if job.share_done() == 1]
    groups = searches.by_strategy([*compared, *trained])
    pairs = [pair for pair in PAIRS if set(pair) <= set(groups)]
    pages.fill(page, "cells", ptb.compared(groups, pairs))
