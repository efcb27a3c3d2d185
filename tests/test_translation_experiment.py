"""The experiment of translation: equal compute, a page of unfinished runs."""

import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from experiments.translation import comparisons
from experiments.translation import tables
from experiments.translation import trainings
from experiments.translation.scales import CELLS
from experiments.translation.scales import SCALES
from nas_tf import registry
from nas_tf.train import architectures

ROOT = pathlib.Path(__file__).parent.parent
SMALL = dataclasses.replace(
    SCALES["small"], cells=tuple(CELLS), dropouts=(0.2, 0.4), seeds=(0, 1)
)


@pytest.fixture(autouse=True)
def in_root(monkeypatch, tmp_path_factory):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path_factory.getbasetemp()))


def test_cells_are_compared_at_equal_compute():
    scale = dataclasses.replace(
        SMALL, skeleton=SMALL.skeleton.replace("units=8", "units=128")
    )
    costs = {}
    for cell in scale.cells:
        given = scale.flags(cell, scale.recipes()[1])
        found = architectures.find(given["architecture"], given["space"])
        [(_, spec)] = found.specs
        assert found.space.network.dropout == 0.4
        task = registry.make("tasks", given["task"])
        assert task.learning_rate == 0.003
        costs[cell] = found.space.cost(spec, task).multiply_adds
    assert max(costs.values()) / min(costs.values()) < 1.02, costs


def finish(job, perplexity, lines, bleu):
    """Leaves what a finished training does, with figures of its own."""
    job.card.parent.mkdir(parents=True)
    score = {"value": bleu, "signature": "nrefs:1|case:mixed"}
    card = {
        "parameters": 1234,
        "multiply_adds": 567,
        "valid": {"perplexity": perplexity},
        "test": {"perplexity": perplexity + 1},
        "further": {"BLEU": score, "BLEU, lower-cased": score},
    }
    job.card.write_text(json.dumps(card))
    job.written.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def test_page_is_of_the_runs_that_are_finished(tmp_path):
    shutil.copy(ROOT / "experiments" / "translation" / "README.md", tmp_path)
    first, second = SMALL.recipes()
    jobs = {
        (cell, recipe): trainings.training(tmp_path, SMALL, cell, recipe, 0)
        for cell in ("lstm", "gru")
        for recipe in (first, second)
    }
    task = registry.make("tasks", jobs["lstm", first].flags["task"])
    _, right = task.lines("test")
    worse = [line.rsplit(" ", 1)[0] for line in right]
    finish(jobs["lstm", first], 9.5, worse, 50.25)
    finish(jobs["lstm", second], 9.0, worse, 51.25)
    finish(jobs["gru", first], 8.0, right, 99.75)
    assert trainings.chosen(tmp_path, SMALL, "lstm") == second
    assert trainings.chosen(tmp_path, SMALL, "own") is None

    tables.write(tmp_path, SMALL)
    page = (tmp_path / "README.md").read_text("utf-8")
    assert "Finished: 3 of 15 trainings." in page
    assert "| LSTM | 9.50 | 9.00 |" in page
    assert "| GRU | 8.00 | not run |" in page
    recipe = "rate 0.003, dropout 0.4, outputs as they are"
    row = f"| LSTM | 1,234 | 567 | {recipe} | 1 | 9.00 | 10.00 |"
    assert f"{row} 51.25 | 51.25 | not run |" in page
    assert "| **GRU** | all | +48.50 |  |" in page
    [row] = comparisons.read(tmp_path)
    assert row["cell"] == "gru" and row["p"] < 0.01
    assert 0 < row["difference"] < 100
    assert f"| GRU | 0 | {row['difference']:+.2f} |" in page

    # Without the data a page is made of what was compared before.
    jobs["lstm", second].written.write_text("")
    tables.write(tmp_path, SMALL)
    assert (tmp_path / "README.md").read_text("utf-8") == page
    # Equal translations differ by nothing.
    same = comparisons.bootstrap(jobs["gru", first], jobs["gru", first])
    assert same == {"difference": 0.0, "p": 1.0}


def test_a_trial_does_not_change_the_published_page():
    done = subprocess.run(
        [sys.executable, "-m", "experiments.translation", "--scale=small"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Expected --folder" in done.stderr
    assert "Traceback" not in done.stderr
