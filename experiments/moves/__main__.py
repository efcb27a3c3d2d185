"""Do moves find better children where these are trained?"""

from experiments import command
from experiments.moves import settings
from experiments.moves import tables


def _searches(folder):
    # All of a seed first, so that there is soon one of each.
    return [
        comparison.search(folder, seed)
        for seed in settings.SEEDS
        for comparison in settings.COMPARISONS
        if seed in comparison.seeds
    ]


def stages(folder):
    yield _searches(folder)


def report(folder):
    tables.write(folder, _searches(folder))


if __name__ == "__main__":
    command.run("moves", stages, report, partly=True)
