"""Do rewards rank architectures? python -m benchmarks.ranking

Draws architectures at random and trains each twice: do the two trainings rank
them alike? Then trains the best and the worst quarter ten times as long: does
the better quarter stay better?
"""

import dataclasses

from absl import flags
from scipy import stats

from benchmarks import common
from nas_tf import registry
from nas_tf.seeds import derive_seed

FLAGS = flags.FLAGS
common.define_parts()
flags.DEFINE_integer("architectures", 48, "How many are drawn.")
flags.DEFINE_integer("seed", 0, "Decides which.")
flags.DEFINE_integer("longer", 10, "Epochs of the second part, as a multiple.")


def main():
    space = registry.make("spaces", FLAGS.space)
    task = registry.make("tasks", FLAGS.task)
    strategy = registry.make("strategies", "random_search")
    strategy.start(space, FLAGS.seed)
    rows = [
        sample.actions
        for sample in strategy.propose(
            FLAGS.architectures, len(space.decisions), FLAGS.seed
        )
    ]
    executor = registry.make("executors", FLAGS.executor)
    try:
        measure(executor, space, task, rows)
    finally:
        executor.stop()


def measure(executor, space, task, rows):
    def train(task, rows, purpose):
        jobs = [
            (row, derive_seed(FLAGS.seed, purpose, i))
            for i, row in enumerate(rows)
        ]
        return common.evaluate_all(executor, space, task, jobs)

    first = train(task, rows, "first")
    second = train(task, rows, "second")
    rewards = [result.reward for result in first]
    again = [result.reward for result in second]
    seconds = sorted(result.seconds for result in first + second)
    print(f"A child takes {seconds[len(seconds) // 2]:.2f} s (median).")
    print(
        f"Rewards {min(rewards):.3f} to {max(rewards):.3f}. Two trainings of "
        f"{len(rows)} architectures: Spearman "
        f"{stats.spearmanr(rewards, again).statistic:.3f}",
        flush=True,
    )
    order = sorted(range(len(rows)), key=lambda i: rewards[i] + again[i])
    quarter = len(rows) // 4
    longer = dataclasses.replace(task, epochs=task.epochs * FLAGS.longer)
    bottom = train(longer, [rows[i] for i in order[:quarter]], "bottom")
    top = train(longer, [rows[i] for i in order[-quarter:]], "top")
    low, low_error = common.mean_and_error([r.reward for r in bottom])
    high, high_error = common.mean_and_error([r.reward for r in top])
    error = (low_error**2 + high_error**2) ** 0.5
    print(
        f"Trained {FLAGS.longer} times as long: top quarter {high:.4f} "
        f"+- {high_error:.4f}, bottom quarter {low:.4f} +- {low_error:.4f}; "
        f"difference {high - low:.4f}, {(high - low) / error:.1f} standard "
        f"errors."
    )


if __name__ == "__main__":
    common.run(main)
