"""What is trained: the data, the model, the cells, and the grid."""

import dataclasses
import itertools

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


@dataclasses.dataclass(frozen=True)
class Scale:
    """A set of trainings that are compared.

    Attributes:
        task: Call string of the task, but for its rate.
        skeleton: Call string of the model, but for its dropout.
        cells: Names in `CELLS`.
        rates: Learning rates of the grid, the first for the first trainings.
        dropouts: Fractions of inputs dropped, the same.
        seeds: Seeds of the trainings. The grid has the first alone.
    """

    task: str
    skeleton: str
    cells: tuple
    rates: tuple
    dropouts: tuple
    seeds: tuple

    def recipes(self):
        """Returns all pairs of a rate and a dropout, the usual one first."""
        return tuple(itertools.product(self.rates, self.dropouts))

    def flags(self, cell, recipe):
        """Returns a dict of the flags of `nas_tf.train` for a cell."""
        rate, dropout = recipe
        architecture, space = CELLS[cell]
        skeleton = f"{self.skeleton[:-1]}, dropout={dropout})"
        return {
            "architecture": architecture,
            "space": space.format(skeleton),
            "task": f"{self.task[:-1]}, learning_rate={rate})",
        }


SCALES = {
    "multi30k": Scale(
        task="translation(path='multi30k', source='en', target='de', "
        "num_subwords=4000, batch_size=64, num_buckets=8, epochs=10, "
        "cosine=True, reward_epochs=10)",
        skeleton="translator(matched_to='lstm(units=128)')",
        cells=tuple(CELLS),
        rates=(0.006, 0.003),
        dropouts=(0.2,),
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
        seeds=(0,),
    ),
}
