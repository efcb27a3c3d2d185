import numpy as np

from nas_tf.strategies._columns import Columns
from nas_tf.strategies._evidence import Evidence
from nas_tf.strategies._evidence import normal_scores
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies._tried import Memory
from tests import toy
from tests.strategies import trial

SPACE = toy.ToySpace()


def evidence(tried):
    near = Neighbours(SPACE)
    memory = Memory(near.key)
    memory.add([trial(*each) for each in tried])
    return Evidence(Columns(SPACE.decisions), near, memory)


def test_normal_scores_are_those_of_ranks():
    found = normal_scores(np.array([3.0, 1000.0, 3.0, -1.0]))
    # Quantiles of 1/8, 4/8 (twice) and 7/8.
    np.testing.assert_allclose(found, [0, 1.150349, 0, -1.150349], atol=1e-6)


def test_the_regression_is_scikit_learns():
    from sklearn.linear_model import Ridge

    rows = SPACE.all_actions()
    rng = np.random.default_rng(0)
    rewards = rng.random(len(rows))
    columns = Columns(SPACE.decisions)
    # Fewer trials than columns, and more.
    for count in (7, 60):
        tried = [rows[i] for i in rng.permutation(len(rows))[:count]]
        inputs = columns.read(tried, Neighbours(SPACE))
        expected = Ridge().fit(inputs, normal_scores(rewards[:count]))
        found = evidence(list(zip(tried, rewards))).predict(rows)
        everything = columns.read(rows, Neighbours(SPACE))
        np.testing.assert_allclose(
            found, expected.predict(everything), atol=1e-5
        )


def test_of_many_trials_the_newest_count(monkeypatch):
    monkeypatch.setattr("nas_tf.strategies._evidence._FITTED", 40)
    rows = SPACE.all_actions()
    worse = [(row, -row[0]) for row in rows[::2]]
    better = [(row, row[0]) for row in rows[1::4]]
    best = evidence([*worse, *better]).predict([rows[0], rows[-1]])
    assert len(better) >= 40 and best[0] < best[1]
