"""Which strategy finds the best? python -m benchmarks.strategies --table=CSV

Searches a table of known results by look-up, with many seeds per strategy.
Prints the quality, such as the test accuracy after full training, of the
architecture with the best reward so far. Strategies are compared on the same
seeds: all with random search, and in a second table with each other rival.
"""

import contextlib
import math
import pathlib
import tempfile
import time

import numpy as np
from absl import flags
from scipy import stats

from benchmarks import common
from benchmarks import strategy_plots
from nas_tf import registry
from nas_tf.search.run_search import run_search

FLAGS = flags.FLAGS
RANDOM = "random_search"
EVOLUTION = "regularized_evolution(population=30, sample_size=10)"
RIVALS = (EVOLUTION, "local_search")
TOPS = (1, 5, 15)


def define_flags():
    flags.DEFINE_string(
        "table", None, "CSV file of known results.", required=True
    )
    flags.DEFINE_string("space", "nasbench201", "Search space.")
    flags.DEFINE_string("key", "ops", "The table's column of architectures.")
    flags.DEFINE_string(
        "reward", "cifar10_valid_e12", "The table's column of rewards."
    )
    flags.DEFINE_string(
        "quality", "cifar10_test_e200", "The table's column of qualities."
    )
    flags.DEFINE_multi_string(
        "strategies",
        [
            RANDOM,
            EVOLUTION,
            "local_search",
            # The paper's settings, for 12,800 children.
            "reinforce(learning_rate=0.0006, entropy_weight=0, moves=0, "
            "distinct=False)",
            "reinforce(moves=0, distinct=False)",
            "reinforce",
            "ppo",
            "surrogate",
        ],
        "Call string of a strategy; repeat the flag for more.",
    )
    flags.DEFINE_multi_string(
        "rivals",
        list(RIVALS),
        "Strategy that the others are compared with in a table of its own, if "
        "it is among them; repeat the flag for more.",
    )
    flags.DEFINE_integer(
        "children_per_replica",
        8,
        "Batch size: children that are proposed together.",
        lower_bound=1,
    )
    flags.DEFINE_integer("seeds", 200, "Searches per strategy.", lower_bound=1)
    flags.DEFINE_integer(
        "first_seed", 0, "Seed of the first search.", lower_bound=0
    )
    flags.DEFINE_multi_integer(
        "queries",
        [25, 50, 100, 200, 500, 1000],
        "Number of look-ups to compare at; repeat the flag for more.",
        lower_bound=1,
    )
    flags.DEFINE_float(
        "noise",
        0.0,
        "Standard deviation of noise that is added to each reward.",
        lower_bound=0.0,
    )
    flags.DEFINE_string(
        "output", None, "Output folder for the table and the plots."
    )
    flags.DEFINE_bool(
        "journal", False, "Whether each search writes a journal to disk."
    )


def main():
    evaluator = registry.make(
        "evaluators",
        f"benchmarks.noisy_table(path={FLAGS.table!r}, key={FLAGS.key!r}, "
        f"reward={FLAGS.reward!r}, quality={FLAGS.quality!r}, scale=0.01, "
        f"noise={FLAGS.noise})",
    )
    space = registry.make("spaces", FLAGS.space)
    queries = FLAGS.queries
    seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
    searches = {}
    for text in FLAGS.strategies:
        began = time.perf_counter()
        searches[text] = search_all(space, evaluator, text, seeds, max(queries))
        speed = len(seeds) * max(queries) / (time.perf_counter() - began)
        print(f"{text}: {speed:,.0f} queries a second", flush=True)
    lines = list(report(searches, queries))
    for rival in FLAGS.rivals:
        if rival in searches:
            lines += ["", *versus(searches, rival, queries)]
    print("\n".join(lines))
    if FLAGS.output:
        folder = pathlib.Path(FLAGS.output)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "table.md").write_text("\n".join(lines) + "\n")
        best = {name: best_so_far(found) for name, found in searches.items()}
        strategy_plots.draw_best(best, folder / "best.png")
        if RANDOM in searches:
            gains = {
                name: {top: gain(found, searches[RANDOM], top) for top in TOPS}
                for name, found in searches.items()
                if name != RANDOM
            }
            strategy_plots.draw_gains(gains, folder / "gain_over_random.png")


