"""A run is read, whatever state it is in, and nothing is changed."""

import json
import pathlib

import pytest

import nas_tf
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.trial import Proposal
from tests import toy

ROOT = pathlib.Path(__file__).parent.parent
EXPERIMENTS = ROOT / "experiments"
OLD = EXPERIMENTS / "depth" / "runs" / "growing_0"
TEXT = EXPERIMENTS / "ptb" / "runs" / "reinforce_0"


def contents(folder):
    return {
        path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def run_dir(tmp_path):
    nas_tf.run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        run_dir=tmp_path / "run",
        max_children=6,
    )
    return tmp_path / "run"


def test_a_finished_run_is_as_its_search_returned_it(run_dir):
    before = contents(run_dir)
    result = nas_tf.open_run(str(run_dir))
    assert len(result.trials) == 6
    assert result.run_dir == run_dir
    assert result.measure == "quality"
    assert result.best()[0].reward == max(t.reward for t in result.trials)
    assert f"run_dir='{run_dir}'" in repr(result)
    assert "<table>" in result._repr_html_()
    assert contents(run_dir) == before


def test_a_run_in_progress_is_read_beside_its_search(tmp_path):
    configuration = {"format": 2, "space": "tests.toy_space", "seed": 0}
    with Archive(tmp_path, configuration) as archive:
        proposal = Proposal(0, 0, (0,) * 5, 0.0, 1)
        archive.add_batch(Batch(0, 0, 0, (proposal,)))
        assert repr(nas_tf.open_run(tmp_path)).startswith(
            "SearchResult(0 children"
        )
        outcome = toy.ToyEvaluator().evaluate(
            toy.ToySpace(), toy.ToyTask(), proposal.actions, 1
        )
        archive.add_trial(proposal, outcome)
        with open(tmp_path / "trials.jsonl", "ab") as file:
            file.write(b'{"trial_id": 1, "torn')
        result = nas_tf.open_run(tmp_path)
        assert len(result.trials) == 1
        assert len(result.best()) == 1
        assert result.parts.decisions is None
        assert result.describe(result.best()[0]).startswith("op 0, subset")


@pytest.mark.parametrize("path", [OLD, TEXT], ids=["pictures", "text"])
def test_runs_of_earlier_versions_open(path):
    result = nas_tf.open_run(path)
    assert len(result.trials) >= 100
    best = result.best()[0]
    assert result.describe(best)
    assert result.measured(best) is not None
    assert result.measure in repr(result).replace(" ", "_")
    assert "<td>" in result._repr_html_()


@pytest.mark.parametrize("name", ["nowhere", "empty", "file"])
def test_where_there_is_no_run_nothing_is_made(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(nas_tf.UsageError, match="Expected a run dir") as caught:
        nas_tf.open_run(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["trials.jsonl", "configuration.json"])
def test_a_broken_file_is_refused_in_one_line(run_dir, name):
    (run_dir / name).write_text("broken\n")
    with pytest.raises(nas_tf.UsageError, match=name) as caught:
        nas_tf.open_run(run_dir)
    assert "\n" not in str(caught.value)


def test_modules_that_a_run_names_are_not_imported(run_dir, monkeypatch):
    record = json.loads((run_dir / "configuration.json").read_text())
    record["space"] = "evil_space_of_others(depth=1)"
    record["task"] = "evil_task_of_others"
    (run_dir / "configuration.json").write_text(json.dumps(record))
    (run_dir.parent / "evil_space_of_others.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(run_dir.parent)
    result = nas_tf.open_run(run_dir)
    assert "6 children" in repr(result)
    result._repr_html_()
    # Only training a model needs the space, as the command does.
    (run_dir / "flags.txt").write_text("--task=digits\n")
    with pytest.raises(nas_tf.UsageError, match="raises ZeroDivisionError"):
        nas_tf.open_run(run_dir).best_model()
