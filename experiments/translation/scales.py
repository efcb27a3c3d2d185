"""What is trained: the data, the model, the cells, and the grid."""

import dataclasses
import itertools
import typing

# The best cell of all searches of experiments.ptb, by its reward.
OWN_CELL = "experiments/ptb/runs/random_0"
# The name of a cell -> its architecture, and the space around a skeleton.
CELLS = {
    "lstm": ("lstm", "recurrent(skeleton={!r})"),
    "nascell": ("nascell", "tree(skeleton={!r})"),
    "gru": ("gru", "recurrent(skeleton={!r})"),
    "enas_cell": ("enas_cell", "enas_recurrent(num_nodes=12, skeleton={!r})"),
    "own": (OWN_CELL, "tree(base=4, skeleton={!r})"),
}


class Recipe(typing.NamedTuple):
    """A point of the grid.

    Attributes:
        rate: Adam's learning rate.
        dropout: Fraction of inputs dropped.
        output_scale: `output_scale` of the skeleton `translator`.
    """

    rate: float
    dropout: float
    output_scale: float | None

    @property
    def name(self):
        """A part of a run's name."""
        scaled = {1: "", None: "_scaled"}[self.output_scale]
        return f"rate{self.rate:g}_dropout{self.dropout:g}{scaled}"

    def __str__(self):
        outputs = {1: "as they are", None: "scaled"}[self.output_scale]
        return (
            f"rate {self.rate:g}, dropout {self.dropout:g}, outputs {outputs}"
        )


@dataclasses.dataclass(frozen=True)
class Scale:
    """A set of trainings that are compared.

    Attributes:
        task: Call string of the task, but for its rate.
        skeleton: Call string of the model, but for its dropout.
        cells: Names in `CELLS`.
        rates: Learning rates of the grid, the first for the first trainings.
        dropouts: Fractions of inputs dropped, the same.
        output_scales: Values of the skeleton's `output_scale`, the same.
        seeds: Seeds of the trainings. The grid has the first alone.
    """

    task: str
    skeleton: str
    cells: tuple
    rates: tuple
    dropouts: tuple
    output_scales: tuple
    seeds: tuple

    def recipes(self):
        """Returns all `Recipe`s, the usual one first."""
        return tuple(
            itertools.starmap(
                Recipe,
                itertools.product(
                    self.rates, self.dropouts, self.output_scales
                ),
            )
        )

    def flags(self, cell, recipe):
        """Returns a dict of the flags of `nas_tf.train` for a cell."""
        architecture, space = CELLS[cell]
        skeleton = (
            f"{self.skeleton[:-1]}, dropout={recipe.dropout}, "
            f"output_scale={recipe.output_scale}"
        )
        return {
            "architecture": architecture,
            "space": space.format(f"{skeleton})"),
            "task": f"{self.task[:-1]}, learning_rate={recipe.rate})",
        }


SCALES = {
    "multi30k": Scale(
        task="translation(path='multi30k', source='en', target='de', "
        "num_subwords=4000, batch_size=64, num_buckets=8, epochs=10, "
        "cosine=True, reward_epochs=10)",
        skeleton="translator(matched_to='lstm(units=128)')",
        cells=tuple(CELLS),
        rates=(0.006,),
        dropouts=(0.2,),
        output_scales=(1, None),
        seeds=(0, 1, 2),
    ),
    # To try the command, on sentences of a grammar.
    "small": Scale(
        task="grammar_translation(num_subwords=100, batch_size=32, epochs=1, "
        "train_pairs=320, valid_pairs=32, num_buckets=1, cosine=True, "
        "beam_width=2)",
        skeleton="translator(matched_to='lstm(units=8)', "
        "num_encoder_layers=1, num_decoder_layers=1)",
        cells=("lstm", "gru"),
        rates=(0.003,),
        dropouts=(0.2,),
        output_scales=(1,),
        seeds=(0,),
    ),
}
