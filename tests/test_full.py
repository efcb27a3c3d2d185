"""The full recipes: what they are, and that they go on after a break."""

import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from experiments.full import parts
from experiments.full import recipes
from experiments.full import speed
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.train import architectures
from nas_tf.train import plan as plans
from tests import forked
from tests import full_training
from tests.backends import BACKEND

ROOT = pathlib.Path(__file__).parent.parent
SHORT = "_short"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder with little data of the form of the published files."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    pictures = folder / "cifar-10-batches-bin"
    pictures.mkdir()
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        records = rng.integers(0, 256, (520, 3073), np.uint8)
        records[:, 0] %= 10
        (pictures / f"{name}.bin").write_bytes(records.tobytes())
    (folder / "ptb").mkdir()
    words = [f"w{number}" for number in range(600)]
    for split, lines in (("train", 2200), ("valid", 250), ("test", 40)):
        text = "".join(
            f" {' '.join(rng.choice(words, 10))} \n" for _ in range(lines)
        )
        (folder / "ptb" / f"ptb.{split}.txt").write_text(text)
    return folder


@pytest.mark.parametrize("scale", recipes.SCALES)
@pytest.mark.parametrize("name", recipes.recipes())
def test_recipes_are_complete(name, scale, data_dir, tmp_path):
    recipe = recipes.find(name)
    flags = recipe.flags(scale, tmp_path / "out", str(data_dir))
    plan = plans.make(**{k: v for k, v in flags.items() if k != "output"})
    plan.check()
    assert recipe.is_short == name.endswith(SHORT)
    if scale == "small":
        assert plan.epochs == 3
        return
    whole = {"nasnet": 600, "nascel": 39, "lstm_2": 39}.get(name[:6], 300)
    assert plan.epochs == (45 if recipe.is_short else whole)
    params = plan.space.cost(plan.candidates[0].spec, plan.task).params
    # nas_conv_v1, NASNet-A, ResNet-20 and -32, and texts of 25 million.
    wanted = {
        "nas_conv": 4.2e6,
        "nasnet_a": 3.3e6,
        "resnet20": 0.27e6,
        "resnet32": 0.47e6,
    }.get(name[:8], 25e6)
    assert params == pytest.approx(wanted, rel=0.03)


def test_operations_of_a_step(data_dir, tmp_path):
    """By hand for ResNet-20: 41 million multiply-adds for a picture."""
    flags = recipes.find("resnet20").flags("full", tmp_path, str(data_dir))
    found = architectures.find(flags["architecture"], flags["space"])
    task = registry.make("tasks", flags["task"])
    [(_, spec)] = found.specs
    flops = speed.flops_of_step(found.space, task, spec)
    assert flops == pytest.approx(6 * 64 * 41e6, rel=0.02)


@pytest.mark.parametrize("size", [10, 100_000])
def test_parts_are_joined_to_what_was_split(tmp_path, monkeypatch, size):
    monkeypatch.setattr(parts, "MOST_BYTES", 4000)
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    content = np.random.default_rng(0).bytes(size)
    (folder / "inner" / "state").write_bytes(content)
    (folder / "lock").write_text("")
    there = tmp_path / "parts"
    count = parts.split(folder, there, ("lock",), progress=[1, 2])
    sizes = [path.stat().st_size for path in there.glob("part_*")]
    assert len(sizes) == count >= size / 4000 and max(sizes) <= 4000
    assert parts.facts_of(there)["progress"] == [1, 2]
    parts.join(there, tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["inner"]
    assert (tmp_path / "new" / "inner" / "state").read_bytes() == content

    last = there / f"part_{count - 1:02}"
    last.write_bytes(last.read_bytes()[:-1] + b"?")
    with pytest.raises(UsageError, match="another file"):
        parts.join(there, tmp_path / "other")
    last.unlink()
    with pytest.raises(UsageError, match="is missing"):
        parts.join(there, tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(BACKEND != "tensorflow", reason="its forks have TensorFlow")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Expected one recipe of nas_conv_v1, resnet20"),
        (("nonesuch", "--data_dir=."), "Received: nonesuch"),
        (("resnet20",), "Expected --data_dir, the folder with cifar-10"),
        (("resnet20", "--data_dir=docs"), "which has none of them"),
        (("resnet20", "--data_dir=docs", "--measure"), "KERAS_BACKEND=jax"),
    ],
)
def test_mistakes_are_one_line(arguments, message, tmp_path):
    environment = {k: v for k, v in os.environ.items() if k[:6] != "NAS_TF"}
    done = forked.command(
        *("experiments.full", *arguments, f"--folder={tmp_path}"),
        env=environment,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and message in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_recipe_goes_on_within_an_epoch(backend, data_dir, tmp_path):
    name = "lstm_25m"
    if backend == BACKEND:
        found = full_training.histories(name, tmp_path, data_dir)
    elif importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    else:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.full_training"),
                *(name, str(tmp_path), str(data_dir)),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "KERAS_BACKEND": backend,
                # Each start compiles what the one before has compiled.
                "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled"),
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
    # JAX has taken two of the six steps in a call.
    steps = 2 * full_training.BREAKS[0] if backend == "jax" else 2
    assert list(found["stopped"][0]) == [0, steps]
    assert len(found["stopped"]) == 2
    for key, values in found["whole"].items():
        np.testing.assert_allclose(found["parts"][key], values, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(BACKEND != "tensorflow", reason="its forks have TensorFlow")
def test_a_killed_recipe_is_carried_to_another_folder(data_dir, tmp_path):
    def start(folder, *flags):
        return forked.Command(
            *("experiments.full", "resnet20", "--scale=small"),
            *(f"--data_dir={data_dir}", f"--folder={tmp_path / folder}"),
            *flags,
        )

    there = f"--parts={tmp_path / 'parts'}"
    first = start("one", there)
    state = tmp_path / "one" / "small" / "resnet20" / "training" / "state.npz"
    while first.poll() is None and not state.exists():
        time.sleep(0.02)
    first.send_signal(signal.SIGUSR1)
    out, error = first.communicate(timeout=120)
    assert first.returncode == 75, error
    assert "Left the state after" in out
    sizes = [p.stat().st_size for p in (tmp_path / "parts").rglob("part_*")]
    assert sizes and max(sizes) <= 16e6

    second = start("two", there)
    out, error = second.communicate(timeout=120)
    assert second.returncode == 0, error
    assert "Took the state after" in out and "Continuing after" in out
    folder = tmp_path / "two" / "small" / "resnet20"
    assert len(read_json(folder / "training" / "history.json")["loss"]) == 3
    assert (folder / "model" / "model_card.json").is_file()
