"""Candidates trained briefly as the trials of a run; the best is chosen.

The stages of a training, re-ranking and the grid, are such runs. Like any
search they have a journal, workers and statuses, and can be resumed.
"""

import dataclasses
import pathlib

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.evaluators.standalone import Standalone
from nas_tf.search import console
from nas_tf.search.failures import SearchFailed
from nas_tf.search.run_search import run_search
from nas_tf.train.candidates import Candidates
from nas_tf.train.candidates import InOrder
from nas_tf.training.checkpoint import TrainingCheckpoint


@dataclasses.dataclass(frozen=True)
class Resumable(Standalone):
    """Trains candidates and resumes trainings that were stopped.

    Attributes:
        folder: Folder for the states of trainings in progress.
    """

    folder: str = dataclasses.field(default="", metadata=registry.location())

    @property
    def reports(self):
        return False

    def evaluate(self, space, task, actions, seed, reports=None):
        task = space.task_of(space.decode(actions), task)
        return super().evaluate(space, task, actions, seed)

    def _fit(self, task, model, seed, recipe, watch):
        # The seed can name the file: no two trials have the same one.
        path = pathlib.Path(self.folder) / f"{seed}.npz"
        checkpoint = TrainingCheckpoint(path, task.best_epoch, task.epochs)
        history = task.fit(model, seed, recipe, checkpoint=checkpoint)
        path.unlink(missing_ok=True)
        return history


def best_candidate(
    candidates, space, task, run_dir, executor="inline", seed=0, devices=1
):
    """Trains all candidates and returns the one of the highest reward.

    Args:
        candidates: Sequence of `Candidate`.
        space: `SearchSpace` that builds them.
        task: `Task` to train on; options of a candidate are applied to it.
        run_dir: `pathlib.Path` of the run, which is resumed if it exists.
        executor: Call string: where the trainings run.
        seed: Integer.
        devices: Devices of each training.

    Returns:
        The `Candidate` and its `Trial`.

    Raises:
        UsageError: If no training succeeds, or the directory belongs to
            another run.
    """
    states = run_dir / "states"
    states.mkdir(parents=True, exist_ok=True)
    try:
        archive = run_search(
            space=Candidates(space, tuple(candidates)),
            task=task,
            strategy=InOrder(),
            evaluator=Resumable(folder=str(states.resolve())),
            executor=executor,
            run_dir=run_dir,
            max_children=len(candidates),
            children_per_replica=len(candidates),
            num_replicas=1,
            devices_per_child=devices,
            seed=seed,
            observers=(console.Progress(header=False),),
        )
    except SearchFailed as error:
        raise UsageError(str(error)) from None
    best = archive.tally.best
    if best is None:
        raise UsageError(
            f"Expected a training that succeeds. Received: failures, see "
            f"{run_dir / 'trials.jsonl'}"
        )
    return candidates[best.proposal.actions[0]], best


def table(trials, candidates, task):
    """Returns one line for each candidate, the best first.

    Args:
        trials: Sequence of `Trial`.
        candidates: Sequence of `Candidate`, in the order of their numbers.
        task: `Task` that names the measure and formats it.
    """
    lines = []
    for trial in sorted(trials, key=lambda t: (not t.ok, -t.reward)):
        value = trial.result.metrics.get(f"val_{task.measure}")
        shown = trial.result.status if value is None else task.show(value)
        title = candidates[trial.proposal.actions[0]].describe()
        lines.append(f"{shown:>10}  {title}")
    return "\n".join(lines)
