"""A translator of recurrent layers, with attention."""

import keras
from keras import ops

from nas_tf.children._attending_decoder import AttendingDecoder
from nas_tf.children._attending_decoder import zeros
from nas_tf.errors import UsageError
from nas_tf.layers import cell_steps
from nas_tf.layers.additive_attention import AdditiveAttention


@keras.saving.register_keras_serializable(package="nas_tf")
class Translator(AttendingDecoder, keras.Model):
    """Google's neural machine translation (Wu et al. 2016) around a cell.

    As in the code of Google's `nmt`, "gnmt_v2":

    - The first layer of the encoder reads a sentence in both directions.
    - The lowest layer of the decoder reads the previous word and the previous
      context. Its output asks an `AdditiveAttention` for the context of this
      step, which all upper layers read beside the output of the layer below.
    - From the third layer on, an input is added to a layer's output, without
      the context.
    - If encoder and decoder have as many layers, the decoder starts from the
      last states of the encoder, layer by layer, the lowest from those of the
      layer that reads backwards. Otherwise it starts from zeros.
    - Dropout is that of the layers' inputs, and drops others in each step.

    Symbol 0 fills a sentence up. What is there changes nothing: neither outputs
    before it nor states. The constructor builds the model.

    Args:
        encoder: List of recurrent layers, of which only the cells are used: two
            for the lowest layer, forwards and backwards, then one for each
            further layer. All cells have outputs of one size n.
        decoder: List of recurrent layers, at least one, of size n too.
        num_symbols: Size V of the vocabulary of both languages.
        embedding_size: Size of a symbol's embedding; None (default) for n.
        shared_embedding: Whether both languages have one embedding. Default:
            True.
        dropout: Fraction of the inputs of each layer that are dropped in
            training, in [0, 1). Default: 0.
        init_range: The initial attention and softmax matrix are uniform in
            [-init_range, init_range], > 0. Default: 0.1.
        embedding_range: The same of the initial embeddings, > 0. Default: 1.
        output_scale: Number > 0 by which the outputs of all cells are
            multiplied for what reads them, other layers, the attention and the
            softmax, but not for the cell's own next step. Default: 1.

    Call arguments:
        inputs: Pair of integers `[B, S]` and `[B, T]`: the sentence, and what
            has been written before each step. S and T have to be known.
        training: Whether to apply dropout. Default: False.

    Returns:
        `[B, T, V]` logits of the symbol that is written in each step.

    Raises:
        UsageError: If there are too few layers, or of different sizes.
    """

    def __init__(
        self,
        encoder,
        decoder,
        num_symbols,
        embedding_size=None,
        shared_embedding=True,
        dropout=0.0,
        init_range=0.1,
        embedding_range=1.0,
        output_scale=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        sizes = {layer.cell.output_size for layer in (*encoder, *decoder)}
        if len(encoder) < 2 or not decoder or len(sizes) > 1:
            raise UsageError(
                "Expected at least two layers for the encoder and one for the "
                f"decoder, of one size. Received: {len(encoder)} and "
                f"{len(decoder)} of the sizes {sorted(sizes)}"
            )
        self.units = sizes.pop()
        self.encoder = list(encoder)
        self.decoder = list(decoder)
        self.num_symbols = num_symbols
        self.embedding_size = embedding_size or self.units
        self.shared_embedding = shared_embedding
        self.dropout = dropout
        self.init_range = init_range
        self.embedding_range = embedding_range
        self.output_scale = output_scale
        # The output of the encoder, which is the size of a context.
        self.memory_size = self.units * (2 if len(encoder) == 2 else 1)
        self._read = self._embedding("source_embedding")
        self._written = self._read
        if not shared_embedding:
            self._written = self._embedding("target_embedding")
        self.attention = AdditiveAttention(
            self.units, _uniform(init_range), name="attention"
        )
        # Layers numbered from below have dropout of their own.
        self._drops = [
            keras.layers.Dropout(dropout)
            for _ in range(len(encoder) + len(decoder))
        ]
        self.build(((None, None), (None, None)))

    def _embedding(self, name):
        return keras.layers.Embedding(
            self.num_symbols,
            self.embedding_size,
            embeddings_initializer=_uniform(self.embedding_range),
            name=name,
        )

    @property
    def recurrent(self):
        """All recurrent layers, those of the encoder first."""
        return [*self.encoder, *self.decoder]

    def build(self, input_shape):
        if self.built:
            return
        units, memory = self.units, self.memory_size
        self._read.build((None, None))
        if not self.shared_embedding:
            self._written.build((None, None))
        sizes = [self.embedding_size] * 2 + [2 * units]
        sizes += [units] * len(self.encoder)
        for layer, size in zip(self.encoder, sizes):
            layer.build((None, None, size))
        sizes = [self.embedding_size] + [units] * (len(self.decoder) - 1)
        for layer, size in zip(self.decoder, sizes):
            layer.build((None, None, size + memory))
        self.attention.build((None, units), (None, None, memory))
        self._softmax = self.add_weight(
            shape=(units, self.num_symbols),
            initializer=_uniform(self.init_range),
            name="softmax",
        )
        self.built = True

    def call(self, inputs, training=False):
        source, target = inputs
        memory, moving = self.encode(source, training)
        below, contexts, _ = self._bottom(target, memory, moving, training)
        return self._logits(self._upper(below, contexts, moving, training))

    def alignments(self, inputs):
        """Returns what the decoder attends to, `[B, T, S]`.

        The weights of a step are at least 0, have the sum 1, and are 0 where
        the sentence is filled up.

        Args:
            inputs: As for a call.
        """
        source, target = inputs
        memory, moving = self.encode(source)
        below, _, _ = self._bottom(target, memory, moving, False)
        _, weights = self.attention(
            below, memory["keys"], memory["values"], memory["mask"]
        )
        return weights

    def encode(self, source, training=False):
        """Reads sentences.

        Args:
            source: `[B, S]` integers.
            training: Whether to apply dropout. Default: False.

        Returns:
            The state before the first step, a pair `(memory, moving)` of a dict
            and a list of tensors `[B, ...]`. Steps change only the list: the
            context, and the states of the decoder's layers from below.
        """
        mask = ops.not_equal(source, 0)
        x = self._read(source)
        last = []
        outputs = []
        for number in range(2):
            drop = self._drops[number]
            output, states = self._run(
                self.encoder[number],
                drop(x, training=training),
                mask,
                reverse=number == 1,
            )
            outputs.append(output)
        last.append(states)
        x = ops.concatenate(outputs, axis=-1)
        for number, layer in enumerate(self.encoder[2:]):
            drop = self._drops[2 + number]
            output, states = self._run(layer, drop(x, training=training), mask)
            x = output if number == 0 else output + x
            last.append(states)
        memory = {"keys": self.attention.keys(x), "values": x, "mask": mask}
        if len(last) != len(self.decoder):
            last = [zeros(layer.cell, x) for layer in self.decoder]
        context = ops.zeros_like(x[:, 0])
        return memory, [context, *(s for states in last for s in states)]

    def _run(self, layer, x, mask, reverse=False):
        start = zeros(layer.cell, x)
        output, states = cell_steps.run(layer.cell, x, start, mask, reverse)
        return self._scaled(output), states

    def compute_output_shape(self, input_shape):
        return (*input_shape[1], self.num_symbols)

    def get_config(self):
        layers = {
            name: [
                keras.saving.serialize_keras_object(layer)
                for layer in getattr(self, name)
            ]
            for name in ("encoder", "decoder")
        }
        return {
            **super().get_config(),
            **layers,
            "num_symbols": self.num_symbols,
            "embedding_size": self.embedding_size,
            "shared_embedding": self.shared_embedding,
            "dropout": self.dropout,
            "init_range": self.init_range,
            "embedding_range": self.embedding_range,
            "output_scale": self.output_scale,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        layers = {
            name: [
                keras.saving.deserialize_keras_object(
                    layer, custom_objects=custom_objects
                )
                for layer in config[name]
            ]
            for name in ("encoder", "decoder")
        }
        return cls(**{**config, **layers})


def _uniform(bound):
    return keras.initializers.RandomUniform(-bound, bound)
