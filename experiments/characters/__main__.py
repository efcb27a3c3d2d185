"""NASCell beside LSTM in language models of characters."""

from experiments import command
from experiments import jobs
from experiments.characters import tables

SEEDS = range(3)
CELLS = ("lstm", "nascell")


def _trainings(folder):
    return [
        jobs.training(
            folder,
            f"{cell}_{seed}",
            flagfile=f"flags/ptb_character_{cell}_small_train.flags",
            seed=seed,
        )
        for seed in SEEDS
        for cell in CELLS
    ]


def stages(folder):
    yield _trainings(folder)


def report(folder):
    tables.write(folder, _trainings(folder))


if __name__ == "__main__":
    command.run("characters", stages, report, partly=True)