def search_all(space, evaluator, strategy, seeds, count):
    """Returns the trials of all searches as an array.

    Args:
        space: `SearchSpace`.
        evaluator: `Evaluator`.
        strategy: Call string; one object is used for all seeds.
        seeds: Sequence of S seeds.
        count: Number N of children per search.

    Returns:
        Structured array `[S, N]` with the fields "reward", "quality" and
        "key". Keys are integers that are equal for equal architectures.
    """
    strategy = registry.make("strategies", strategy)
    keys = {}
    kinds = [("reward", float), ("quality", float), ("key", int)]
    found = np.zeros((len(seeds), count), kinds)
    for row, seed in enumerate(seeds):
        with _run_dir() as run_dir:
            trials = run_search(
                space,
                strategy=strategy,
                evaluator=evaluator,
                run_dir=run_dir,
                max_children=count,
                children_per_replica=FLAGS.children_per_replica,
                seed=seed,
            ).trials
        found[row] = [
            (
                t.reward,
                t.result.metrics.get("quality", 0.0),
                keys.setdefault(t.proposal.actions, len(keys)),
            )
            for t in trials
        ]
    return found


def _run_dir():
    """Returns a context with a temporary folder, or None for no journal."""
    if FLAGS.journal:
        return tempfile.TemporaryDirectory()
    return contextlib.nullcontext()


def best_so_far(found):
    """Returns `[S, N]` qualities of the first trial with the best reward."""
    best = np.maximum.accumulate(found["reward"], axis=1)
    is_new = np.ones(found.shape, bool)
    is_new[:, 1:] = best[:, 1:] > best[:, :-1]
    places = np.maximum.accumulate(
        np.where(is_new, np.arange(found.shape[1]), 0), axis=1
    )
    return np.take_along_axis(found["quality"], places, axis=1)


def gain(found, rival, top):
    """Returns `[N]` differences between the mean rewards of the best `top`.

    Entry n compares the best different architectures among the first n
    children of each search (Zoph & Le 2017, figure 6).
    """
    return means_of_best(found, top).mean(0) - means_of_best(rival, top).mean(0)


def means_of_best(found, top):
    """Returns `[S, N]` mean rewards of the `top` best different ones so far."""
    means = np.empty(found.shape)
    for row, search in enumerate(found):
        best, seen = [], set()
        for column, (reward, _, key) in enumerate(search.tolist()):
            if key not in seen:
                seen.add(key)
                best = sorted([*best, reward], reverse=True)[:top]
            means[row, column] = sum(best) / len(best)
    return means


def report(searches, queries):
    """Yields a table's lines: mean, deviation, and p against random search."""
    heads = [f"{count:,}" for count in queries]
    yield "| strategy | " + " | ".join(heads) + " |"
    yield "| --- |" + " --- |" * len(heads)
    chance = best_so_far(searches[RANDOM]) if RANDOM in searches else None
    for name, found in searches.items():
        cells = []
        quality = best_so_far(found)
        for count in queries:
            values = 100 * quality[:, count - 1]
            cell = f"{values.mean():.2f} ± {values.std(ddof=1):.2f}"
            if chance is not None and name != RANDOM:
                test = stats.ttest_rel(values, 100 * chance[:, count - 1])
                cell += f" ({_probability(test.pvalue)})"
            cells.append(cell)
        yield f"| `{name}` | " + " | ".join(cells) + " |"


def versus(searches, rival, queries):
    """Yields a table's lines: by how much strategies are better than a rival.

    Differences are in points, means over seeds; p is from a paired t-test.
    """
    heads = [f"{count:,}" for count in queries]
    yield f"| minus `{rival}` | " + " | ".join(heads) + " |"
    yield "| --- |" + " --- |" * len(heads)
    other = 100 * best_so_far(searches[rival])
    for name, found in searches.items():
        if name in (RANDOM, rival):
            continue
        quality = 100 * best_so_far(found)
        cells = []
        for count in queries:
            pair = quality[:, count - 1], other[:, count - 1]
            test = stats.ttest_rel(*pair)
            gap = pair[0].mean() - pair[1].mean()
            cells.append(f"{gap:+.2f} ({_probability(test.pvalue)})")
        yield f"| `{name}` | " + " | ".join(cells) + " |"


def _probability(value):
    if math.isnan(value):
        return "equal"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


if __name__ == "__main__":
    common.run(main, define_flags)
