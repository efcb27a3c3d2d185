"""Searches logged to files of Weights & Biases, without a network."""

import json
import struct

import pytest

from nas_tf.search.run_search import run_search
from tests import toy

pytest.importorskip("wandb")

# W&B starts a process for each run.
pytestmark = pytest.mark.slow

SPACE = toy.ToySpace()
BLOCK = 32768
FILE_HEADER = 7


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")


def records(path):
    """Yields the protocol buffers of a log in LevelDB's format."""
    from wandb.proto.wandb_internal_pb2 import Record

    content = path.read_bytes()
    at, whole = FILE_HEADER, b""
    while at + 7 <= len(content):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = struct.unpack("<IHB", content[at : at + 7])
        whole += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            record = Record()
            record.ParseFromString(whole)
            yield record
            whole = b""


def named(items):
    return {
        item.key or ".".join(item.nested_key): json.loads(item.value_json)
        for item in items
    }


def search(run_dir, max_children):
    return run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        run_dir=run_dir,
        max_children=max_children,
        children_per_replica=3,
        seed=3,
        observers=["wandb(project='tests')"],
    )


def test_a_search_in_two_starts_logs_each_trial_once(tmp_path):
    for count in (4, 7):
        archive = search(tmp_path / "mine", count)
    steps, summary, runs = [], {}, []
    for path in sorted(tmp_path.glob("mine/wandb/offline-run-*/*.wandb")):
        for record in records(path):
            kind = record.WhichOneof("record_type")
            if kind == "history":
                steps.append(named(record.history.item))
            elif kind == "summary":
                summary.update(named(record.summary.update))
            elif kind == "run":
                runs.append(record.run)
    assert {run.run_id for run in runs} == {
        json.loads((tmp_path / "mine" / "wandb.json").read_text())["id"]
    }
    assert {run.project for run in runs} == {"tests"}
    config = {}
    for run in runs:
        config.update(named(run.config.update))
    assert config["space"] == "tests.toy.ToySpace(width=3)"
    assert config["seed"] == 3

    assert [step["_step"] for step in steps] == list(range(7))
    for step, trial in zip(steps, archive.trials):
        assert step["reward"] == trial.reward
        assert step["quality"] == trial.result.metrics["quality"]
        assert step["params"] == trial.result.params
        assert step["status"] == "ok"
        described = SPACE.decode(trial.proposal.actions).describe()
        assert step["architecture"] == described
    [best] = archive.best()
    assert summary["best_reward"] == best.reward
    assert json.loads(summary["best_spec"]) == best.result.spec
