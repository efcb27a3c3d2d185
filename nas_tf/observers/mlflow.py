"""Logs a search to MLflow: a run, and within it a run for each trial."""

import dataclasses
import time

from nas_tf import checks
from nas_tf.observers.tracker import Tracker

PARENT = "mlflow.parentRunId"
TRIAL = "nas_tf.trial"
NOTE = "mlflow.note.content"
# The longest value of a parameter.
LONGEST = 6000


@dataclasses.dataclass
class MLflow(Tracker):
    """Logs to an MLflow server, a database or a folder.

    The run of the search has its configuration as parameters, and reward,
    measure, size and seconds of every trial as curves. Each trial is a run
    below it, with the same numbers, its status and its architecture. At the end
    the best architecture is the artifact `best/spec.json`.

    Attributes:
        tracking_uri: Where to log, such as "http://127.0.0.1:5000" or
            "sqlite:///mlflow.db". None (default) for MLflow's own default.
        experiment: Name of the MLflow experiment. Default: "nas_tf".
        name: Name of the run; None (default) for that of the run directory.
    """

    tracking_uri: str | None = None
    experiment: str = "nas_tf"
    name: str | None = None

    package = "mlflow"

    def __post_init__(self):
        checks.text(self, "experiment")
        super().__post_init__()

    def _begin(self, archive, notes):
        import mlflow

        self._client = mlflow.MlflowClient(self.tracking_uri)
        # The run is another one if the search is logged to another place.
        place = self.tracking_uri or mlflow.get_tracking_uri()
        self._run_id = notes.get(place)
        if self._run_id is None:
            self._experiment_id = self._made_experiment()
            self._run_id = self._create(self.name or _name_of(archive), {})
            for key, value in self._parameters().items():
                text = str(value)[:LONGEST]
                self._client.log_param(self._run_id, key, text)
            self._note(**{**notes, place: self._run_id})
            return 0
        self._client.update_run(self._run_id, status="RUNNING")
        run = self._client.get_run(self._run_id)
        self._experiment_id = run.info.experiment_id
        return self._count_logged(int(run.data.tags.get(TRIAL, 0)))

    def _made_experiment(self):
        found = self._client.get_experiment_by_name(self.experiment)
        if found is not None:
            return found.experiment_id
        return self._client.create_experiment(self.experiment)

    def _create(self, name, tags):
        run = self._client.create_run(
            self._experiment_id, run_name=name, tags=tags
        )
        return run.info.run_id

    def _count_logged(self, count):
        """Returns the number of logged trials; removes one that is half so."""
        wanted = {PARENT: self._run_id, TRIAL: count}
        begun = self._client.search_runs(
            [self._experiment_id],
            " and ".join(f"tags.`{k}` = '{v}'" for k, v in wanted.items()),
        )
        for run in begun:
            self._client.delete_run(run.info.run_id)
        return count

    def _log(self, trial):
        from mlflow.entities import Metric
        from mlflow.entities import RunTag

        number = trial.trial_id
        result = trial.result
        began = result.started or time.time()
        ended = int(1000 * (began + result.seconds))
        metrics = [
            Metric(name, float(value), ended, number)
            for name, value in self._numbers(trial).items()
        ]
        tags = {
            PARENT: self._run_id,
            TRIAL: str(number),
            "status": result.status,
            NOTE: self._architecture(trial),
        }
        if result.error:
            tags["error"] = result.error.strip().splitlines()[-1]
        run = self._create(f"trial_{number}", tags)
        self._client.log_batch(run, metrics)
        status = "FAILED" if trial.failed else "FINISHED"
        self._client.set_terminated(run, status, ended)
        # With the last of these calls the trial counts as logged.
        self._client.log_batch(
            self._run_id, metrics, tags=[RunTag(TRIAL, str(number + 1))]
        )

    def _end(self, archive):
        best = self._best(archive)
        if best:
            trial, spec = best
            text = f"trial {trial.trial_id}: {self._architecture(trial)}"
            self._client.set_tag(self._run_id, NOTE, text)
            self._client.log_metric(self._run_id, "best_reward", trial.reward)
            self._client.log_text(self._run_id, spec, "best/spec.json")
        reached = self._rule.reached(archive)
        status = "FINISHED" if reached else "KILLED"
        self._client.set_terminated(self._run_id, status)


def _name_of(archive):
    return archive.run_dir.resolve().name if archive.run_dir else "search"


make = MLflow
