"""Tables of experiments.moves, of the searches that are finished."""

import functools

import numpy as np

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches
from experiments.moves import settings
from nas_tf import registry

# Strategies of a comparison -> how the page calls them.
TITLES = {
    "moves": "with moves",
    "reinforce": "samples alone",
    "random": "random search",
}
# The numbers of best children by which the paper compares its strategies.
BEST = (1, 5, 15)
# Children that the moving average of a plot has.
WINDOW = 16


def write(folder, found):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: List of searches with moves, named as "digits_0".
    """
    page = folder / "README.md"
    done = [job for job in found if job.share_done() == 1]
    pages.fill(page, "done", f"Finished: {len(done)} of {len(found)} searches.")
    by_name = searches.by_strategy(done)
    for comparison in settings.COMPARISONS:
        moved = by_name.get(comparison.name, [])
        text = "Not run yet."
        if moved:
            groups = {"moves": moved} | _published(comparison, moved)
            text = _tables(groups)
            rewards = {
                TITLES[name]: rows
                for name, rows in searches.stacked(groups).items()
            }
            path = folder / f"{comparison.name}.png"
            plots.draw_searches(rewards, path, WINDOW)
        pages.fill(page, comparison.name, text)


def _published(comparison, moved):
    """Returns a dict of the searches that these are compared with."""
    seeds = [job.flags["seed"] for job in moved]
    return {
        name: [comparison.published(name, seed) for seed in seeds]
        for name in TITLES
        if name != "moves"
    }


def _tables(groups):
    return _each(groups) + "\n\n" + _means(groups)


def _each(groups):
    """Returns a table with a row for each search."""
    header = ["search", "different children", "failed", "first third"]
    header += ["last third", "best", "minutes"]
    rows = []
    for name, group in groups.items():
        for job in group:
            trials, (first, last) = results.trials(job), _thirds(job)
            rows.append(
                [
                    f"{TITLES[name]}, seed {job.flags['seed']}",
                    f"{len(_rewards_of_each(job))} of {len(trials)}",
                    sum(not trial.ok for trial in trials),
                    f"{first:.4f}",
                    f"{last:.4f}",
                    f"{results.rewards(job).max():.4f}",
                    f"{results.seconds(job).sum() / 60:.0f}",
                ]
            )
    return pages.table(header, rows)


def _means(groups):
    """Returns a table of mean rewards, and of their differences."""
    figures = {
        "the first third": lambda job: _thirds(job)[0],
        "the last third": lambda job: _thirds(job)[1],
    }
    for count in BEST:
        title = f"the best {count}" if count > 1 else "the best"
        figures[title] = functools.partial(_of_best, count=count)
    others = [name for name in groups if name != "moves"]
    header = ["mean reward of", *(TITLES[name] for name in groups)]
    header += [f"moves minus {TITLES[name]}" for name in others]
    rows = []
    for title, figure in figures.items():
        found = {
            name: [figure(job) for job in group]
            for name, group in groups.items()
        }
        row = [title]
        row += [results.with_error(found[name], 4) for name in groups]
        row += [
            results.difference(found["moves"], found[name], 4)
            for name in others
        ]
        rows.append(row)
    return pages.table(header, rows)


def _thirds(job):
    return searches.thirds(results.rewards(job))


def _of_best(job, count):
    return np.mean(sorted(_rewards_of_each(job).values())[-count:])


def _rewards_of_each(job):
    """Returns a dict with the first reward of each different child."""
    space = registry.make("spaces", job.flags_of_run()["space"])
    found = {}
    for trial in results.trials(job):
        found.setdefault(space.key(trial.proposal.actions), trial.reward)
    return found
