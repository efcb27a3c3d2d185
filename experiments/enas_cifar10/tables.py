"""Tables of experiments.enas_cifar10, of the runs that are finished."""

import numpy as np

from experiments import pages
from experiments import results
from experiments import searches

# Residual networks -> what they have as much of as the derived network.
EQUAL = {"resnet": "params", "resnet_of_equal_adds": "multiply_adds"}
# Parts of a search that are looked at one by one.
THIRDS = 3
KINDS = {
    "": "derived",
    "drawn": "drawn at random",
    "resnet": "ResNet, equal parameters",
    "resnet_of_equal_adds": "ResNet, equal multiply-adds",
}


def write(folder, found, trained):
    """Fills the README.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: List of searches named by space and seed, as "micro_0".
        trained: List of trainings of the searches that are finished, named as
            "micro_drawn_0".
    """
    page = folder / "README.md"
    searched = [job for job in found if job.share_done() == 1]
    ended = [job for job in trained if job.share_done() == 1]
    pages.fill(
        page,
        "done",
        f"Finished: {len(searched)} of {len(found)} searches and "
        f"{len(ended)} of {len(found) * len(KINDS)} trainings.",
    )
    judged = searches.judged_table(
        searched, "val_accuracy", "accuracy", "{:.1%}".format
    )
    pages.fill(page, "searches", judged)
    pages.fill(page, "sizes", "\n".join(map(_sizes, searched)))
    pages.fill(page, "networks", _networks(found, ended))


def _sizes(job):
    """Returns how rewards of a search correlate with size, as a line."""
    trials = [trial for trial in results.trials(job) if not trial.derived]
    found = [
        searches.ranks(
            *searches.within_batches(
                [trial for trial in third if trial.ok],
                lambda trial: trial.reward,
                lambda trial: trial.result.params,
            )
        )
        for third in np.array_split(np.array(trials, object), THIRDS)
    ]
    return f"- {job.name}: " + ", ".join(f"{rank:+.2f}" for rank in found)


def _networks(found, trained):
    header = ["network", "parameters", "multiply-adds", "validation", "test"]
    rows, lines = [], []
    groups = searches.by_strategy(trained)
    for space in searches.by_strategy(found):
        scores = {}
        for kind, title in KINDS.items():
            jobs = groups.get(f"{space}_{kind}".rstrip("_"), [])
            cards = [job.read() for job in jobs]
            for job, card in zip(jobs, cards):
                rows.append(
                    [
                        job.name,
                        f"{card['parameters']:,}",
                        f"{card['multiply_adds']:,}",
                        f"{100 * card['valid']['accuracy']:.2f}",
                        f"{100 * card['test']['accuracy']:.2f}",
                    ]
                )
            if not jobs:
                continue
            scores[kind] = [100 * card["test"]["accuracy"] for card in cards]
            mean = results.with_error(scores[kind], 2)
            rows.append([f"**{space}, {title}**, mean", "", "", "", mean])
        lines += [
            f"- {space}, derived minus {KINDS[kind]}: "
            f"{results.difference(scores[''], values, 2)}"
            for kind, values in scores.items()
            if kind
        ]
    return pages.table(header, rows) + "\n\n" + "\n".join(lines)
