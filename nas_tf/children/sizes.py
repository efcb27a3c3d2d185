"""How large a language model is, and which one has a given size."""

from nas_tf.checks import is_whole
from nas_tf.errors import UsageError


def num_params(
    units,
    *,
    num_layers,
    num_symbols,
    leaves,
    shared_embeddings=False,
    embedding_size=None,
    use_bias=False,
):
    """Returns the number of parameters of a `LanguageModel`, without building.

    Args:
        units: Size of each recurrent layer's output, at least 1.
        num_layers: Number of recurrent layers, at least 1.
        num_symbols: Size of the vocabulary.
        leaves: Pairs of matrices of a cell: its base for a tree, 4 for an
            LSTM, 3 for a GRU, whose biases count otherwise.
        shared_embeddings: Whether the softmax uses the embedding.
        embedding_size: Numbers a symbol is embedded in, or None for `units`.
        use_bias: Whether each leaf has a bias.
    """
    inputs = units if embedding_size is None else embedding_size
    params = num_symbols * inputs + num_symbols
    params += _recurrent(units, num_layers, leaves, inputs)
    if use_bias:
        params += num_layers * leaves * units
    if not shared_embeddings:
        params += units * num_symbols
    return params


def num_multiply_adds(
    units, *, num_layers, num_symbols, leaves, embedding_size=None
):
    """Returns the multiply-adds of matrix products for one symbol read.

    To look an embedding up is none. Arguments as for `num_params`.
    """
    inputs = units if embedding_size is None else embedding_size
    products = _recurrent(units, num_layers, leaves, inputs)
    return products + units * num_symbols


def units_for(budget, count):
    """Returns the units whose number of parameters is nearest to a budget.

    Args:
        budget: Number of parameters, at least 1.
        count: Function from units to parameters, increasing.

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


def _recurrent(units, num_layers, leaves, inputs):
    first = leaves * units * (inputs + units)
    return first + (num_layers - 1) * leaves * units * 2 * units
