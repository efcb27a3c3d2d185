"""The commands of the experiment: trainings, and the time of a step."""

import subprocess
import sys

from experiments import jobs
from nas_tf import registry
from nas_tf.files import written_whole


class Translator(jobs.Training):
    """A training of `nas_tf.train` that also keeps its translations.

    Attributes:
        cell: Name in `scales.CELLS`.
        recipe: `scales.Recipe`.
    """

    @property
    def written(self):
        """The translations of the test, one a line, best by beam search."""
        return self.folder / "test.txt"

    def share_done(self):
        return int(self.card.exists() and self.written.exists())

    def finish(self):
        super().finish()
        sources, _ = registry.make("tasks", self.flags["task"]).lines("test")
        done = subprocess.run(
            [sys.executable, "-m", "nas_tf.translate"]
            + [f"--model={self.card.parent}"],
            input="".join(f"{line}\n" for line in sources),
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=jobs.ROOT,
            check=True,
        )
        with written_whole(self.written) as file:
            file.write(done.stdout)


def training(folder, scale, cell, recipe, seed):
    """Returns the `Translator` of a cell with a recipe."""
    name = f"{cell}_{recipe.name}_{seed}"
    job = jobs.training(folder, name, **scale.flags(cell, recipe), seed=seed)
    return Translator(job.folder, job.module, job.flags)


def grid(folder, scale):
    """Returns the trainings of the first seed, the usual recipes first."""
    return [
        training(folder, scale, cell, recipe, scale.seeds[0])
        for recipe in scale.recipes()
        for cell in scale.cells
    ]


def chosen(folder, scale, cell):
    """Returns a cell's recipe with the lowest validation perplexity.

    Recipes whose trainings are not finished are left out. None if there is
    none.
    """
    perplexities = {}
    for recipe in scale.recipes():
        job = training(folder, scale, cell, recipe, scale.seeds[0])
        if job.share_done() == 1:
            perplexities[recipe] = job.read()["valid"]["perplexity"]
    return min(perplexities, key=perplexities.get, default=None)


def of_seeds(folder, scale, cell):
    """Returns the trainings of a cell's chosen recipe, a list."""
    recipe = chosen(folder, scale, cell)
    if recipe is None:
        return []
    return [training(folder, scale, cell, recipe, seed) for seed in scale.seeds]


def speed(folder, scale):
    """Returns the benchmark of a training step of each cell.

    Args:
        folder: `pathlib.Path` of the experiment.
        scale: Name in `scales.SCALES`.
    """
    return jobs.benchmark(
        folder, "speed", "experiments.translation.speed", scale=scale
    )
