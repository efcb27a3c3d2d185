"""Runs and trainings of earlier versions open in `report` and `train`.

They are those of `experiments/`, in git. A sample has one of each kind; the
slow tests go through the first seed of all of them.
"""

import pathlib
import re

import pytest

from nas_tf import registry
from nas_tf.report import run as runs
from nas_tf.report import run_page
from nas_tf.report import trained
from nas_tf.report import training_page
from nas_tf.runs import card_file
from nas_tf.runs import configuration as configurations
from nas_tf.runs import flagfile
from nas_tf.train import architectures
from nas_tf.train import plan as plans
from tests.report_runs import check_alone

ROOT = pathlib.Path(__file__).parent.parent
SAMPLE = {
    "cifar10/trained/random_0",
    "cifar10/trained/resnet_for_random_0",
    "cifar10/trained/random_0/architectures",
    "digits/runs/reinforce_0",
    "nas_conv_v1/trained/resnet",
    "ptb/trained/lstm_0",
    "ptb/trained/lstm_0/recipes",
    "ptb/trained/reinforce_0",
}


def each_of(pattern, only=lambda path: True):
    """Marks a test to run over the sample, and slowly over the others."""
    here = ROOT / "experiments"
    ends = pattern.count("/") + 1
    folders = [path.parents[ends - 1] for path in here.glob(f"**/{pattern}")]
    folders = sorted(filter(only, folders))
    # Seeds differ by numbers alone.
    first = {}
    for path in folders:
        name = str(path.relative_to(here))
        if name in SAMPLE:
            first[name] = path
        else:
            first.setdefault(re.sub(r"_\d+", "", name), path)
    folders = list(first.values())
    names = [str(path.relative_to(here)) for path in folders]
    assert any(name in SAMPLE for name in names)
    return pytest.mark.parametrize(
        "path",
        [
            pytest.param(
                path,
                id=name,
                marks=[] if name in SAMPLE else pytest.mark.slow,
            )
            for path, name in zip(folders, names)
        ],
    )


def is_search(path):
    return (path / "flags.txt").exists()


@each_of("trials.jsonl")
def test_a_run_is_reported(path):
    run = runs.read(path)
    text = run_page.make(run, runs.find_random(run), top_k=1)
    check_alone(text)
    assert "How the decisions changed" in text or not is_search(path)


@each_of("trials.jsonl", is_search)
def test_the_best_of_a_run_are_found_for_training(path):
    found = architectures.find(str(path), top_k=3)
    assert len(found.specs) == 3
    task = registry.make("tasks", found.task)
    for candidate in found.candidates():
        space, _ = candidate.applied(found.space, task.in_full(2))
        json = candidate.spec.to_json()
        assert space.read_spec(json) == candidate.spec
    best = path / "best" / "spec.json"
    if best.exists():
        assert architectures.find(str(best)).specs[0][1] == found.specs[0][1]


@each_of("training/history.json")
def test_a_training_is_reported(path):
    found = trained.read(path)
    assert found.score("test") and found.history
    if found.card["task"].startswith("translation("):
        # It is nothing without its path, which a card does not tell.
        assert found.task is None and found.measure_name == "perplexity"
    else:
        assert found.task.measure == found.measure_name
    text = training_page.make(path.name, found)
    check_alone(text)
    assert found.score("test") in text


@each_of("training/history.json")
def test_a_training_goes_on_by_its_own_flags(path, monkeypatch):
    """It is the plan that its configuration is of; nothing is trained."""
    monkeypatch.chdir(ROOT)
    flags = flagfile.read(path / "flags.txt")
    for name in ("executor", "output", "devices"):
        flags.pop(name, None)
    numbers = (
        "epochs",
        "top_k",
        "ensemble",
        "trial_epochs",
        "add_filters",
        "seed",
    )
    plan = plans.make(
        **{k: int(v) if k in numbers else v for k, v in flags.items()}
    )
    configurations.compare(path / configurations.FILE, plan.to_json())


@each_of("training/history.json")
def test_an_exported_spec_is_found_for_training(path):
    flags = flagfile.read(path / "flags.txt")
    spec = path / "model" / "spec.json"
    found = architectures.find(str(spec), flags.get("space"))
    [candidate] = found.candidates()
    card = card_file.read(path / "model" / card_file.FILE)
    assert found.space.describe(candidate.spec) == card["description"]
