"""A language model of recurrent layers."""

import keras
from keras import ops

from nas_tf.errors import UsageError
from nas_tf.layers.matrices import times_matrix
from nas_tf.layers.word_dropout import WordDropout
from nas_tf.seeds import derive_seed


@keras.saving.register_keras_serializable(package="nas_tf")
class LanguageModel(keras.Model):
    """A recurrent network that predicts the next symbol of a text.

    It consists of an embedding, recurrent layers and a softmax, with dropout
    between them. A dropout mask is drawn once for each sequence and used at
    all its steps (Gal & Ghahramani 2016). Dropout of recurrent connections is
    left to the cells of the layers.

    The constructor builds the model.

    Args:
        layers: List of `keras.layers.RNN` or of layers such as
            `keras.layers.LSTM`, with `return_sequences` and `return_state`.
        num_symbols: Size of the vocabulary, at least 1.
        embedding_size: Size of a symbol's embedding; None (default) for the
            size of the first layer's output.
        shared_embeddings: Whether the matrix of the softmax is the transposed
            embedding (Inan et al. 2016; Press & Wolf 2016). Default: False.
        embedding_dropout: Fraction of the symbols that are dropped in
            training, at all their positions in a sequence, in [0, 1).
            Default: 0, as for the next two.
        input_dropout: Fraction of the inputs of each recurrent layer that are
            dropped.
        output_dropout: Fraction of the inputs of the softmax that are dropped.
        init_range: The initial embedding and softmax matrix are uniform in
            [-init_range, init_range], > 0; the initial bias of the softmax is
            0. Default: 0.05.
        seed: Integer that decides the initial embedding and softmax and the
            dropout masks, or None (default). The layers have their own seeds.
        output_scale: Number > 0 by which the outputs of all recurrent layers
            are multiplied for what reads them, the layer above or the softmax,
            but not for a cell's own next step. Default: 1.

    Call arguments:
        tokens: `[B, T]` integers in [0, num_symbols).
        training: Whether to apply dropout. Default: False.

    Returns:
        `[B, T, num_symbols]` probabilities of the symbol after each of
        `tokens`, read from initial states of zeros.

    Raises:
        UsageError: If a layer does not return sequences and states, or
            if embeddings are to be shared and the sizes differ.
    """

    def __init__(
        self,
        layers,
        num_symbols,
        embedding_size=None,
        shared_embeddings=False,
        embedding_dropout=0.0,
        input_dropout=0.0,
        output_dropout=0.0,
        init_range=0.05,
        seed=None,
        output_scale=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for layer in layers:
            if not (layer.return_sequences and layer.return_state):
                raise UsageError(
                    "Expected recurrent layers with return_sequences=True and "
                    f"return_state=True. Received: {layer.name}"
                )
        sizes = [
            layer.compute_output_shape((1, 1, 1))[0][-1] for layer in layers
        ]
        if embedding_size is None:
            embedding_size = sizes[0]
        if shared_embeddings and embedding_size != sizes[-1]:
            raise UsageError(
                "Expected shared embeddings of the size of the last layer's "
                f"output, {sizes[-1]}. Received: {embedding_size}"
            )
        self.num_symbols = num_symbols
        self.embedding_size = embedding_size
        self.shared_embeddings = shared_embeddings
        self.embedding_dropout = embedding_dropout
        self.input_dropout = input_dropout
        self.output_dropout = output_dropout
        self.init_range = init_range
        self.output_scale = output_scale
        self.seed = seed
        self._sizes = sizes
        self._embedding = keras.layers.Embedding(
            num_symbols,
            embedding_size,
            embeddings_initializer=self._uniform("embedding"),
            name="embedding",
        )
        self._drop_words = WordDropout(
            num_symbols, embedding_dropout, self._seed("words")
        )
        self.recurrent = list(layers)
        self._drop_inputs = [
            keras.layers.SpatialDropout1D(
                input_dropout, self._seed("inputs", number)
            )
            for number in range(len(layers))
        ]
        self._drop_outputs = keras.layers.SpatialDropout1D(
            output_dropout, self._seed("outputs")
        )
        self.build((None, None))

    @property
    def output_size(self):
        """Size of the last recurrent layer's output."""
        return self._sizes[-1]

    def embedding_layer(self):
        """Returns the `keras.layers.Embedding` of the symbols."""
        return self._embedding

    def softmax_weights(self):
        """Returns the softmax's own weights, a list of NumPy arrays.

        They are the matrix `[output_size, num_symbols]`, unless it is the
        transposed embedding, and the bias. The bias is `[num_symbols]`, or
        `[1, num_symbols]` if there is no matrix.
        """
        bias = ops.convert_to_numpy(self._softmax_bias)
        if self._softmax_kernel is None:
            return [bias[None]]
        return [ops.convert_to_numpy(self._softmax_kernel), bias]

    def _seed(self, *purpose):
        return None if self.seed is None else derive_seed(self.seed, *purpose)

    def _uniform(self, name):
        return keras.initializers.RandomUniform(
            -self.init_range, self.init_range, self._seed(name)
        )

    def build(self, input_shape):
        if self.built:
            return
        self._embedding.build(input_shape)
        size = self.embedding_size
        for drop, layer, output in zip(
            self._drop_inputs, self.recurrent, self._sizes
        ):
            drop.build((None, None, size))
            layer.build((None, None, size))
            size = output
        self._drop_words.build((None, None, self.embedding_size))
        self._drop_outputs.build((None, None, size))
        self._softmax_kernel = None
        if not self.shared_embeddings:
            self._softmax_kernel = self.add_weight(
                shape=(size, self.num_symbols),
                initializer=self._uniform("softmax"),
                name="softmax_kernel",
            )
        self._softmax_bias = self.add_weight(
            shape=(self.num_symbols,),
            initializer="zeros",
            name="softmax_bias",
        )
        self.built = True

    def call(self, tokens, training=False, **options):
        states = self.initial_states(ops.shape(tokens)[0])
        logits, _ = self.advance(tokens, states, training, **options)
        return ops.softmax(logits)

    def initial_states(self, batch_size):
        """Returns a flat list of the zero states of all layers, in order."""
        return [
            state
            for layer in self.recurrent
            for state in layer.get_initial_state(batch_size)
        ]

    def advance(self, tokens, states, training=False, **options):
        """Continues reading from given states.

        Args:
            tokens: `[B, T]` integers in [0, num_symbols).
            states: What `initial_states` or `advance` returned.
            training: Whether to apply dropout. Default: False.
            **options: Passed to the recurrent layers.

        Returns:
            Pair `(logits, states)`: `[B, T, num_symbols]` logits of the
            symbol after each token, and a flat list of the states after the
            last token.
        """
        x = self._embedding(tokens)
        x = self._drop_words(x, tokens, training=training)
        left = list(states)
        states = []
        for drop, layer in zip(self._drop_inputs, self.recurrent):
            count = len(layer.state_size)
            x, *new = layer(
                drop(x, training=training),
                initial_state=left[:count],
                training=training,
                **options,
            )
            left = left[count:]
            states.extend(new)
            if self.output_scale != 1:
                x = x * self.output_scale
        x = self._drop_outputs(x, training=training)
        if self.shared_embeddings:
            kernel = ops.transpose(_tensor(self._embedding.embeddings, x))
        else:
            kernel = _tensor(self._softmax_kernel, x)
        logits = times_matrix(x, kernel) + _tensor(self._softmax_bias, x)
        return logits, states

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.num_symbols)

    def get_config(self):
        layers = [
            keras.saving.serialize_keras_object(layer)
            for layer in self.recurrent
        ]
        return {
            **super().get_config(),
            "layers": layers,
            "num_symbols": self.num_symbols,
            "embedding_size": self.embedding_size,
            "shared_embeddings": self.shared_embeddings,
            "embedding_dropout": self.embedding_dropout,
            "input_dropout": self.input_dropout,
            "output_dropout": self.output_dropout,
            "init_range": self.init_range,
            "seed": self.seed,
            "output_scale": self.output_scale,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        layers = [
            keras.saving.deserialize_keras_object(
                layer, custom_objects=custom_objects
            )
            for layer in config["layers"]
        ]
        return cls(**{**config, "layers": layers})


def _tensor(weight, like):
    """Returns a weight as a tensor of another tensor's type."""
    return ops.cast(ops.convert_to_tensor(weight), like.dtype)
