"""Which architecture each minibatch of the shared weights is trained with."""

import numpy as np

from nas_tf.seeds import generator


def uniform(decisions, count, seed):
    """Returns random rows, every choice of a decision equally probable.

    Args:
        decisions: Sequence of T `Decision`.
        count: Number of rows.
        seed: Integer.

    Returns:
        `[count, T]` int32.
    """
    sizes = [decision.num_actions for decision in decisions]
    rng = generator(seed, "uniform")
    return rng.integers(sizes, size=(count, len(sizes)), dtype=np.int32)


def fair(decisions, count, seed):
    """Returns random rows that use every choice of a decision equally often.

    Strict fairness (Chu et al. 2021, FairNAS, section 3.2): each group of
    `group_size` rows has each choice of a decision once, in an order of its
    own. A decision with fewer choices begins with them again.

    Args:
        decisions: Sequence of T `Decision`.
        count: Number of rows, a multiple of `group_size`.
        seed: Integer.

    Returns:
        `[count, T]` int32.
    """
    rng = generator(seed, "fair")
    size = group_size(decisions)
    groups = [
        np.stack([_order(d.num_actions, size, rng) for d in decisions], axis=1)
        for _ in range(count // size)
    ]
    return np.concatenate(groups).astype(np.int32)


def one_hot(decisions, row):
    """Returns a row of T actions as a mixture, float32 `[T, K]`.

    Args:
        decisions: Sequence of T `Decision`, of at most K choices.
        row: Sequence of T actions.
    """
    return np.eye(group_size(decisions), dtype=np.float32)[list(row)]


def even(decisions):
    """Returns the mixture of all choices in equal parts, float32 `[T, K]`."""
    sizes = np.array([d.num_actions for d in decisions])
    valid = np.arange(group_size(decisions)) < sizes[:, None]
    return (valid / sizes[:, None]).astype(np.float32)


def group_size(decisions):
    """Returns the largest number of choices of a decision."""
    return max(decision.num_actions for decision in decisions)


def _order(choices, size, rng):
    rounds = -(-size // choices)
    return np.concatenate([rng.permutation(choices) for _ in range(rounds)])[
        :size
    ]
