"""Stateless randomness: a seed is a hash of the run's seed and a purpose.

No part of a search keeps a random state that a crash could lose. Code that
needs random numbers derives a seed from the run's seed and a name for its
purpose. Repeating the same work therefore uses the same numbers.
"""

import hashlib

import numpy as np


def derive_seed(seed, *purpose):
    """Returns an integer in [0, 2**31) that depends on all arguments.

    Args:
        seed: Integer, the run's seed or a seed derived from it.
        *purpose: Strings and integers, for instance "child", 17.
    """
    text = "/".join(map(str, (seed, *purpose)))
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4], "little") >> 1


def generator(seed, *purpose):
    """Returns a NumPy random generator seeded by `derive_seed`."""
    return np.random.default_rng(derive_seed(seed, *purpose))
