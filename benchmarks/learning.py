"""Does the controller learn? python -m benchmarks.learning

Searches with REINFORCE and at random, several seeds each at fixed depth, and
compares the mean reward of the last third of each search with the first's.
"""

from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf.search.run_search import run_search

FLAGS = flags.FLAGS


def define_flags():
    common.define_parts()
    flags.DEFINE_list(
        "strategies", ["reinforce", "random_search"], "Call strings, compared."
    )
    flags.DEFINE_integer("seeds", 5, "Searches a strategy.", lower_bound=1)
    flags.DEFINE_integer(
        "max_children", 192, "Children a search.", lower_bound=1
    )


def main():
    executor = registry.make("executors", FLAGS.executor)
    try:
        for strategy in FLAGS.strategies:
            measure(
                executor,
                FLAGS.space,
                FLAGS.task,
                strategy,
                FLAGS.seeds,
                FLAGS.max_children,
            )
    finally:
        executor.stop()


def measure(executor, space, task, strategy, seeds=5, max_children=192):
    """Prints what was found.

    Returns:
        By how much the last third of a search is better than the first, and
        the standard error of that, over all seeds.
    """
    searches = []
    for seed in range(seeds):
        archive = run_search(
            space,
            task,
            strategy,
            executor=executor,
            max_children=max_children,
            seed=seed,
        )
        # In the order of proposing: what finishes first is what is small.
        trials = sorted(archive.trials, key=lambda t: t.proposal.proposal_id)
        searches.append([trial.reward for trial in trials])
        first, last = thirds(searches[-1])
        print(
            f"{strategy} seed {seed}: {len(trials)} children, first third "
            f"{first:.4f}, last third {last:.4f}, best "
            f"{max(searches[-1]):.4f}",
            flush=True,
        )
    # The start of a long search is what a short one would have been.
    step = max_children // 4
    for count in range(step, max_children + 1, step):
        pairs = [thirds(rewards[:count]) for rewards in searches]
        gain, error = common.mean_and_error([b - a for a, b in pairs])
        print(
            f"{strategy}, {count} children: last third minus first "
            f"{gain:+.4f}, standard error {error:.4f}, {gain / error:+.1f} "
            f"standard errors",
            flush=True,
        )
    return gain, error


def thirds(rewards):
    """Returns the mean of the first third of a search and of the last."""
    third = len(rewards) // 3
    return sum(rewards[:third]) / third, sum(rewards[-third:]) / third


if __name__ == "__main__":
    common.run(main, define_flags)
