"""Logs a search to Weights & Biases, one step for each trial."""

import dataclasses

from nas_tf import checks
from nas_tf.observers.tracker import Tracker


@dataclasses.dataclass
class WandB(Tracker):
    """Logs to Weights & Biases or, with WANDB_MODE=offline, to files.

    The run has the search's configuration, and at each step the reward,
    measure, size, seconds, status and architecture of a trial. Its summary has
    the best trial and its spec. Files are in the run directory's `wandb/`.

    Attributes:
        project: Name of the project. Default: "nas_tf".
        entity: User or team; None (default) for that of the account.
        name: Name of the run; None (default) for that of the run directory.
    """

    project: str = "nas_tf"
    entity: str | None = None
    name: str | None = None

    package = "wandb"

    def __post_init__(self):
        checks.text(self, "project")
        super().__post_init__()

    def _begin(self, archive, notes):
        import wandb

        folder = archive.run_dir and str(archive.run_dir.resolve())
        self._run = wandb.init(
            project=self.project,
            entity=self.entity,
            name=self.name or (archive.run_dir and archive.run_dir.name),
            id=notes.get("id"),
            resume="allow" if notes else None,
            dir=folder,
            config=self._parameters(),
            # The console belongs to the search.
            settings=wandb.Settings(console="off", silent=True),
        )
        logged = notes.get("logged", 0)
        self._note(id=self._run.id, logged=logged)
        return logged

    def _log(self, trial):
        self._run.log(
            {
                **self._numbers(trial),
                "status": trial.result.status,
                "architecture": self._architecture(trial),
            },
            step=trial.trial_id,
        )
        self._note(id=self._run.id, logged=trial.trial_id + 1)

    def _end(self, archive):
        best = self._best(archive)
        if best:
            trial, spec = best
            self._run.summary.update(
                {
                    "best_trial": trial.trial_id,
                    "best_reward": trial.reward,
                    "best_architecture": self._architecture(trial),
                    "best_spec": spec,
                }
            )
        self._run.finish()


make = WandB
