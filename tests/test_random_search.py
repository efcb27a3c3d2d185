import collections
import math

from nas_tf.strategies.random_search import RandomSearch
from tests import toy


def test_draws_every_architecture_alike():
    space = toy.ToySpace()
    strategy = RandomSearch()
    strategy.start(space, seed=0)
    count = 50 * 288
    samples = strategy.propose(count, len(space.decisions), seed=1)
    drawn = collections.Counter(s.actions for s in samples)
    assert set(drawn) == set(space.all_actions())
    # Chi-squared with 287 degrees of freedom: mean 287, deviation 24.
    assert sum((n - 50) ** 2 / 50 for n in drawn.values()) < 287 + 4 * 24
    for sample in samples[:8]:
        assert math.isclose(sample.log_prob, -math.log(288))
