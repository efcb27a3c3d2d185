"""How a batch is proposed: samples of a policy, and moves of the best so far.

A move is a neighbour of one of the best architectures that were tried. Which
neighbours are chosen depends on how many of the best they are next to, on how
probable the policy finds them, and on what single decisions were worth so far.
"""

import collections

import numpy as np

from nas_tf.seeds import derive_seed
from nas_tf.seeds import generator
from nas_tf.strategies.base import Sample

# How many batches are drawn at most in place of samples that were tried.
_DRAWS = 4
# How many steps away from a sample an untried architecture is looked for.
_STEPS = 50


class Proposer:
    """Proposes batches for a policy.

    Args:
        policy: Object with `sample(count, length, seed)`, which returns a list
            of `Sample`, and `log_probs(rows)`, which returns a list of floats.
        neighbours: `Neighbours` of the space.
        memory: `Memory` of what was tried.
        moves: Probability that a proposal is a move, from 0 to 1.
        parents: Number of architectures whose neighbours are candidates.
        distinct: Whether nothing is proposed that was tried or is in progress.
        candidates: Largest number of candidates for moves. Where there are
            more, as many of them are drawn uniformly.
        favour: Function from a list of rows to `[N]` floats, which are added to
            the logarithms of the candidates' weights. None (default) for none.
    """

    def __init__(
        self,
        policy,
        neighbours,
        memory,
        moves,
        parents,
        distinct,
        candidates,
        favour=None,
    ):
        self._policy = policy
        self._neighbours = neighbours
        self._memory = memory
        self._moves = moves
        self._parents = parents
        self._distinct = distinct
        self._most = candidates
        self._favour = favour
        self._near = {}  # parent -> keys of its neighbours, and these

    def propose(self, count, length, seed):
        """Returns `count` samples, as `Strategy.propose` does."""
        rng = generator(seed, "moves")
        wanted = int(rng.binomial(count, self._moves))
        batch = self._chosen_moves(wanted, length, rng)
        taken = {self._neighbours.key(sample.actions) for sample in batch}
        repeats = []
        for attempt in range(_DRAWS if self._distinct else 1):
            if len(batch) == count:
                return batch
            drawn = self._policy.sample(
                count, length, derive_seed(seed, attempt) if attempt else seed
            )
            for sample in drawn[: None if attempt else count - len(batch)]:
                if self._distinct and self._is_known(sample.actions, taken):
                    repeats.append(sample)
                elif len(batch) < count:
                    batch.append(sample)
                    taken.add(self._neighbours.key(sample.actions))
        return batch + self._altered(repeats[: count - len(batch)], taken, rng)

    def _is_known(self, row, taken):
        key = self._neighbours.key(row)
        return key in taken or self._memory.has(key)

    def _chosen_moves(self, wanted, length, rng):
        """Returns at most `wanted` moves, drawn without replacement.

        A candidate's weight is its probability times the number of parents it
        is next to, and what it is favoured by. Adding Gumbel noise to the
        logarithms of weights and taking the largest draws in proportion to
        them.
        """
        rows, counts = self._candidates(wanted, length)
        if not rows:
            return []
        if len(rows) > self._most:
            kept = rng.permutation(len(rows))[: self._most]
            rows, counts = [rows[i] for i in kept], counts[kept]
        log_probs = np.array(self._policy.log_probs(rows))
        weights = np.log(counts) + log_probs
        if self._favour is not None:
            weights += self._favour(rows)
        noise = rng.gumbel(size=len(rows))
        order = np.argsort(-(weights + noise))[:wanted]
        return [Sample(rows[i], float(log_probs[i])) for i in order.tolist()]

    def _candidates(self, wanted, length):
        """Returns a list of rows, and how many parents each is next to."""
        parents = []
        if wanted:
            parents = self._memory.best(length, self._parents)
        self._near = {
            row: self._near.get(row) or self._keyed_neighbours(row)
            for row in parents
        }
        counts = collections.Counter()
        rows = {}
        for keys, near in self._near.values():
            counts.update(keys)
            for key, row in zip(keys, near):
                rows.setdefault(key, row)
        if self._distinct:
            rows = {
                key: row
                for key, row in rows.items()
                if not self._memory.has(key)
            }
        numbers = np.array([counts[key] for key in rows], np.float64)
        return list(rows.values()), numbers

    def _keyed_neighbours(self, row):
        """Returns two lists: the keys of a row's neighbours, and these."""
        rows = list(self._neighbours.of(row))
        return [self._neighbours.key(near) for near in rows], rows

    def _altered(self, repeats, taken, rng):
        """Returns untried architectures a few steps away from known ones.

        Where none is found, as in a space of which everything was tried, the
        architecture itself is proposed again.
        """
        if not repeats:
            return []
        rows = []
        for sample in repeats:
            row = sample.actions
            for _ in range(_STEPS):
                row = self._neighbours.one_of(row, rng)
                if not self._is_known(row, taken):
                    break
            else:
                row = sample.actions
            taken.add(self._neighbours.key(row))
            rows.append(row)
        return list(map(Sample, rows, self._policy.log_probs(rows)))
