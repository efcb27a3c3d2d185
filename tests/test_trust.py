"""What a file names is imported only where the user names it too."""

import importlib
import pathlib
import shutil
import sys

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from tests import forked

PAYLOAD = "import pathlib\npathlib.Path('ran').write_text('')\n"


@pytest.fixture
def folder(tmp_path):
    """A working directory with a run directory from somebody else."""
    run = tmp_path / "evil"
    run.mkdir()
    for path in (run / "__init__.py", run / "payload.py"):
        path.write_text(PAYLOAD)
    (run / "flags.txt").write_text(
        "--space=evil.payload\n--task=evil.payload(a=1)\n--run_dir=evil\n"
    )
    (run / "configuration.json").write_text(
        '{"format": 2, "space": "evil.payload", "task": "evil", "seed": 0}'
    )
    proposal = (
        '"proposal_id": 0, "batch": 0, "actions": [0], "log_prob": 0.0, '
        '"seed": 0'
    )
    (run / "proposals.jsonl").write_text(
        f'{{"batch": 0, "updates": 0, "redrawn": 0, "proposals": '
        f"[{{{proposal}}}]}}\n"
    )
    (run / "trials.jsonl").write_text(
        f'{{"trial_id": 0, {proposal}, "status": "ok", "reward": 0.5, '
        f'"metrics": {{}}, "spec": null, "params": null, "started": 0.0, '
        f'"seconds": 1.0, "error": ""}}\n'
    )
    (run / "spec.json").write_text(
        '{"space": "evil.payload", "task": "evil", "spec": {}}'
    )
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("nas_tf.search", "--flagfile=evil/flags.txt"),
        ("nas_tf.search", "--flagfile=evil/flags.txt", "--space=conv"),
        ("nas_tf.train", "--architecture=evil"),
        ("nas_tf.train", "--architecture=evil/spec.json"),
        ("nas_tf.train", "--architecture=evil", "--space=conv"),
        ("nas_tf.search", "--start_from=evil", "--flagfile=evil/flags.txt"),
    ],
)
def test_a_run_directory_runs_no_code(folder, command):
    done = forked.command(*command, cwd=folder)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert not (folder / "ran").exists()


@pytest.fixture
def grid(folder):
    """The same, as the directory of a training with a grid."""
    made = folder / "grid"
    shutil.copytree(folder / "evil", made / "recipes")
    for name in ("", "recipes/checkpoint", "recipes/states", "training"):
        (made / name).mkdir(exist_ok=True)
        state = made / name / "state.npz"
        np.savez(state, note="{}", variable_0=np.array([Running()], object))
    for name in ("__init__.py", "payload.py"):
        (made / name).write_text(PAYLOAD)
    (made / "flags.txt").write_text(
        "--architecture=grid/recipes\n--space=grid.payload\n--output=grid\n"
        "--grid=grid(learning_rate=(0.1, 0.2))\n--task=grid.payload\n"
    )
    (made / "configuration.json").write_text(
        '{"name": "training", "space": "grid.payload", "cells": [[1]]}'
    )
    (made / "training" / "history.json").write_text('{"loss": "evil"}')
    shutil.copytree(made / "training", made / "model")
    (made / "model" / "model_card.json").write_text('{"task": "grid.payload"}')
    return folder


class Running:
    """Makes the file when it is unpickled."""

    def __reduce__(self):
        return pathlib.Path.touch, (pathlib.Path("ran"),)


DIGITS = ("--space=conv(num_layers=1)", "--task=digits")


@pytest.mark.parametrize(
    "command",
    [
        ("nas_tf.train", "--flagfile=grid/flags.txt"),
        ("nas_tf.train", "--flagfile=grid/flags.txt", *DIGITS),
        ("nas_tf.train", "--architecture=grid"),
        ("nas_tf.train", "--architecture=grid/recipes"),
        ("nas_tf.train", "--architecture=conv_v1", "--output=grid", *DIGITS),
        ("nas_tf.search", "--run_dir=grid/recipes", *DIGITS),
        ("nas_tf", "predict", "grid", "grid/flags.txt"),
    ],
)
def test_the_folder_of_a_grid_runs_no_code(grid, command):
    before = content(grid)
    done = forked.command(*command, cwd=grid)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert content(grid) == before


@pytest.mark.parametrize(
    "command",
    [
        ("nas_tf", "show", "grid"),
        ("nas_tf", "show", "grid/recipes"),
        ("nas_tf", "runs", "grid"),
    ],
)
def test_what_shows_the_folder_of_a_grid_runs_no_code(grid, command):
    done = forked.command(*command, cwd=grid)
    assert done.returncode == 0, done.stderr
    assert not (grid / "ran").exists()


def content(folder):
    """Returns a dict from the files in a folder to their content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if path.stat().st_size}


def test_a_report_needs_no_module_of_the_run(folder):
    done = forked.command("nas_tf.report", "evil", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    "extra", ["--trust_run", "--trust_run=true", "--space=evil.payload"]
)
def test_who_names_a_module_or_trusts_the_run_imports_it(folder, extra):
    command = ("nas_tf.search", "--flagfile=evil/flags.txt", extra)
    done = forked.command(*command, cwd=folder)
    assert "Expected a 'make' in module 'evil.payload'" in done.stderr
    assert (folder / "ran").exists()


def test_no_file_can_ask_for_trust(folder):
    path = folder / "evil" / "flags.txt"
    path.write_text("--trust_run\n--space=evil.payload\n")
    done = forked.command("nas_tf.search", f"--flagfile={path}", cwd=folder)
    assert "--trust_run on the command line only" in done.stderr
    assert not (folder / "ran").exists()


OWN = {
    "spaces": "nas_tf.spaces.conv",
    "tasks": "nas_tf.tasks.digits",
    "strategies": "nas_tf.strategies.random_search",
    "evaluators": "nas_tf.evaluators.standalone",
    "executors": "nas_tf.executors.inline",
}


@pytest.mark.parametrize("package", OWN)
def test_a_part_of_another_package_is_refused(package):
    for other, name in OWN.items():
        if other != package:
            with pytest.raises(UsageError, match="to derive from"):
                registry.make(package, name)


@pytest.mark.parametrize(
    "code, said",
    [
        ("raise SystemExit(0)", "ends the program with 0 in line 2 of "),
        ("raise KeyboardInterrupt", "raises KeyboardInterrupt in line 2 of "),
        ("raise BaseException('a\\nb')", r"raises BaseException \(a b\) in "),
        ("1 / 0", r"raises ZeroDivisionError \(division by zero\) in line 2"),
        ("import no_such_thing", "No module named 'no_such_thing'.* line 2"),
        ("def", r"raises SyntaxError \(invalid syntax \(ends_it.py, line 2"),
        ("def f():\n    f()\nf()", "raises RecursionError"),
    ],
)
def test_an_import_that_fails_is_one_line(tmp_path, monkeypatch, code, said):
    (tmp_path / "ends_it.py").write_text(f"\n{code}\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(UsageError, match=said) as caught:
        registry.make("spaces", "ends_it")
    assert "\n" not in str(caught.value)
    assert "ends_it" not in sys.modules


def test_a_signal_while_a_module_is_imported_stops_the_command(
    tmp_path, monkeypatch
):
    code = "import signal\nsignal.raise_signal(signal.SIGINT)\n"
    (tmp_path / "slow_one.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        registry.make("spaces", "slow_one")
