"""Seeds are hashes of a seed and a purpose."""

import subprocess
import sys

from nas_tf.seeds import derive_seed
from nas_tf.seeds import generator


def test_a_seed_is_the_same_everywhere():
    # Journals of earlier runs hold such seeds: the numbers may never change.
    assert derive_seed(0, "child", 17) == 1151025921
    code = "from nas_tf.seeds import derive_seed as d; print(d(3, 'a', 1))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert int(out.stdout) == derive_seed(3, "a", 1)


def test_every_argument_counts():
    calls = [(0,), (1,), (0, "a"), (0, "b"), (0, "a", 1), (0, 1, "a")]
    assert len({derive_seed(*call) for call in calls}) == len(calls)


def test_seeds_fill_their_range():
    seeds = [derive_seed(0, "child", number) for number in range(10_000)]
    assert len(set(seeds)) > 9_990
    assert min(seeds) >= 0
    assert max(seeds) < 2**31
    assert abs(sum(seeds) / len(seeds) / 2**30 - 1) < 0.02


def test_a_generator_is_seeded_by_them():
    first, second = generator(0, "x").random(5), generator(0, "x").random(5)
    assert (first == second).all()
    assert (first != generator(0, "y").random(5)).any()
