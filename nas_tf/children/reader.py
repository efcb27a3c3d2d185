"""A language model as a graph of layers.

The graph has the weights of a `LanguageModel`. It consists of layers and
operations of Keras and the model's recurrent layers; if these are Keras's own
too, it opens without this package.
"""

import keras
import numpy as np
from keras import ops


def reader(model):
    """Returns a graph that reads on from given states, without dropout.

    Args:
        model: `LanguageModel`. Its recurrent layers become part of the graph.

    Returns:
        A `keras.Model` from `[tokens, *states]`, `[B, T]` integers and the
        states before them, to `[logits, *states]`: `[B, T, num_symbols]` logits
        of the symbol after each token, and the states after the last token.
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    before = [
        keras.Input(state.shape[1:], dtype=state.dtype, name=f"state_{number}")
        for number, state in enumerate(model.initial_states(1))
    ]
    embedding = model.embedding_layer()
    x = embedding(tokens)
    after = []
    for layer in model.recurrent:
        count = len(layer.state_size)
        read = len(after)
        x, *new = layer(x, initial_state=before[read : read + count])
        after += new
        if model.output_scale != 1:
            x = x * model.output_scale
    if model.shared_embeddings:
        logits, last = _tied(embedding, x, tokens)
    else:
        last = keras.layers.Dense(model.num_symbols, name="softmax")
        logits = last(x)
    last.set_weights(model.softmax_weights())
    return keras.Model([tokens, *before], [logits, *after], name="reader")


def _tied(embedding, x, tokens):
    """Returns logits whose matrix is the transposed embedding.

    Args:
        embedding: `keras.layers.Embedding`.
        x: `[B, T, d]`.
        tokens: `[B, T]` integers.

    Returns:
        `[B, T, num_symbols]` logits, and the layer of their bias.
    """
    # A layer's weights cannot be inputs of a graph's operation. Looking up all
    # symbols returns the matrix.
    zero = ops.reshape(ops.zeros_like(ops.max(tokens)), (1,))
    symbols = zero + np.arange(embedding.input_dim, dtype="int32")
    matrix = ops.transpose(embedding(symbols))
    bias = keras.layers.Embedding(1, embedding.input_dim, name="softmax_bias")
    return ops.matmul(x, matrix) + bias(zero), bias


def from_zeros(graph):
    """Returns a graph that reads whole sequences, from states of zeros.

    Args:
        graph: What `reader` returned.

    Returns:
        A `keras.Model` from `[B, T]` integers, T at least 1, to `[B, T,
        num_symbols]` probabilities of the symbol after each of them.
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    return keras.Model(tokens, probabilities(graph, tokens))


def probabilities(graph, tokens):
    """Returns what `from_zeros` computes, of a tensor in another graph."""
    states = [
        ops.repeat(
            ops.cast(ops.zeros_like(tokens[:, :1]), state.dtype),
            state.shape[1],
            axis=1,
        )
        for state in graph.inputs[1:]
    ]
    logits, *_ = graph([tokens, *states])
    return keras.layers.Softmax(name="probabilities")(logits)
