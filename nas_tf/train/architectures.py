"""Finds the architectures that `--architecture` names."""

import dataclasses

from nas_tf import decisions
from nas_tf import registry
from nas_tf.applications.published import PUBLISHED
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.runs import configuration as configurations
from nas_tf.runs import spec_file
from nas_tf.runs import tally
from nas_tf.runs.directory import RunDirectory
from nas_tf.spaces.base import SearchSpace
from nas_tf.train.candidates import Candidate


@dataclasses.dataclass(frozen=True)
class Found:
    """Architectures, the best first, and the space that builds them.

    Attributes:
        space: `SearchSpace` that builds them.
        specs: Tuple of pairs `(title, spec)`; the title is shown to people.
        task: Call string of the task they were trained on, or None if that
            is not known or they were not trained.
    """

    space: SearchSpace
    specs: tuple
    task: str | None = None

    def candidates(self, add_filters=0):
        """Returns the architectures as a tuple of `Candidate`.

        Args:
            add_filters: Filters to add to every layer (Zoph & Le 2017,
                section 4.1, adds 40 to its largest network), default 0.

        Raises:
            UsageError: If an architecture has no filters to add to.
        """
        if not add_filters:
            return tuple(Candidate(*pair) for pair in self.specs)
        return tuple(
            Candidate(
                f"{title}, {add_filters} more filters",
                spec.with_more_filters(add_filters),
            )
            for title, spec in self.specs
        )


def find(architecture, space=None, top_k=1):
    """Returns the `Found` of a published name, a file or a run.

    Args:
        architecture: A name in `PUBLISHED`, a file that ends in ".json", or a
            run's directory.
        space: Call string of the space to use instead of the one that the
            run, the file or the name is of; None for that one.
        top_k: How many of a run's best architectures to return, at least 1.

    Raises:
        UsageError: If there is nothing of that name, or the run has no
            successful child.
    """
    path = places.local(architecture)
    if architecture in PUBLISHED:
        own_space, spec = PUBLISHED[architecture]
        found = Found(
            registry.make("spaces", space or own_space), ((architecture, spec),)
        )
    elif path.is_dir():
        return _in_run(path, space, top_k)
    elif path.suffix == ".json":
        found = _in_file(path, space)
    else:
        raise UsageError(
            f"Expected a run's directory, a file such as spec.json, or one of "
            f"{', '.join(PUBLISHED)}. Received: {architecture}"
        )
    if top_k > 1:
        raise UsageError(
            f"Expected a run's directory for the best {top_k}. Received: "
            f"{architecture}"
        )
    return found


def _in_run(path, space, top_k):
    run = RunDirectory(path)
    best = tally.best_of(run.trials, top_k)
    if not best:
        lacking = tally.missing(run.trials)
        raise UsageError(f"Expected a run with {lacking}. Received: {path}")
    own = None if space else run.make("space")
    space = own or registry.make("spaces", space)
    # Under other decisions the same integers are another architecture.
    recorded = run.configuration.get("decisions")
    by_integers = own is not None or recorded in (
        None,
        decisions.to_json(space.decisions),
    )
    task = run.call("task")
    if task == configurations.NONE:
        task = None
    found = of_trials(space, best, by_integers)
    return dataclasses.replace(found, task=task)


def of_trials(space, trials, by_integers=True):
    """Returns the `Found` of trials, without a task.

    Args:
        space: `SearchSpace` that builds them.
        trials: Sequence of `Trial`.
        by_integers: Whether the space decodes their integers (default) or
            reads their specs, as for trials of a space with other decisions.

    Raises:
        UsageError: If the space cannot build such architectures.
    """

    def spec(trial):
        if by_integers:
            found = space.decode(trial.proposal.actions)
            # What the evaluator `tuned` found is not among the decisions.
            rate = trial.result.metrics.get("learning_rate")
            return found if rate is None else found.with_learning_rate(rate)
        return space.read_spec(trial.result.spec)

    return Found(
        space,
        tuple(
            (f"trial {trial.trial_id}, reward {trial.reward:.4f}", spec(trial))
            for trial in trials
        ),
    )


def _in_file(path, space):
    space, spec = spec_file.load(path, space)
    return Found(space, ((path.name, spec),), spec_file.task_of(path))
