"""Losses of the controller: from arrays to a scalar, nothing else.

B architectures, T decisions. Minimising any of them improves the policy.
"""

from keras import ops

# Logarithm of the largest ratio told from larger ones: a policy that has left
# a batch so far behind must not end up in infinities.
_FARTHEST = 20.0


def reinforce_loss(log_probs, advantages, mask=None):
    """Returns the REINFORCE loss (Zoph & Le 2017, section 3.2).

    Its gradient is minus the estimate
    `1/B sum_k sum_t grad log P(a_t | a_{t-1:1}) (R_k - b)`.

    Args:
        log_probs: `[B, T]` float, log-probability of each action.
        advantages: `[B]` float, reward minus baseline. Not differentiated.
        mask: `[B, T]` of 0 and 1; 0 for decisions without influence on the
            architecture, whose log-probabilities do not count. None for all.

    Returns:
        Scalar.
    """
    return -ops.mean(_total(log_probs, mask) * ops.stop_gradient(advantages))


def clipped_surrogate_loss(new, old, advantages, clip):
    """Returns minus the clipped surrogate of PPO, to be minimised.

    It is `mean min(r A, clip(r, 1 - clip, 1 + clip) A)` with `r = exp(new -
    old)`: where a ratio has moved far enough in the direction of its
    advantage, there is nothing more to be had.

    Args:
        new: `[B]` float, log-probability of each architecture now.
        old: `[B]` float, that it was drawn with.
        advantages: `[B]` float, reward minus baseline.
        clip: How far from 1 the ratio counts.

    Returns:
        Scalar.
    """
    ratios = ops.exp(ops.clip(new - old, -_FARTHEST, _FARTHEST))
    clipped = ops.clip(ratios, 1 - clip, 1 + clip)
    return -ops.mean(ops.minimum(ratios * advantages, clipped * advantages))


def mean_entropy(entropies, mask=None):
    """Returns the mean over architectures of the summed entropy, in nats.

    Args:
        entropies: `[B, T]` float.
        mask: As for `reinforce_loss`.
    """
    return ops.mean(_total(entropies, mask))


def _total(values, mask):
    if mask is not None:
        values = values * ops.cast(mask, values.dtype)
    return ops.sum(values, axis=-1)
