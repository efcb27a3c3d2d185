"""Do weights that all cells of NAS-Bench-201 share rank them?"""

import os
import pathlib

from experiments import command
from experiments import jobs
from experiments import searches
from experiments.enas_nasbench201 import tables
from nas_tf.files import read_json

SEEDS = range(3)
SPACE = "nasbench201(channels=8, cells=1)"
TASK = "cifar10(image_size=16, batch_size=64, augment=False, learning_rate=0.05"
SHARED = "shared(update_rule='adam', steps=8000, steps_per_phase=500)"
# A step of a mixture takes as long as four others. Rewards teach DARTS nothing,
# so its weights are trained between fewer of them.
MIXTURE = (
    "shared(update_rule='adam', sampling='mixture', steps={}, "
    "steps_per_phase={}, batches_per_phase=1, derive=20)"
)
# As many cells, each trained by itself for an epoch, as take about as long.
FROM_SCRATCH = 24
ALONE = "standalone"
SEARCHES = {
    "reinforce": (searches.PLAIN, SHARED, 1000),
    "random_search": ("random_search", SHARED, 1000),
    "regularized_evolution": ("regularized_evolution", SHARED, 1000),
    "darts": ("darts", MIXTURE.format(2000, 125), 100),
    # A step of second order takes as long as two and a half of first order.
    "second_order_darts": (
        "darts(inner_rate=0.025)",
        MIXTURE.format(800, 50),
        100,
    ),
    "from_scratch": ("random_search", ALONE, FROM_SCRATCH),
}


class Ranking(jobs.Job):
    """A search whose cells are looked up in the table at the end."""

    @property
    def ranking(self):
        return self.folder / "ranking.json"

    def share_done(self):
        return int(self.ranking.exists())

    def flags_of_run(self):
        """Returns the benchmark's flags by those of the search that it ran."""
        found = super().flags_of_run()
        same = ("space", "task", "evaluator", "strategy")
        return {
            **{name: str(value) for name, value in self.flags.items()},
            **{name: found[name] for name in same},
            "children": found["max_children"],
            "first_seed": found["seed"],
        }

    def read(self):
        """Returns what `benchmarks.shared_weights` found."""
        return read_json(self.ranking)


def _searches(folder):
    return [
        Ranking(
            folder / "runs" / f"{name}_{seed}",
            "benchmarks.shared_weights",
            {
                "table": _table(),
                "space": SPACE,
                "task": f"{TASK})" if shared else f"{TASK}, epochs=1)",
                "evaluator": evaluator,
                "strategy": strategy,
                "name": name,
                "children": children,
                "seeds": 1,
                "first_seed": seed,
                "run_dir": jobs.shown(folder / "runs"),
            },
        )
        # All of a seed first, so that there is soon one of each.
        for seed in SEEDS
        for name, (strategy, evaluator, children) in SEARCHES.items()
        for shared in [evaluator != ALONE]
    ]


def _table():
    data = os.environ.get("NAS_TF_DATA_DIR", "")
    return str(pathlib.Path(data) / "nasbench201" / "nasbench201.csv.gz")


def stages(folder):
    yield _searches(folder)


def report(folder):
    tables.write(folder, _searches(folder))


if __name__ == "__main__":
    command.run("enas_nasbench201", stages, report, partly=True)
