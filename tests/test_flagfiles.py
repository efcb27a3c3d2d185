"""Every flagfile starts a valid run."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import types

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.specs.choices import Choices
from nas_tf.specs.tree import NAS_CELL
from nas_tf.train import architectures
from nas_tf.train import candidates
from tests import forked

ROOT = pathlib.Path(__file__).parent.parent
FILES = sorted((ROOT / "flags").glob("*.flags"))
TRAININGS = [path for path in FILES if path.stem.endswith("_train")]
SEARCHES = [path for path in FILES if path not in TRAININGS]
PAPER = [path for path in SEARCHES if re.search(r"_v\d_", path.name)]


def each_of(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda p: p.stem)


def read(path):
    """Returns a flagfile's flags, those of an included one first."""
    flags = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            continue
        name, value = line[2:].split("=", 1)
        flags.update(
            read(ROOT / value) if name == "flagfile" else {name: value}
        )
    return flags


@each_of(SEARCHES)
def test_parts_can_be_made(path):
    flags = read(path)
    space = registry.make("spaces", flags["space"])
    registry.make("tasks", flags["task"])
    registry.make("strategies", flags["strategy"])
    if "evaluator" in flags:
        registry.make("evaluators", flags["evaluator"])
    assert space.decisions
    assert int(flags["max_children"]) > 0
    assert flags["run_dir"].startswith("runs/")


@each_of(FILES)
def test_header_says_source_command_and_what_to_expect(path):
    header = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    ]
    text = " ".join(line.lstrip("# ").rstrip("\\ ") for line in header)
    source = r"(Zoph & Le 2017|(Zoph|Bello|Pham) et al\. 201[78].*), section"
    assert re.search(source, text)
    assert f"--flagfile=flags/{path.name}" in text
    assert re.search(r"Expected: [a-z0-9]", text)
    module = "train" if path in TRAININGS else "search"
    assert f"Command:  python -m nas_tf.{module} " in text


@each_of(TRAININGS)
def test_trainings_fit_their_architectures(path):
    """Those of a run are tried on the first architecture of its space."""
    flags = read(path)
    run = flags["architecture"]
    if run.startswith("runs/"):
        [search] = [s for s in map(read, SEARCHES) if s["run_dir"] == run]
        space = registry.make("spaces", search["space"])
        length = space.length(10**6)
        specs = (("first", space.decode((0,) * length)),)
        space = registry.make("spaces", flags.get("space", search["space"]))
        found = architectures.Found(space, specs, search["task"])
    else:
        found = architectures.find(run, flags.get("space"))
        assert flags["output"].startswith("runs/")
    task = registry.make("tasks", flags.get("task", found.task))
    [candidate] = found.candidates(int(flags.get("add_filters", 0)))
    cells = candidates.grid(flags["grid"]) if "grid" in flags else [()]
    for options in cells:
        changed = dataclasses.replace(candidate, options=options)
        changed.applied(found.space, task.in_full(2))


def test_the_papers_language_models():
    for size, shared in ((25, True), (32, False), (54, True)):
        flags = read(ROOT / "flags" / f"ptb_nascell_{size}m_train.flags")
        space = registry.make("spaces", flags["space"])
        assert space.network.shared_embeddings is shared
        words = types.SimpleNamespace(num_outputs=10_000)
        cost = space.cost(NAS_CELL, words)
        assert abs(cost.params / (size * 1e6) - 1) < 0.001


