"""The command `nas_tf.train`, from a run to the exported files."""

import contextlib
import json
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from nas_tf import registry
from nas_tf.runs import flagfile
from nas_tf.runs import spec_file
from nas_tf.train import plan as plans
from tests import exposure
from tests.forked import Command
from tests.forked import command

SEARCH = (
    "nas_tf.search",
    "--space=conv(num_layers=2, num_filters=(4, 8))",
    "--task=digits(epochs=1)",
    "--strategy=random_search",
    "--executor=inline",
    "--max_children=2",
    "--children_per_replica=2",
)
# This package is not imported: exported files do not need it.
OPENED_ELSEWHERE = """
import sys
import keras, numpy, tensorflow as tf
images = numpy.load(sys.argv[2])
model = keras.models.load_model(sys.argv[1] + "/model.keras")
served = tf.saved_model.load(sys.argv[1] + "/saved_model")
assert "nas_tf" not in sys.modules
numpy.savez(sys.argv[3], keras=model.predict(images, verbose=0),
            served=served.serve(images))
"""
TRANSLATOR = (
    "--architecture=lstm",
    "--space=recurrent(skeleton='translator(units=8, num_encoder_layers=1, "
    "num_decoder_layers=1, dropout=0.2)')",
    "--task=grammar_translation(num_subwords=100, batch_size=32, "
    "train_pairs=500, valid_pairs=32, num_buckets=1, beam_width=2)",
)
LANGUAGE_MODEL = (
    "--architecture=nascell",
    "--space=tree(units=24, num_layers=1, embedding_dropout=0.1, "
    "input_dropout=0.2, recurrent_dropout=0.2, output_dropout=0.2)",
    "--task=pydoc_topics(train_tokens=10500, valid_tokens=2000)",
)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "digits"
    done = command(*SEARCH, f"--run_dir={folder}")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def trained(run_dir):
    """Runs all stages; returns the output."""
    done = command(
        "nas_tf.train",
        f"--architecture={run_dir}",
        "--top_k=2",
        "--grid=grid(learning_rate=(0.05, 0.1))",
        "--executor=inline",
        "--trial_epochs=1",
        "--epochs=3",
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
def test_the_winner_is_trained_in_stages(trained, run_dir):
    out = trained.stdout
    assert "Training 2 architectures, 1 epochs each." in out
    assert "Training 2 recipes, 1 epochs each." in out
    assert re.search(
        r"Training for 3 epochs: trial \d, reward 0\.\d+, "
        r"learning_rate=0\.(05|1)\n",
        out,
    )
    lines = trained.stderr.replace("\r", "\n").splitlines()
    # Nothing but bars: TensorFlow does not complain of tracings either.
    told = re.compile(r"\d+/\d+ (children|epochs) in |[A-Z].* child takes ")
    assert all(told.match(line) for line in lines), trained.stderr
    folder = run_dir / "trained"
    assert {path.name for path in folder.iterdir()} == {
        "architectures",
        "configuration.json",
        "events",
        "flags.txt",
        "lock",
        "model",
        "recipes",
        "training",
    }
    assert {path.name for path in (folder / "model").iterdir()} == {
        "architecture.png",
        "class_names.txt",
        "model.keras",
        "model_card.json",
        "model_card.md",
        "picture_values.py",
        "predict.py",
        "saved_model",
        "spec.json",
    }
    for stage in ("architectures", "recipes"):
        lines = (folder / stage / "trials.jsonl").read_text().splitlines()
        assert [json.loads(line)["status"] for line in lines] == ["ok"] * 2
        assert list((folder / stage / "states").iterdir()) == []


@pytest.mark.slow
def test_the_best_of_each_stage_goes_on(trained, run_dir):
    folder = run_dir / "trained"

    def best(stage):
        lines = (folder / stage / "trials.jsonl").read_text().splitlines()
        return max(map(json.loads, lines), key=lambda t: t["reward"])["spec"]

    card = json.loads((folder / "model" / "model_card.json").read_text())
    _, spec = spec_file.read(folder / "model" / "spec.json")
    assert best("recipes")["spec"] == best("architectures")["spec"] == spec
    rate = best("recipes")["options"]["learning_rate"]
    _, options = registry.parse_call(card["task"])
    assert options["learning_rate"] == rate


@pytest.mark.slow
def test_what_is_printed_is_what_elsewhere_comes_out(
    trained, run_dir, tmp_path
):
    from nas_tf.tasks.digits import Digits

    folder = run_dir / "trained" / "model"
    card = json.loads((folder / "model_card.json").read_text())
    images, labels = Digits().raw("test")
    np.save(tmp_path / "images.npy", images)
    done = subprocess.run(
        [
            *(sys.executable, "-c", OPENED_ELSEWHERE, str(folder)),
            *(tmp_path / "images.npy", tmp_path / "out.npz"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "out.npz") as out:
        for probabilities in out.values():
            accuracy = (probabilities.argmax(1) == labels).mean()
            assert abs(accuracy - card["test"]["accuracy"]) < 1e-6
    told = f"{card['test']['accuracy']:.2%}"
    assert f"test accuracy {told}" in trained.stdout
    for name in ("model.keras", "saved_model"):
        line = f"{folder / name}, loaded in a new process: {told}"
        assert line in trained.stdout
    assert card["reloaded"] == ["model.keras", "saved_model"]


@pytest.mark.slow
def test_the_card_says_how_it_came_about(trained, run_dir):
    folder = run_dir / "trained"
    card = json.loads((folder / "model" / "model_card.json").read_text())
    history = json.loads((folder / "training" / "history.json").read_text())
    assert card["epochs"] == len(history["val_accuracy"]) == 3
    assert card["best_epoch"] == history["val_accuracy"].index(
        max(history["val_accuracy"])
    )
    # Batches differ from those in training, so the last digits may differ.
    assert np.isclose(
        card["valid"]["accuracy"], max(history["val_accuracy"]), atol=1e-6
    )
    assert card["seed"] == 0
    assert card["training_seconds"] > 0
    assert card["parameters"] > 0 and card["multiply_adds"] > 0
    text = (folder / "model" / "model_card.md").read_text()
    assert f"| test accuracy | {card['test']['accuracy']:.6g} |" in text
    assert f"| trainable parameters | {card['parameters']:,} |" in text


@pytest.mark.slow
def test_the_same_command_again_trains_nothing(trained, run_dir):
    before = (run_dir / "trained" / "training" / "history.json").read_bytes()
    done = command("nas_tf.train", f"--flagfile={run_dir}/trained/flags.txt")
    assert done.returncode == 0, done.stderr
    assert "Continuing after 3 epochs." in done.stdout
    after = (run_dir / "trained" / "training" / "history.json").read_bytes()
    assert after == before


@pytest.mark.slow
def test_a_moved_run_keeps_its_training(trained, run_dir, tmp_path):
    shutil.copytree(run_dir, tmp_path / "copy")
    flags = f"--flagfile={tmp_path}/copy/trained/flags.txt"
    done = command("nas_tf.train", flags)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == (
        f"Continuing the training in {tmp_path}/copy/trained, where the "
        f"flagfile lies. It was written for {run_dir}/trained."
    )
    assert "Continuing after 3 epochs." in done.stdout
    kept = flagfile.read(tmp_path / "copy" / "trained" / "flags.txt")
    assert kept["architecture"] == f"{tmp_path}/copy"
    assert "output" not in kept


@pytest.mark.slow
def test_another_recipe_in_the_same_folder_is_refused(trained, run_dir):
    done = command("nas_tf.train", f"--architecture={run_dir}", "--epochs=4")
    assert done.returncode == 2
    assert "belongs to another configuration" in done.stderr
    assert "epochs was 3, is now 4" in done.stderr
    assert done.stderr.count("\n") == 1


def refused(*arguments):
    done = command("nas_tf.train", *arguments)
    assert done.returncode == 2, (done.stdout, done.stderr)
    *bars, last = done.stderr.splitlines()
    assert last.startswith("error: ")
    assert all("epoch" in line for line in bars if line), done.stderr
    return last


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "Expected --architecture=RUN"),
        (("--architecture=nowhere",), "Received: nowhere"),
        (("--architecture=x", "surplus"), "Expected flags only"),
        (("--architecture=nascell",), "Expected --task"),
        (
            ("--architecture=nascell", "--task=digits"),
            "Expected a task of kind language_model",
        ),
        (
            ("--architecture=nas_conv_v1", "--task=pydoc_topics"),
            "Expected a task of kind classification",
        ),
        (
            (
                *("--architecture=nascell", "--task=pydoc_topics"),
                "--add_filters=40",
            ),
            "Expected a convolutional network, to add 40 filters",
        ),
        (
            (
                *("--architecture=nas_conv_v1", "--task=digits"),
                "--grid=grid(speed=(1, 2))",
            ),
            "Unknown option 'speed' of a grid",
        ),
        (
            (
                *("--architecture=nas_conv_v1", "--task=digits"),
                "--executor=process(worker=1)",
            ),
            "Unknown argument 'worker' for executor 'process'",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(arguments, expected, tmp_path):
    flags = [f"--output={tmp_path}/out"] if arguments else []
    assert expected in refused(*arguments, *flags)
    assert list(tmp_path.iterdir()) == []


def test_runs_that_cannot_be_used_are_refused(run_dir, tmp_path):
    (tmp_path / "file").write_text("")
    error = refused(
        f"--architecture={run_dir}", f"--output={tmp_path}/file/deeper"
    )
    assert "Expected a folder that can be written" in error

    empty = tmp_path / "empty"
    empty.mkdir()
    assert "Expected a run directory" in refused(f"--architecture={empty}")

    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("trials.jsonl", "flags.txt"):
        (copy / name).write_bytes((run_dir / name).read_bytes())
    (copy / "trials.jsonl").write_bytes(b"")
    error = refused(f"--architecture={copy}")
    assert "Expected a run with a successful child" in error

    (copy / "trials.jsonl").write_bytes((run_dir / "trials.jsonl").read_bytes())
    error = refused(f"--architecture={copy}")
    assert f"{copy}/configuration.json (No such file" in error


def test_a_training_that_diverges_is_told_in_one_line(run_dir, tmp_path):
    error = refused(
        f"--architecture={run_dir}",
        f"--output={tmp_path}/out",
        "--grid=grid(learning_rate=(1e30,))",
    )
    assert "The training diverged" in error


def test_a_broken_state_is_told_in_one_line(run_dir, tmp_path):
    folder = tmp_path / "out" / "training"
    with plans.hold(plans.make(str(run_dir)), folder.parent):
        folder.mkdir()
    (folder / "state.npz").write_bytes(b"nonsense")
    error = refused(f"--architecture={run_dir}", f"--output={tmp_path}/out")
    assert "state.npz. It is broken" in error


def test_a_full_disk_is_told_in_one_line(run_dir, tmp_path):
    """The disk has room for the flags and little more."""
    done = command(
        "nas_tf.train",
        f"--architecture={run_dir}",
        f"--output={tmp_path}/out",
        "--epochs=1",
        file_size=3072,
    )
    assert done.returncode == 2, done.stderr
    [*_, last] = done.stderr.splitlines()
    assert last.startswith("error: Cannot write")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["pictures", "text", "translation"])
def test_killed_and_gone_on_is_as_never_killed(run_dir, tmp_path, kind):
    """It is ended at random moments of the grid and of the last training.

    The grid and the orderly ends are the same for all kinds, so that each is
    tried with one of them.
    """
    if kind == "pictures":
        kills = [
            (_in_the_grid, signal.SIGKILL),
            (_in_the_last_training, signal.SIGKILL),
            (_in_the_last_training, signal.SIGUSR1),
        ]
        arguments = (
            f"--architecture={run_dir}",
            "--task=digits",
            "--grid=grid(learning_rate=(0.05, 0.1))",
            *("--trial_epochs=8", "--epochs=25"),
        )
    elif kind == "translation":
        kills = [(_in_the_last_training, signal.SIGKILL)]
        arguments = (*TRANSLATOR, "--epochs=8")
    else:
        kills = [
            (_in_the_last_training, signal.SIGKILL),
            (_in_the_last_training, signal.SIGINT),
        ]
        arguments = (
            *LANGUAGE_MODEL,
            "--grid=grid(learning_rate=(0.5, 1.0))",
            *("--trial_epochs=1", "--epochs=6"),
        )
    whole = command("nas_tf.train", *arguments, f"--output={tmp_path}/whole")
    assert whole.returncode == 0, whole.stderr
    rng = random.Random(kind)
    folder = tmp_path / "parts"
    ended = []
    for moment, end in kills:
        before = _written(folder)
        process = Command("nas_tf.train", *arguments, f"--output={folder}")
        while process.poll() is None and not moment(folder, before):
            time.sleep(0.02)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.0, 1.0))
        # Nor can anybody reach it while it runs.
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(process.pid)
            own = [own, *own.children(recursive=True)]
            assert exposure.listening(own) <= exposure.LOOPBACK
        assert exposure.writable(folder) == []
        process.send_signal(end)
        ended.append(process.wait())
    last = command("nas_tf.train", *arguments, f"--output={folder}")
    assert last.returncode == 0, last.stderr
    for (_, end), code in zip(kills, ended):
        # A cluster asks by SIGUSR1, Ctrl-C by SIGINT. Either may come when all
        # is done.
        codes = {signal.SIGUSR1: (0, 75), signal.SIGINT: (0, 130)}
        assert code in codes.get(end, (-signal.SIGKILL,))

    if kind != "translation":
        assert _rewards(folder / "recipes") == pytest.approx(
            _rewards(tmp_path / "whole" / "recipes"), rel=1e-5
        )
    expected = _history(tmp_path / "whole")
    found = _history(folder)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5)
    assert (
        last.stdout.split("Best on")[1].replace("parts", "whole")
        == (whole.stdout.split("Best on")[1])
    )


def _in_the_grid(folder, before):
    """Returns whether a cell of the grid is half done, or all are done."""
    states = list((folder / "recipes" / "states").glob("*.npz"))
    return bool(states) or (folder / "training" / "state.npz").exists()


def _in_the_last_training(folder, before):
    """Returns whether it has gone on since its state was written before."""
    return _written(folder) not in (None, before)


def _written(folder):
    """Returns when the state of the last training was written, or None."""
    state = folder / "training" / "state.npz"
    return state.stat().st_mtime_ns if state.exists() else None


def _rewards(folder):
    lines = (folder / "trials.jsonl").read_text().splitlines()
    trials = map(json.loads, lines)
    return {trial["proposal_id"]: trial["reward"] for trial in trials}


def _history(folder):
    path = pathlib.Path(folder) / "training" / "history.json"
    return json.loads(path.read_text())
