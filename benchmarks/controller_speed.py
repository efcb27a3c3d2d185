"""How fast is the controller? python -m benchmarks.controller_speed

Times sampling and learning with batches of 8 architectures, of 4 and of 15
layers.
"""

import statistics
import time

from benchmarks import common
from nas_tf import registry
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial

BATCH = 8
ROUNDS = 50


def main():
    for call in ("conv(num_layers=4)", "conv(num_layers=15)"):
        space = registry.make("spaces", call)
        strategy = registry.make("strategies", "reinforce")
        strategy.start(space, 0)
        times = [_round(strategy, number) for number in range(ROUNDS + 1)]
        names = ("sample", "update")
        first = ", ".join(f"{n} {t:.1f} s" for n, t in zip(names, times[0]))
        sample, update = (
            1000 * statistics.median(column) for column in zip(*times[1:])
        )
        print(
            f"{call}: first time {first}; then sample {sample:.1f} ms, update "
            f"{update:.1f} ms, both {sample + update:.1f} ms",
            flush=True,
        )


def _round(strategy, number):
    length = len(strategy.space.decisions)
    started = time.perf_counter()
    samples = strategy.propose(BATCH, length, seed=number)
    proposed = time.perf_counter()
    trials = [
        Trial(i, Proposal(i, 0, s.actions, s.log_prob, 0), Result(OK, i / 8))
        for i, s in enumerate(samples)
    ]
    begun = time.perf_counter()
    strategy.update(trials)
    return proposed - started, time.perf_counter() - begun


if __name__ == "__main__":
    common.run(main)
