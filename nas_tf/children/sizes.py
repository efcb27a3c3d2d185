"""The size of a language model, and the units for a given size."""

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


def units_for(budget, count):
    """Returns the units whose number of parameters is closest to a budget.

    Args:
        budget: Number of parameters, at least 1.
        count: Increasing function from units to the number of parameters.

    Raises:
        UsageError: If one unit has more parameters than the budget.
    """
    if not is_whole(budget) or count(1) > budget:
        raise UsageError(
            f"Expected a budget of at least {count(1)} parameters, those of "
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
