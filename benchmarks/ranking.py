"""Do rewards rank architectures? python -m benchmarks.ranking

Draws random architectures and trains each twice: do the two trainings rank them
in the same order? Then trains the best and the worst quarter ten times as long:
does the better quarter stay better?
"""

import dataclasses
import statistics

from absl import flags
from scipy import stats

from benchmarks import common
from nas_tf import registry
from nas_tf.seeds import derive_seed

FLAGS = flags.FLAGS


def define_flags():
    common.define_parts()
    flags.DEFINE_integer(
        "architectures", 48, "Number of architectures.", lower_bound=1
    )
    flags.DEFINE_integer(
        "seed",
        0,
        "Seed of the architectures and their trainings.",
        lower_bound=0,
    )
    flags.DEFINE_integer(
        "longer", 10, "Factor of the epochs in the second part.", lower_bound=1
    )


def main():
    executor = registry.make("executors", FLAGS.executor)
    try:
        measure(
            executor,
            registry.make("spaces", FLAGS.space),
            registry.make("tasks", FLAGS.task),
            FLAGS.architectures,
            FLAGS.seed,
            FLAGS.longer,
        )
    finally:
        executor.stop()


def measure(executor, space, task, count=48, seed=0, longer=10):
    """Trains the architectures and prints how they rank.

    Returns:
        The rank correlation of two trainings of `count` architectures, and
        the difference between the better and the worse quarter after training
        `longer` times as long, in standard errors.
    """
    strategy = registry.make("strategies", "random_search")
    strategy.start(space, seed)
    samples = strategy.propose(count, len(space.decisions), seed)
    rows = [sample.actions for sample in samples]

    def train(task, rows, purpose):
        jobs = [
            (row, derive_seed(seed, purpose, i)) for i, row in enumerate(rows)
        ]
        return common.evaluate_all(executor, space, task, jobs)

    first = train(task, rows, "first")
    second = train(task, rows, "second")
    rewards = [result.reward for result in first]
    again = [result.reward for result in second]
    rank_correlation = stats.spearmanr(rewards, again).statistic
    seconds = statistics.median(result.seconds for result in first + second)
    print(
        f"A child takes {seconds:.2f} s (median). Rewards "
        f"{min(rewards):.3f} to {max(rewards):.3f}. Two trainings of {count} "
        f"architectures: Spearman {rank_correlation:.3f}",
        flush=True,
    )
    means = [(a + b) / 2 for a, b in zip(rewards, again)]
    sizes = [result.params for result in first]
    print(
        f"Mean rewards and numbers of parameters: Spearman "
        f"{stats.spearmanr(means, sizes).statistic:.3f}",
        flush=True,
    )
    order = sorted(range(count), key=lambda i: rewards[i] + again[i])
    quarter = count // 4
    long = dataclasses.replace(task, epochs=task.epochs * longer)
    bottom = train(long, [rows[i] for i in order[:quarter]], "bottom")
    top = train(long, [rows[i] for i in order[-quarter:]], "top")
    low, low_error = common.mean_and_error([r.reward for r in bottom])
    high, high_error = common.mean_and_error([r.reward for r in top])
    errors = (high - low) / (low_error**2 + high_error**2) ** 0.5
    print(
        f"Trained {longer} times as long: top quarter {high:.4f} +- "
        f"{high_error:.4f}, bottom quarter {low:.4f} +- {low_error:.4f}; "
        f"difference {high - low:.4f}, {errors:.1f} standard errors.",
        flush=True,
    )
    return rank_correlation, errors


if __name__ == "__main__":
    common.run(main, define_flags)
