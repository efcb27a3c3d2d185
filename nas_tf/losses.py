"""Losses of the controller, as functions from arrays to a scalar.

B is the number of architectures, T that of decisions. Minimising a loss
improves the policy.
"""

import math

from keras import ops

# Logarithm of the largest probability ratio. Larger ones are clipped, so that a
# policy that has moved far away from a batch does not cause infinities.
_FARTHEST = 20.0
# The smallest probability whose logarithm is taken.
_SMALLEST = 1e-6


def reinforce_loss(log_probs, advantages, mask=None):
    """Returns the REINFORCE loss (Zoph & Le 2017, section 3.2).

    Its gradient is minus the estimate
    `1/B sum_k sum_t grad log P(a_t | a_{t-1:1}) (R_k - b)`.

    Args:
        log_probs: `[B, T]` float, log-probability of each action.
        advantages: `[B]` float, reward minus baseline. Not differentiated.
        mask: `[B, T]` of 0 and 1; 0 for decisions that do not affect the
            architecture, whose log-probabilities are left out. None (default)
            to include all.

    Returns:
        Scalar.
    """
    return -ops.mean(_total(log_probs, mask) * ops.stop_gradient(advantages))


def clipped_surrogate_loss(new, old, advantages, clip):
    """Returns minus the clipped surrogate objective of PPO.

    The objective is `mean min(r A, clip(r, 1 - clip, 1 + clip) A)` with `r =
    exp(new - old)`. Once a ratio has moved far enough in the direction of its
    advantage, it has no gradient.

    Args:
        new: `[B]` float, current log-probability of each architecture.
        old: `[B]` float, log-probability with which it was drawn.
        advantages: `[B]` float, reward minus baseline.
        clip: Largest distance of the ratio from 1.

    Returns:
        Scalar.
    """
    ratios = ops.exp(ops.clip(new - old, -_FARTHEST, _FARTHEST))
    clipped = ops.clip(ratios, 1 - clip, 1 + clip)
    return -ops.mean(ops.minimum(ratios * advantages, clipped * advantages))


def mean_entropy(entropies, mask=None):
    """Returns the mean entropy of an architecture, summed over decisions.

    Args:
        entropies: `[B, T]` float.
        mask: As for `reinforce_loss`.
    """
    return ops.mean(_total(entropies, mask))


def skip_penalty(probabilities, prior):
    """Returns how far subsets are from a prior, a Kullback-Leibler divergence.

    It is that of independent choices with probabilities p from choices with
    the prior probability, summed over the members and averaged over subsets and
    architectures (Pham et al. 2018, section 3.2).

    Args:
        probabilities: List of float tensors `[B, size]`, one for each subset:
            with what probability each of its members is chosen.
        prior: The desired probability, in (0, 1).

    Returns:
        Scalar, at least 0.
    """
    sums = []
    for p in probabilities:
        # Logarithms of 0 would have no gradient.
        p = ops.clip(p, _SMALLEST, 1 - _SMALLEST)
        yes = p * (ops.log(p) - math.log(prior))
        no = (1 - p) * (ops.log(1 - p) - math.log(1 - prior))
        sums.append(ops.mean(ops.sum(yes + no, axis=-1)))
    return sum(sums) / len(sums)


def _total(values, mask):
    if mask is not None:
        values = values * ops.cast(mask, values.dtype)
    return ops.sum(values, axis=-1)
