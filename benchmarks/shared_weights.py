"""Do shared weights rank cells? python -m benchmarks.shared_weights --table=X

Searches NAS-Bench-201 by shared weights. Then cells drawn at random are judged
by the same weights, and the ranks compared with the test accuracies of a table
in which every cell was trained by itself; so are the derived cells. A search
that is stopped goes on when the command is started again.
"""

import csv
import gzip
import json
import pathlib
import time

import numpy as np
from absl import flags
from scipy import stats

from benchmarks import common
from nas_tf import registry
from nas_tf.files import read_json
from nas_tf.files import write_json
from nas_tf.layout import table as layout_table
from nas_tf.machine import clock
from nas_tf.runs import flagfile
from nas_tf.runs import journal
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.seeds import generator

FLAGS = flags.FLAGS

# The table's columns: digits of the operations, and percent.
KEY = "ops"
TEST = "cifar10_test_e200"
BEST_SHARE = 0.2
RANKING = "ranking.json"


def define_flags():
    flags.DEFINE_string("table", None, "CSV file of the table, or .csv.gz.")
    flags.DEFINE_string(
        "space", "nasbench201(channels=8, cells=1)", "Space of the cells."
    )
    flags.DEFINE_string(
        "task",
        "cifar10(image_size=16, batch_size=64, augment=False, "
        "learning_rate=0.05)",
        "Task that the weights are trained on.",
    )
    flags.DEFINE_string("evaluator", "shared", "Evaluator.")
    flags.DEFINE_multi_string(
        "strategy",
        ["reinforce", "random_search", "regularized_evolution"],
        "Strategies, each given by a flag of its own.",
    )
    flags.DEFINE_string(
        "name", None, "Name of the runs, with a single strategy. Default: its."
    )
    flags.DEFINE_integer("seeds", 3, "Number of seeds.", lower_bound=1)
    flags.DEFINE_integer("first_seed", 0, "The first of them.", lower_bound=0)
    flags.DEFINE_integer("children", 1000, "Judgements of a search.")
    flags.DEFINE_integer("cells", 300, "Random cells to rank.", lower_bound=10)
    flags.DEFINE_string(
        "run_dir", "runs/shared_weights", "Directory of the runs."
    )
    flags.mark_flag_as_required("table")


def main():
    scores = read_table(FLAGS.table)
    found = []
    for seed in range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds):
        for strategy in FLAGS.strategy:
            name = FLAGS.name or strategy.partition("(")[0]
            folder = pathlib.Path(FLAGS.run_dir) / f"{name}_{seed}"
            found.append(
                measured(
                    folder,
                    scores,
                    FLAGS.cells,
                    space=FLAGS.space,
                    task=FLAGS.task,
                    evaluator=FLAGS.evaluator,
                    strategy=strategy,
                    seed=seed,
                    max_children=FLAGS.children,
                )
            )
            print(json.dumps(found[-1]), flush=True)
    print()
    print(text(found))


def read_table(path):
    """Returns a dict from a cell's digits to its test accuracy in percent."""
    unzip = gzip.open if path.endswith(".gz") else open
    with unzip(path, "rt", encoding="utf-8", newline="") as file:
        return {row[KEY]: float(row[TEST]) for row in csv.DictReader(file)}


def measured(folder, scores, cells, **arguments):
    """Returns figures of one search, which is run unless it has been.

    Args:
        folder: `pathlib.Path` of its run directory.
        scores: See `read_table`.
        cells: Number of random cells.
        **arguments: Those of `run_search`.
    """
    ranking = folder / RANKING
    if not ranking.exists():
        # Cells are ranked when a search ends, with the weights it has then.
        # Where cells are trained one by one, there is nothing to rank by.
        folder.mkdir(parents=True, exist_ok=True)
        (folder / journal.DERIVED).unlink(missing_ok=True)
        lines = [f"--{name}={value}" for name, value in arguments.items()]
        watch = Ranking(scores, cells, [f"--run_dir={folder}", *lines])
        timer, began = clock.Timer(), time.process_time()
        archive = run_search(run_dir=folder, observers=[watch], **arguments)
        space = registry.make("spaces", arguments["space"])
        best = archive.best(100)
        keys = [space.key(trial.proposal.actions) for trial in best]
        last = archive.trials[-100:]
        write_json(
            ranking,
            {
                "strategy": arguments["strategy"],
                "seed": arguments["seed"],
                **watch.figures,
                "derived": scores[keys[0]],
                "derived_cell": keys[0],
                "mean_of_5": float(np.mean([scores[k] for k in keys[:5]])),
                "best_of_5": max(scores[k] for k in keys[:5]),
                "distinct_of_last_100": len({t.proposal.actions for t in last}),
                "judgements": len(archive.trials),
                "seconds": round(timer.seconds, 1),
                "processor_seconds": round(time.process_time() - began, 1),
            },
        )
    return read_json(ranking)


