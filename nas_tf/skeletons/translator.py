"""A translator of recurrent layers of a searched cell."""

import dataclasses
import functools
import math

from nas_tf import checks
from nas_tf import limits
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.skeletons.base import Skeleton
from nas_tf.specs.cost import CELLS

# Units of a model that says nothing about them.
UNITS = 256
# The range of initial weights in Google's code, and its number of units.
RANGE, UNITS_OF_RANGE = 0.1, 1024


@dataclasses.dataclass(frozen=True)
class TranslatorSkeleton(Skeleton):
    """Google's translator, of Zoph & Le 2017, section 4.2, around a cell.

    See `nas_tf.children.translator.Translator`. The paper has 8 layers for the
    encoder, 8 for the decoder, and 1,024 units.

    Attributes:
        units: Size of each layer's output, at least 1. None (default) is 256,
            unless `matched_to` is given.
        matched_to: A cell and its units, such as "lstm(units=256)", or None
            (default). The number of units is then chosen such that the model
            has as many multiply-adds for each subword as that one, as nearly as
            possible; everything else is the same. Cells are "lstm", "gru",
            "nascell" and "enas", with 12 nodes.
        num_encoder_layers: Number of layers of the encoder, at least 1. The
            lowest reads in both directions. Default: 2.
        num_decoder_layers: Number of layers of the decoder, at least 1. With
            a single one a subword is written without the context that its own
            step asks for, as only layers above the lowest read that.
            Default: 2.
        embedding_size: Size of a subword's embedding, at least 1. None
            (default) for the units, of the other model with `matched_to`.
        shared_embedding: Whether both languages have one embedding. Default:
            True.
        dropout: Fraction of the inputs of each layer that are dropped in
            training, in [0, 1). Default: 0.2.
        init_range: The initial weights are uniform in [-init_range,
            init_range], > 0; initial biases are 0, but 1 for forget gates of an
            LSTM. None (default) for `0.1 sqrt(1024 / units)`: the 0.1 of
            Google's code for its 1,024 units, and such that products of
            narrower layers are as large.
        embedding_range: The same of the embeddings, > 0. Default: 1. Google's
            code has 0.1 for all weights, with which narrow models learn slowly,
            see experiments/translation.
        output_scale: Number > 0 by which the outputs of all cells are
            multiplied for what reads them, but not for the cell's own next
            step. None (default) for the factor, the same for all layers, with
            which outputs of the lowest layer have a standard deviation of about
            0.4 before training. With 1, as in Google's code, an LSTM of 128
            units has 0.3, and NASCell 0.09; it learns slowly then, see
            experiments/translation.
    """

    units: int | None = None
    matched_to: str | None = None
    num_encoder_layers: int = 2
    num_decoder_layers: int = 2
    embedding_size: int | None = None
    shared_embedding: bool = True
    dropout: float = 0.2
    init_range: float | None = None
    embedding_range: float = 1.0
    output_scale: float | None = None

    kind = "translation"

    def __post_init__(self):
        sizes = ("units", "embedding_size")
        checks.whole(self, *sizes, maximum=limits.WIDTH, optional=True)
        checks.text(self, "matched_to", optional=True)
        layers = ("num_encoder_layers", "num_decoder_layers")
        checks.whole(self, *layers, maximum=limits.LAYERS)
        checks.boolean(self, "shared_embedding")
        checks.number(self, "dropout", minimum=0, below=1)
        checks.number(self, "init_range", above=0, optional=True)
        checks.number(self, "embedding_range", above=0)
        checks.number(self, "output_scale", above=0, optional=True)
        if self.units is not None and self.matched_to is not None:
            raise UsageError(
                "Expected one of `units` and `matched_to`. Received: "
                f"units={self.units}, matched_to={self.matched_to!r}"
            )
        if self.matched_to is not None:
            self.reference()

    def reference(self):
        """Returns the `CellSize` and the units of `matched_to`.

        Raises:
            UsageError: If it is not a known cell with its units.
        """
        name, arguments = registry.parse_call(self.matched_to)
        if name not in CELLS or set(arguments) != {"units"}:
            listed = ", ".join(f"{cell}(units=256)" for cell in CELLS)
            raise UsageError(
                f"Expected `matched_to` to be one of {listed}, with any number "
                f"of units. Received: {self.matched_to}"
            )
        checks.whole(arguments, "units", maximum=limits.WIDTH)
        return CELLS[name], arguments["units"]

    def units_of(self, cell_size, task):
        """Returns the size of each layer's output, at least 1.

        Args:
            cell_size: `CellSize`.
            task: `Task`, of which `num_outputs` is the number of subwords.

        Raises:
            UsageError: If one unit has more multiply-adds than `matched_to`.
        """
        if self.matched_to is None:
            return self.units or UNITS
        return _matched(self, cell_size, task.num_outputs)

    def build(self, make_layer, cell_size, task, shared=False):
        """Returns a `Translator` of the task's subwords; see `Skeleton`."""
        if shared:
            raise UsageError(
                "Expected a skeleton whose models share weights, such as "
                "'language_model'. Received: 'translator'"
            )
        import keras

        from nas_tf.children.translator import Translator

        units = self.units_of(cell_size, task)
        bound = self._init_range(units)

        def initializer():
            return keras.initializers.RandomUniform(-bound, bound)

        layers = [
            [make_layer(units, initializer, 0.0) for _ in range(count)]
            for count in (self.num_encoder_layers + 1, self.num_decoder_layers)
        ]
        model = Translator(
            *layers,
            task.num_outputs,
            embedding_size=self._embedding_size(units),
            shared_embedding=self.shared_embedding,
            dropout=self.dropout,
            init_range=bound,
            embedding_range=self.embedding_range,
            output_scale=self.output_scale or 1.0,
        )
        if self.output_scale is None:
            from nas_tf.children import output_scale

            # After the model is built, so that its weights stay what they are.
            model.output_scale = output_scale.automatic(
                make_layer,
                units,
                bound,
                self._embedding_size(units),
                self.embedding_range,
            )
        return model

    def cost(self, cell_size, task):
        """Returns the `Cost` of reading and writing a subword.

        A translation is taken to be as long as its sentence.
        """
        units = self.units_of(cell_size, task)
        return _cost(self, cell_size, task.num_outputs, units)

    def remarks(self, cell_size, task):
        """Returns the sizes of both models, see `Skeleton`.

        Without `matched_to` there is nothing to say.
        """
        if self.matched_to is None:
            return {}
        cell, units = self.reference()
        costs = {
            f"{self.units_of(cell_size, task)} units": self.cost(
                cell_size, task
            ),
            self.matched_to: _cost(self, cell, task.num_outputs, units),
        }
        own, other = (
            f"{name}, {cost.multiply_adds:,} multiply-adds a subword, "
            f"{cost.params:,} parameters"
            for name, cost in costs.items()
        )
        return {"Model": own, "Matched to": other}

    def _init_range(self, units):
        if self.init_range is not None:
            return self.init_range
        return RANGE * math.sqrt(UNITS_OF_RANGE / units)

    def _embedding_size(self, units):
        if self.embedding_size is not None:
            return self.embedding_size
        return units if self.matched_to is None else self.reference()[1]


@functools.lru_cache(maxsize=64)
def _matched(skeleton, cell_size, num_symbols):
    from nas_tf.children.sizes import units_for

    cell, units = skeleton.reference()
    return units_for(
        _cost(skeleton, cell, num_symbols, units).multiply_adds,
        lambda units: (
            _cost(skeleton, cell_size, num_symbols, units).multiply_adds
        ),
        "multiply-adds",
    )


def _cost(skeleton, cell_size, num_symbols, units):
    from nas_tf.children import sizes

    return sizes.translator(
        units,
        num_encoder_layers=skeleton.num_encoder_layers,
        num_decoder_layers=skeleton.num_decoder_layers,
        num_symbols=num_symbols,
        cell=cell_size,
        embedding_size=skeleton._embedding_size(units),
        shared_embedding=skeleton.shared_embedding,
    )


make = TranslatorSkeleton
