"""Tables of experiments.enas_ptb, of the runs that are finished."""

import numpy as np

from experiments import pages
from experiments import results
from experiments import searches
from experiments.ptb import tables as ptb
from nas_tf.runs.directory import RunDirectory

# Cells that were compared with the LSTM of experiments.ptb.
TITLES = ("reinforce", "random", "first_drawn", "published")
PAIRS = (
    *((name, "lstm") for name in TITLES),
    ("reinforce", "nascell"),
    ("reinforce", "random"),
    ("reinforce", "first_drawn"),
    ("reinforce", "published"),
)
LAST = 100


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
        f"{len(trained)} of {len(found) // 2 * len(TITLES)} trainings.",
    )
    pages.fill(page, "searches", _searches(searched))
    groups = searches.by_strategy([*references, *trained])
    pairs = [pair for pair in PAIRS if set(pair) <= set(groups)]
    pages.fill(page, "cells", ptb.compared(groups, pairs))


def _searches(found):
    header = [
        "search",
        "judged",
        f"perplexity of the last {LAST}, median",
        f"different of the last {LAST}",
        "derived",
        "perplexity of the best derived",
    ]
    rows = []
    for job in found:
        trials = results.trials(job)
        judged = [trial for trial in trials if not trial.derived]
        last = judged[-LAST:]
        derived = [trial for trial in trials if trial.derived]
        best = RunDirectory(job.folder).best[0]
        # A cell whose loss is not finite has no perplexity.
        median = np.median([_perplexity(trial) for trial in last if trial.ok])
        rows.append(
            [
                job.name,
                len(judged),
                f"{median:.1f}",
                len({trial.proposal.actions for trial in last}),
                len(derived),
                f"{_perplexity(best):.1f}",
            ]
        )
    return pages.table(header, rows)


def _perplexity(trial):
    return trial.result.metrics["val_perplexity"]
