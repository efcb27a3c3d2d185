"""A language model of recurrent layers of a searched cell."""

import dataclasses
import functools

from nas_tf import checks
from nas_tf import limits
from nas_tf.errors import UsageError
from nas_tf.skeletons.base import Skeleton

# The medium size of Zoph & Le 2017, section 4.2.
PARAMS = 20_000_000


@dataclasses.dataclass(frozen=True)
class LanguageModelSkeleton(Skeleton):
    """The language models of Zoph & Le 2017, section 4.2.

    Attributes:
        params: Number of parameters of the model. The number of units is
            chosen such that the model comes as close to it as possible. None
            (default) is 20 million, unless `units` is given.
        units: Size of each layer's output, at least 1, instead of `params`.
        num_layers: Number of recurrent layers, at least 1. Default: 2.
        embedding_size: Size of a symbol's embedding, at least 1, or None
            (default) for `units`.
        shared_embeddings: Whether the matrix of the softmax is the transposed
            embedding. Default: False.
        embedding_dropout: Fraction of the symbols that are dropped in
            training, in [0, 1). Default: 0, as for the next three; see
            `nas_tf.children.language_model.LanguageModel`.
        input_dropout: Fraction of the inputs of each recurrent layer that are
            dropped.
        recurrent_dropout: Fraction of the previous output that a cell does
            not read, the same elements at all steps of a sequence.
        output_dropout: Fraction of the inputs of the softmax that are dropped.
        init_range: The initial weights are uniform in
            [-init_range, init_range], > 0; initial biases are 0, but 1 for
            forget gates of an LSTM. Default: 0.05.
        output_scale: Number > 0 by which the outputs of all recurrent layers
            are multiplied for what reads them, but not for a cell's own next
            step. None for the factor, the same for all layers, with which
            outputs of the lowest layer are before training as large as an
            LSTM's of as many units, 0.1 to 10; models that share weights have a
            number only. NASCell, whose outputs are small, learns much faster
            with 4, see experiments/ptb. Default: 1.
    """

    params: int | None = None
    units: int | None = None
    num_layers: int = 2
    embedding_size: int | None = None
    shared_embeddings: bool = False
    embedding_dropout: float = 0.0
    input_dropout: float = 0.0
    recurrent_dropout: float = 0.0
    output_dropout: float = 0.0
    init_range: float = 0.05
    output_scale: float | None = 1.0

    kind = "language_model"

    def __post_init__(self):
        checks.whole(self, "params", optional=True)
        sizes = ("units", "embedding_size")
        checks.whole(self, *sizes, maximum=limits.WIDTH, optional=True)
        if self.params is not None and self.units is not None:
            raise UsageError(
                "Expected one of `params` and `units`. Received: "
                f"params={self.params}, units={self.units}"
            )
        checks.whole(self, "num_layers", maximum=limits.LAYERS)
        checks.boolean(self, "shared_embeddings")
        if self.shared_embeddings and self.embedding_size is not None:
            raise UsageError(
                f"Expected no `embedding_size` with shared_embeddings, which "
                f"have the size of the last layer. Received: "
                f"embedding_size={self.embedding_size}"
            )
        checks.number(
            self,
            "embedding_dropout",
            "input_dropout",
            "recurrent_dropout",
            "output_dropout",
            minimum=0,
            below=1,
        )
        checks.number(self, "init_range", above=0)
        checks.number(self, "output_scale", above=0, optional=True)

    def units_of(self, cell_size, task):
        """Returns the size of each layer's output, at least 1.

        Args:
            cell_size: `CellSize`.
            task: `Task`, of which `num_outputs` is the number of symbols.

        Raises:
            UsageError: If no model has as few parameters as `params`.
        """
        if self.units is not None:
            return self.units
        return _units(self, cell_size, task.num_outputs)

    def build(self, make_layer, cell_size, task, shared=False):
        """Returns a `LanguageModel` of the task's symbols; see `Skeleton`."""
        from nas_tf.children.language_model import LanguageModel
        from nas_tf.children.shared_language_model import SharedLanguageModel

        if shared and self.output_scale is None:
            raise UsageError(
                "Expected a number as `output_scale` of models that share "
                "weights, whose cells differ in the size of their outputs. "
                "Received: None"
            )
        units = self.units_of(cell_size, task)
        layers = [
            make_layer(units, self._uniform, self.recurrent_dropout)
            for _ in range(self.num_layers)
        ]
        make = SharedLanguageModel if shared else LanguageModel
        model = make(
            layers,
            task.num_outputs,
            embedding_size=self.embedding_size,
            shared_embeddings=self.shared_embeddings,
            embedding_dropout=self.embedding_dropout,
            input_dropout=self.input_dropout,
            output_dropout=self.output_dropout,
            init_range=self.init_range,
            output_scale=self.output_scale or 1.0,
        )
        if self.output_scale is None:
            from nas_tf.children import output_scale

            # After the model is built, so that its weights stay what they are.
            model.output_scale = output_scale.automatic(
                make_layer,
                units,
                self.init_range,
                self.embedding_size or units,
                self.init_range,
                deviation="lstm",
            )
        return model

    def _uniform(self):
        """Returns a new initializer; one alone repeats its values."""
        import keras

        # Its seed follows from Keras's global seed.
        return keras.initializers.RandomUniform(
            -self.init_range, self.init_range
        )

    def cost(self, cell_size, task):
        """Returns the `Cost` of reading one symbol; see `Skeleton`."""
        units = self.units_of(cell_size, task)
        return _cost(self, cell_size, task.num_outputs, units)


@functools.lru_cache(maxsize=16)
def _units(skeleton, cell_size, num_symbols):
    from nas_tf.children.sizes import units_for

    return units_for(
        PARAMS if skeleton.params is None else skeleton.params,
        lambda units: _cost(skeleton, cell_size, num_symbols, units).params,
    )


def _cost(skeleton, cell_size, num_symbols, units):
    from nas_tf.children import sizes

    return sizes.language_model(
        units,
        num_layers=skeleton.num_layers,
        num_symbols=num_symbols,
        cell=cell_size,
        shared_embeddings=skeleton.shared_embeddings,
        embedding_size=skeleton.embedding_size,
    )


make = LanguageModelSkeleton