def test_language_models_of_characters_are_of_one_size():
    # Penn Treebank has 50 characters.
    characters = types.SimpleNamespace(num_outputs=50)
    lstm = Choices(("cell",), ("lstm",))
    for scale, size in (("", 16_280_000), ("_small", 200_000)):
        for cell, spec in (("nascell", NAS_CELL), ("lstm", lstm)):
            name = f"ptb_character_{cell}{scale}_train.flags"
            flags = read(ROOT / "flags" / name)
            space = registry.make("spaces", flags["space"])
            cost = space.cost(spec, characters)
            assert abs(cost.params / size - 1) < 0.01
            if not scale:
                task = registry.make("tasks", flags["task"])
                # 5,017,482 characters to train on, 600,000 steps.
                window = task.batch_size * task.steps
                assert 600e3 <= task.epochs * (5_017_482 // window) < 602e3


def test_the_papers_largest_network():
    flags = read(ROOT / "flags" / "cifar10_conv_v3_filters_train.flags")
    assert flags["add_filters"] == "40"
    assert flags["architecture"] == "runs/cifar10_v3"


def test_the_papers_three_networks():
    assert len(PAPER) == 3
    for path, decisions, layers in zip(PAPER, (60, 120, 52), (15, 20, 39)):
        flags = read(path)
        space = registry.make("spaces", flags["space"])
        assert len(space.decisions) == decisions
        assert len(space.decode((0,) * decisions).layers) == layers
        task = registry.make("tasks", flags["task"])
        assert (task.epochs, task.learning_rate) == (50, 0.1)
        assert (task.momentum, task.weight_decay) == (0.9, 1e-4)
        strategy = registry.make("strategies", flags["strategy"])
        assert strategy.learning_rate == 0.0006


@pytest.mark.parametrize(
    "name, params, multiply_adds, rate",
    [
        ("mobile", 5_289_978, 564e6, 0.04 * 50),
        ("large", 88_753_150, 23.8e9, 0.015 * 100),
    ],
)
def test_the_papers_networks_for_imagenet(name, params, multiply_adds, rate):
    flags = read(ROOT / "flags" / f"imagenet_nasnet_a_{name}_train.flags")
    task = registry.make("tasks", flags["task"])
    found = architectures.find(flags["architecture"], flags.get("space"))
    [(_, spec)] = found.specs
    side = task.image_size
    cost = found.space.cost(
        spec,
        types.SimpleNamespace(input_shape=(side, side, 3), num_outputs=1000),
    )
    assert cost.params == params
    assert cost.multiply_adds == pytest.approx(multiply_adds, rel=0.01)
    assert task.learning_rate == pytest.approx(rate)
    # 250,000 steps of 1,600 pictures each.
    steps = task.epochs * 1_281_167 / task.batch_size
    assert steps == pytest.approx(250_000, rel=0.01)
    assert (task.update_rule, task.momentum, task.rho) == ("rmsprop", 0.9, 0.9)
    assert (task.decay_rate, task.decay_epochs) == (0.97, 2.4)


@pytest.mark.real_data
@pytest.mark.skipif(
    "NAS_TF_DATA_DIR" not in os.environ, reason="needs NAS_TF_DATA_DIR"
)
@pytest.mark.parametrize("path", PAPER, ids=lambda p: p.stem)
def test_the_first_child_starts_training(path, monkeypatch):
    monkeypatch.setenv(
        "TFDS_DATA_DIR",
        str(pathlib.Path(os.environ["NAS_TF_DATA_DIR"]) / "tfds"),
    )
    from nas_tf.training import fit as training

    flags = read(path)
    space = registry.make("spaces", flags["space"])
    task = registry.make("tasks", flags["task"])
    strategy = registry.make("strategies", "random_search")
    strategy.start(space, 0)
    [sample] = strategy.propose(1, space.length(0), seed=0)
    model = space.build(space.decode(sample.actions), task)
    batches = task.batches("train", 0, 0)
    first_two = [next(batches), next(batches)]
    history = training.fit(
        model,
        task.lesson(),
        optimizer=task.optimizer(),
        batches=lambda epoch: first_two,
        num_epochs=1,
        weight_decay=task.weight_decay,
    )
    assert np.isfinite(history["loss"][0])


@pytest.mark.real_data
@pytest.mark.skipif(
    "NAS_TF_DATA_DIR" not in os.environ, reason="needs NAS_TF_DATA_DIR"
)
def test_the_small_search_runs_on_real_pictures(tmp_path):
    folder = os.path.join(os.environ["NAS_TF_DATA_DIR"], "tfds")
    done = forked.command(
        "nas_tf.search",
        "--flagfile=flags/cifar10_conv_reinforce_small.flags",
        f"--run_dir={tmp_path}",
        "--max_children=2",
        env={**os.environ, "TFDS_DATA_DIR": folder},
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "trials.jsonl").read_text().splitlines()
    trials = [json.loads(line) for line in lines]
    assert [trial["status"] for trial in trials] == ["ok"] * 2
    # Ten classes: far above chance for 1,000 images.
    assert max(t["metrics"]["val_accuracy"] for t in trials) > 0.2
    log = done.stderr.replace("\r", "\n").splitlines()
    assert all("child" in line for line in log if line.strip()), done.stderr


def test_the_papers_search_for_a_cell():
    for name, size in (("ptb", (2, 4)), ("ptb_enlarged", (3, 5))):
        flags = read(ROOT / "flags" / f"{name}_tree_reinforce.flags")
        space = registry.make("spaces", flags["space"])
        assert (space.base, space.network.num_layers) == (8, 2)
        assert (len(space.combinations), len(space.activations)) == size
        assert len(space.decisions) == 34
        assert space.network.params == 20_000_000
        task = registry.make("tasks", flags["task"])
        assert (task.epochs, task.reward_scale) == (35, 80)
        strategy = registry.make("strategies", flags["strategy"])
        assert (strategy.learning_rate, strategy.accumulate) == (0.0005, 10)
        assert flags["children_per_replica"] == "1"


def command(*arguments, **options):
    """Returns what a command prints."""
    done = forked.command(*arguments, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def search(flagfile, run_dir, max_children=2, cwd=ROOT):
    """Searches with a few children; returns their lines of the journal."""
    printed = command(
        "nas_tf.search",
        f"--flagfile={ROOT / 'flags' / flagfile}",
        f"--run_dir={run_dir}",
        f"--max_children={max_children}",
        cwd=cwd,
    )
    assert "perplexity" in printed
    lines = (run_dir / "trials.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


# A child of 15 s, and its training.
@pytest.mark.slow
def test_the_quickstart_for_text_runs(tmp_path):
    trials = search("pydoc_tree_reinforce.flags", tmp_path, max_children=1)
    [trial] = trials
    assert trial["params"] == 73_322
    # A model of how frequent words are, and no more, has a perplexity of 164.
    assert trial["reward"] > 80 / 164**2
    assert (tmp_path / "best" / "architecture.png").stat().st_size > 10_000

    printed = command(
        "nas_tf.train", f"--architecture={tmp_path}", "--epochs=1"
    )
    [told] = re.findall(r"test perplexity ([0-9.]+)", printed)
    lines = registry.make("tasks", "pydoc_topics").read("test")
    text = tmp_path / "test.txt"
    text.write_text("\n".join([*lines, ""]), encoding="utf-8")
    script = tmp_path / "trained" / "model" / "predict.py"
    again = subprocess.run(
        [sys.executable, script, text],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"perplexity {told};" in again.stdout


@pytest.mark.real_data
@pytest.mark.skipif(
    "NAS_TF_DATA_DIR" not in os.environ, reason="needs NAS_TF_DATA_DIR"
)
def test_the_small_search_runs_on_real_words(tmp_path):
    trials = search(
        "ptb_tree_reinforce_small.flags",
        tmp_path / "run",
        cwd=os.environ["NAS_TF_DATA_DIR"],
    )
    assert len(trials) == 2
    assert any(trial["status"] == "ok" for trial in trials)
