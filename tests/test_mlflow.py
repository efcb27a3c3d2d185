"""Searches logged to a database of MLflow's."""

import dataclasses
import json

import pytest

from nas_tf.errors import UsageError
from nas_tf.search.run_search import run_search
from nas_tf.trial import Result
from tests import toy

mlflow = pytest.importorskip("mlflow")

# MLflow takes seconds to load, and more to make its database.
pytestmark = pytest.mark.slow

SPACE = toy.ToySpace()


@dataclasses.dataclass(frozen=True)
class Failing(toy.ToyEvaluator):
    """Fails for children whose actions have an odd sum."""

    def evaluate(self, space, task, actions, seed):
        if sum(actions) % 2:
            return Result("error", 0.0, error="first line\nout of luck")
        return super().evaluate(space, task, actions, seed)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Returns the address of a database, whose files are below a folder."""
    folder = tmp_path_factory.mktemp("mlflow")
    address = f"sqlite:///{folder}/mlflow.db"
    client = mlflow.MlflowClient(address)
    client.create_experiment("test", artifact_location=f"file://{folder}/files")
    return address


def search(database, run_dir, max_children, **options):
    return run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        run_dir=run_dir,
        max_children=max_children,
        children_per_replica=3,
        observers=[
            f"mlflow(tracking_uri={database!r}, experiment='test')",
        ],
        **options,
    )


def below(client, run):
    """Returns the runs of the trials of a run, in order."""
    found = client.search_runs(
        [run.info.experiment_id],
        f"tags.`mlflow.parentRunId` = '{run.info.run_id}'",
    )
    return sorted(found, key=lambda run: int(run.data.tags["nas_tf.trial"]))


def test_a_search_in_two_starts_is_one_run(database, tmp_path):
    client = mlflow.MlflowClient(database)
    run_dir = tmp_path / "mine"
    search(database, run_dir, 4, seed=3)
    notes = json.loads((run_dir / "mlflow.json").read_text())
    run_id = notes[database]
    # A process that died while it logged its fifth trial.
    client.create_run(
        client.get_run(run_id).info.experiment_id,
        run_name="trial_4",
        tags={"mlflow.parentRunId": run_id, "nas_tf.trial": "4"},
    )
    archive = search(database, run_dir, 7, seed=3)

    run = client.get_run(run_id)
    assert run.info.run_name == "mine"
    assert run.info.status == "FINISHED"
    assert run.data.params["space"] == "tests.toy.ToySpace(width=3)"
    assert run.data.params["seed"] == "3"
    for name in ("reward", "quality", "params", "seconds"):
        points = client.get_metric_history(run_id, name)
        assert [point.step for point in points] == list(range(7))
    rewards = client.get_metric_history(run_id, "reward")
    assert [p.value for p in rewards] == [t.reward for t in archive.trials]

    trials = below(client, run)
    assert len(trials) == 7
    for logged, trial in zip(trials, archive.trials):
        assert logged.info.run_name == f"trial_{trial.trial_id}"
        assert logged.info.status == "FINISHED"
        assert logged.data.tags["status"] == "ok"
        assert logged.data.metrics["reward"] == trial.reward
        assert logged.data.metrics["params"] == trial.result.params
        described = SPACE.decode(trial.proposal.actions).describe()
        assert logged.data.tags["mlflow.note.content"] == described

    [best] = archive.best()
    spec = mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/best/spec.json")
    assert spec == best.result.spec
    assert run.data.metrics["best_reward"] == best.reward


def test_a_failed_trial_is_a_failed_run(database, tmp_path):
    archive = run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        Failing(),
        run_dir=tmp_path,
        max_children=3,
        children_per_replica=3,
        observers=[f"mlflow(tracking_uri={database!r}, experiment='test')"],
    )
    client = mlflow.MlflowClient(database)
    notes = json.loads((tmp_path / "mlflow.json").read_text())
    trials = below(client, client.get_run(notes[database]))
    failed = [t for t in archive.trials if not t.ok]
    assert failed and len(failed) < 3
    for trial in failed:
        logged = trials[trial.trial_id]
        assert logged.info.status == "FAILED"
        assert logged.data.tags["status"] == trial.result.status
        last = trial.result.error.strip().splitlines()[-1]
        assert logged.data.tags["error"] == last


def test_another_place_gets_all_trials_in_a_run_of_its_own(database, tmp_path):
    run_dir = tmp_path / "run"
    search(database, run_dir, 2)
    (run_dir / "mlflow.json").write_text('{"sqlite:///elsewhere": "x"}')
    search(database, run_dir, 3)
    notes = json.loads((run_dir / "mlflow.json").read_text())
    assert notes.keys() == {"sqlite:///elsewhere", database}
    client = mlflow.MlflowClient(database)
    assert len(below(client, client.get_run(notes[database]))) == 3


def test_a_place_that_does_not_exist_is_one_line(tmp_path):
    with pytest.raises(UsageError) as caught:
        search("nowhere://here", tmp_path, 1)
    text = str(caught.value)
    assert text.startswith("Expected a run of mlflow to log to. Received: ")
    assert "\n" not in text
