"""Does the controller learn? python -m benchmarks.learning

Searches with REINFORCE and with random search, several seeds each, and
compares the mean reward of the last third of each search with that of the
first third.
"""

from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf.search.run_search import run_search

FLAGS = flags.FLAGS


def define_flags():
    common.define_parts()
    flags.DEFINE_list(
        "strategies",
        ["reinforce", "random_search"],
        "Call strings of the strategies to compare.",
    )
    flags.DEFINE_integer(
        "seeds", 5, "Number of searches per strategy.", lower_bound=1
    )
    flags.DEFINE_integer(
        "max_children", 192, "Number of children per search.", lower_bound=1
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
    """Searches with each seed and prints the gain within the searches.

    Returns:
        The mean over seeds of the difference between the mean rewards of the
        last third and the first third of a search, and its standard error.
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
        # In the order of proposing, because small children finish first.
        trials = sorted(archive.trials, key=lambda t: t.proposal.proposal_id)
        searches.append([trial.reward for trial in trials])
        first, last = thirds(searches[-1])
        print(
            f"{strategy} seed {seed}: {len(trials)} children, first third "
            f"{first:.4f}, last third {last:.4f}, best "
            f"{max(searches[-1]):.4f}",
            flush=True,
        )
    # A short search is the beginning of a long one with the same seed.
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
    """Returns the means of the first and the last third of a list."""
    third = len(rewards) // 3
    return sum(rewards[:third]) / third, sum(rewards[-third:]) / third


if __name__ == "__main__":
    common.run(main, define_flags)
