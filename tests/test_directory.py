"""What a run left, read without taking hold of it."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from nas_tf.runs.directory import RunDirectory
from nas_tf.search.run_search import run_search
from tests import toy

ROOT = pathlib.Path(__file__).parent.parent
OLD = ROOT / "experiments" / "depth" / "runs" / "growing_0"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    run_search(
        "tests.toy_space(width=4)",
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        run_dir=folder,
        max_children=16,
    )
    return folder


def test_trials_best_and_configuration(path):
    run = RunDirectory(path)
    assert len(run.trials) == 16
    assert run.best[0].reward == max(t.reward for t in run.trials)
    assert run.configuration["strategy"] == "random_search"
    assert run.flags == {}
    assert run.path == path.resolve()


def test_decisions_are_in_the_file(path):
    found = RunDirectory(path).decisions
    expected = toy.ToySpace(width=4).decisions
    assert found == expected
    assert isinstance(found[1], Subset)


def test_decisions_of_an_earlier_version_are_the_spaces(path):
    run = RunDirectory(OLD)
    assert "decisions" not in run.configuration
    assert run.decisions == tuple(run.make("space").decisions)
    labels = [d.labels for d in run.decisions if d.kind == "num_filters"]
    assert labels[0] == (4, 8, 12)


def test_decisions_of_a_space_that_is_gone_are_refused(tmp_path):
    shutil.copytree(OLD, tmp_path / "run")
    record = json.loads((OLD / "configuration.json").read_text())
    record["space"] = {"name": "Gone", "size": 3}
    (tmp_path / "run" / "configuration.json").write_text(json.dumps(record))
    (tmp_path / "run" / "flags.txt").unlink()
    run = RunDirectory(tmp_path / "run")
    assert run.call("space") == "Gone(size=3)"
    with pytest.raises(UsageError, match="Gone"):
        print(run.decisions)


def test_a_flag_says_where_data_lies(tmp_path, path):
    shutil.copytree(path, tmp_path / "run")
    (tmp_path / "run" / "flags.txt").write_text(
        "--task=tests.toy_task\n--space=conv(num_layers=2)\n"
    )
    run = RunDirectory(tmp_path / "run")
    assert run.call("task") == "tests.toy_task"
    assert run.make("task") == toy.ToyTask()
    assert run.call("strategy") == "random_search"


def test_nothing_is_loaded_to_read_a_run():
    code = (
        "import sys\n"
        "from nas_tf.runs.directory import RunDirectory\n"
        f"run = RunDirectory({str(OLD)!r})\n"
        "strategy = 'reinforce(moves=0.0, distinct=False)'\n"
        "assert run.call('strategy') == strategy, run.call('strategy')\n"
        "assert run.configuration['space'].startswith('conv(num_layers=8')\n"
        "assert len(run.trials) == 160\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("name", ["nowhere", "file", "."])
def test_anything_else_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Expected a run directory"):
        RunDirectory(tmp_path / name)
