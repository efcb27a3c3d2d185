"""Tables of experiments.enas_nasbench201, of the runs that are finished."""

import numpy as np

from experiments import pages
from experiments import results

TITLES = {
    "reinforce": "REINFORCE",
    "random_search": "random search",
    "regularized_evolution": "regularized evolution",
    "darts": "DARTS",
    "second_order_darts": "DARTS of second order",
    "from_scratch": "random, each trained for an epoch",
}
# Epochs of the table's shorter trainings.
EPOCHS = 12
RANKS = {
    "loss, 64 images": "minibatch_loss",
    "loss, 512 images": "larger_loss",
    "accuracy, 64 images": "minibatch_accuracy",
    "accuracy, 512 images": "larger_accuracy",
    "loss, 512, the best fifth": "larger_loss_best_fifth",
    "accuracy, 512, the best fifth": "larger_accuracy_best_fifth",
    "parameters, the best fifth": "params_best_fifth",
    "loss, 512, given the parameters": "larger_loss_given_params",
    "the number of parameters": "params",
}


def write(folder, searches):
    """Fills the README.

    Args:
        folder: `pathlib.Path` of the experiment.
        searches: List of jobs.
    """
    page = folder / "README.md"
    done = [job for job in searches if job.share_done() == 1]
    groups = {
        name: [job.read() for job in done if job.name.startswith(f"{name}_")]
        for name in TITLES
    }
    count = f"Finished: {len(done)} of {len(searches)} searches."
    pages.fill(page, "done", count)
    pages.fill(page, "ranks", _ranks(groups))
    pages.fill(page, "derived", _derived(groups))
    pages.fill(page, "cost", _cost(groups))


def _ranks(groups):
    names = [name for name in TITLES if name != "from_scratch"]
    rows = [
        [title, *(_mean(groups[name], key, 2) for name in names)]
        for title, key in RANKS.items()
    ]
    header = ["rank correlation of", *(TITLES[name] for name in names)]
    return pages.table(header, rows)


def _derived(groups):
    header = ["", "test accuracy, %, each seed", "mean", "best of the first 5"]
    header += ["different of the last 100", "processor seconds"]
    rows = []
    for name, found in groups.items():
        rows.append(
            [
                TITLES[name],
                ", ".join(f"{figures['derived']:.2f}" for figures in found),
                _mean(found, "derived", 2),
                _mean(found, "best_of_5", 2),
                _mean(found, "distinct_of_last_100", 0),
                _mean(found, "processor_seconds", 0),
            ]
        )
    return pages.table(header, rows)


def _cost(groups):
    """Returns what a search costs beside trainings of as many cells."""
    alone = [
        figures["processor_seconds"] / figures["judgements"]
        for figures in groups["from_scratch"]
    ]
    header = ["", "judgements a second of a core", "processor seconds"]
    header += ["trained for an epoch each", f"for {EPOCHS} epochs"]
    rows = []
    for name, found in groups.items():
        if name == "from_scratch" or not (found and alone):
            continue
        speeds = [1 / f["processor_seconds_per_judgement"] for f in found]
        seconds = np.mean([f["processor_seconds"] for f in found])
        trained = np.mean([f["judgements"] for f in found]) * np.mean(alone)
        rows.append(
            [
                TITLES[name],
                results.with_error(speeds, 0),
                f"{seconds:.0f}",
                f"{trained / seconds:.0f} times",
                f"{EPOCHS * trained / seconds:.0f} times",
            ]
        )
    return pages.table(header, rows)


def _mean(found, key, digits):
    if not found:
        return "not run"
    return results.with_error([figures[key] for figures in found], digits)