class Ranking(Observer):
    """Ranks random cells by the weights that a search ends with.

    Args:
        scores: See `read_table`.
        cells: Number of cells.
        lines: Those of the run's flags.txt.
    """

    def __init__(self, scores, cells, lines):
        self._scores = scores
        self._cells = cells
        self._lines = lines
        self.figures = {}

    def on_start(self, archive, rule):
        # So `nas_tf.search` can go on with it, and reports know what it is.
        flagfile.write(archive.run_dir / flagfile.FILE, self._lines)

    def on_ready(self, archive, search):
        self._search = search

    def on_derived(self, archive):
        self.figures = ranked(self._search, self._scores, self._cells)


def ranked(search, scores, count):
    """Returns rank correlations of judgements and test accuracies.

    Args:
        search: `SearchRun` that has ended.
        scores: See `read_table`.
        count: Number of different random cells, the same for every search.
    """
    space, task, evaluator = search.space, search.task, search.evaluator
    keys = sorted(scores)
    chosen = generator(0, "cells").permutation(len(keys))[:count]
    rows = [tuple(map(int, keys[number])) for number in chosen]
    truth = np.array([scores[space.key(row)] for row in rows])
    began = time.process_time()
    minibatch = [evaluator.evaluate(space, task, row, 0) for row in rows]
    cost = (time.process_time() - began) / count
    larger = [evaluator.judge(space, task, row, whole=False) for row in rows]
    params = np.array([result.params for result in minibatch])
    top = truth >= np.quantile(truth, 1 - BEST_SHARE)
    figures = {"processor_seconds_per_judgement": round(cost, 5)}
    for name, results in {"minibatch": minibatch, "larger": larger}.items():
        loss = -np.array([r.metrics["val_loss"] for r in results])
        accuracy = np.array([r.metrics["val_accuracy"] for r in results])
        figures |= {
            f"{name}_loss": spearman(loss, truth),
            f"{name}_loss_best_fifth": spearman(loss[top], truth[top]),
            f"{name}_loss_given_params": partial(loss, truth, params),
            f"{name}_accuracy": spearman(accuracy, truth),
            f"{name}_accuracy_best_fifth": spearman(accuracy[top], truth[top]),
            f"{name}_accuracy_given_params": partial(accuracy, truth, params),
        }
    figures["params"] = spearman(params, truth)
    figures["params_best_fifth"] = spearman(params[top], truth[top])
    return figures


def spearman(x, y):
    """Returns Spearman's rank correlation."""
    return float(stats.spearmanr(x, y)[0])


def partial(x, y, given):
    """Returns the rank correlation of x and y given a third quantity."""
    ranks = [stats.rankdata(values) for values in (x, y, given)]
    (_, xy, xz), (_, _, yz), _ = np.corrcoef(ranks)
    return float((xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2)))


COLUMNS = {
    "loss, 64": "minibatch_loss",
    "accuracy, 64": "minibatch_accuracy",
    "loss, 512": "larger_loss",
    "best fifth": "larger_loss_best_fifth",
    "given parameters": "larger_loss_given_params",
    "parameters alone": "params",
    "derived": "derived",
    "best of 5": "best_of_5",
    "distinct": "distinct_of_last_100",
    "processor s": "processor_seconds",
}


def text(found):
    """Returns a table with a line for each search."""
    lines = [("strategy", "seed", *COLUMNS)]
    for figures in found:
        # Where no weights are shared, there are no ranks.
        values = [_shown(figures.get(name)) for name in COLUMNS.values()]
        lines.append((figures["strategy"], str(figures["seed"]), *values))
    return layout_table(lines)


def _shown(value):
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    common.run(main, define_flags)
