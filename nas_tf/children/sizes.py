"""The sizes of models of text, and the units for a given size."""

from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.specs.cost import Cost


def language_model(
    units,
    *,
    num_layers,
    num_symbols,
    cell,
    shared_embeddings=False,
    embedding_size=None,
):
    """Returns the `Cost` of a `LanguageModel` without building it.

    Looking up an embedding is not a multiplication.

    Args:
        units: Size of each recurrent layer's output, at least 1.
        num_layers: Number of recurrent layers, at least 1.
        num_symbols: Size of the vocabulary.
        cell: `CellSize` of the layers' cell.
        shared_embeddings: Whether the softmax uses the embedding's matrix.
            Default: False.
        embedding_size: Size of a symbol's embedding; None (default) for
            `units`.
    """
    inputs = units if embedding_size is None else embedding_size
    softmax = units * num_symbols
    params = num_symbols * inputs + num_symbols
    if not shared_embeddings:
        params += softmax
    multiply_adds = softmax
    for size in [inputs] + [units] * (num_layers - 1):
        layer = cell.cost(size, units)
        params += layer.params
        multiply_adds += layer.multiply_adds
    return Cost(params, multiply_adds)


def translator(
    units,
    *,
    num_encoder_layers,
    num_decoder_layers,
    num_symbols,
    cell,
    embedding_size,
    shared_embedding=True,
):
    """Returns the `Cost` of a `Translator` without building it.

    It is that of reading one symbol, writing one and attending to one place.
    Looking up an embedding is not a multiplication, nor is the sum of the
    memory that the weights of the attention are for: products with weights
    count.

    Args:
        units: Size of each recurrent layer's output, at least 1.
        num_encoder_layers: Number of layers, of which the lowest has two
            directions, at least 1.
        num_decoder_layers: Number of layers, at least 1.
        num_symbols: Size of the vocabulary.
        cell: `CellSize` of the layers' cell.
        embedding_size: Size of a symbol's embedding.
        shared_embedding: Whether both languages have one embedding. Default:
            True.
    """
    context = units if num_encoder_layers > 1 else 2 * units
    inputs = [embedding_size] * 2
    inputs += [2 * units] * (num_encoder_layers > 1)
    inputs += [units] * (num_encoder_layers - 2)
    inputs += [embedding_size + context]
    inputs += [units + context] * (num_decoder_layers - 1)
    layers = [cell.cost(size, units) for size in inputs]
    # Query, memory, and the vector that makes a score of the hidden layer.
    attention = units * units + context * units + units
    products = attention + units * num_symbols
    # The attention's bias and scale.
    params = products + units + 1
    params += num_symbols * embedding_size * (1 if shared_embedding else 2)
    return Cost(
        params + sum(layer.params for layer in layers),
        products + sum(layer.multiply_adds for layer in layers),
    )


def units_for(budget, count, counted="parameters"):
    """Returns the units whose count is closest to a budget.

    Args:
        budget: Number of parameters or what else is counted, at least 1.
        count: Increasing function from units to that number.
        counted: What is counted, for messages. Default: "parameters".

    Raises:
        UsageError: If the count of one unit is above the budget.
    """
    if not is_whole(budget) or count(1) > budget:
        raise UsageError(
            f"Expected a budget of at least {count(1)} {counted}, those of "
            f"one unit. Received: {budget!r}"
        )
    low, high = 1, 2
    while count(high) <= budget:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if count(middle) <= budget:
            low = middle
        else:
            high = middle
    return low if budget - count(low) <= count(high) - budget else high
