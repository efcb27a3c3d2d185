"""Cells in a small translator, at equal compute."""

from absl import flags

from experiments import command
from experiments.translation import tables
from experiments.translation import trainings
from experiments.translation.scales import SCALES
from nas_tf.errors import UsageError

FULL = "multi30k"
SCALE = flags.DEFINE_enum(
    "scale", FULL, list(SCALES), "Data, cells and sizes of the runs."
)


def stages(folder):
    if SCALE.value != FULL and flags.FLAGS["folder"].using_default_value:
        raise UsageError(
            f"Expected --folder, another one than that of the published page, "
            f"for --scale={SCALE.value}. Received: none"
        )
    scale = SCALES[SCALE.value]
    yield trainings.grid(folder, scale)
    yield [
        job
        for cell in scale.cells
        for job in trainings.of_seeds(folder, scale, cell)
    ]
    yield [trainings.speed(folder, SCALE.value)]


def report(folder):
    tables.write(folder, SCALES[SCALE.value])


if __name__ == "__main__":
    command.run("translation", stages, report, partly=True)
