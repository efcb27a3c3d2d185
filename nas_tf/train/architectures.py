"""What an architecture is asked for by: a run, a spec.json, or a name."""

import dataclasses
import json
import pathlib

from nas_tf import registry
from nas_tf.applications.published import PUBLISHED
from nas_tf.errors import UsageError
from nas_tf.runs import archive
from nas_tf.runs import configuration as configurations
from nas_tf.runs import flagfile
from nas_tf.runs import spec_file
from nas_tf.spaces.base import SearchSpace

FLAGS_FILE = "flags.txt"


@dataclasses.dataclass(frozen=True)
class Found:
    """Architectures, the best first, and how they are built.

    Attributes:
        space: `SearchSpace` that builds them.
        specs: Tuple of pairs of a title for people and a spec.
        task: Call string of the task they were found on, or None.
    """

    space: SearchSpace
    specs: tuple
    task: str | None = None


def find(architecture, space=None, top_k=1):
    """Returns the `Found` that a name, a file or a run stands for.

    Args:
        architecture: A name in `PUBLISHED`, a file of a spec that ends in
            ".json", or a run's directory.
        space: Call string in place of the run's or the name's space, or None.
            A file without one is read by the first space it is a spec of.
        top_k: How many of a run's best to find, at least 1.

    Raises:
        UsageError: If there is no such thing, or a run has no child that
            finished.
    """
    path = pathlib.Path(architecture)
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


def _in_run(run_dir, space, top_k):
    best = archive.best_of(archive.read_trials(run_dir), top_k)
    if not best:
        raise UsageError(
            f"Expected a run with a child that finished. Received: {run_dir}"
        )
    flags = flagfile.read(run_dir / FLAGS_FILE)
    if space is None and "space" not in flags:
        raise UsageError(
            f"Expected --space in {run_dir / FLAGS_FILE} or with this "
            f"command. Received: none"
        )
    space = registry.make("spaces", space or flags["space"])
    specs = tuple(
        (
            f"trial {trial.trial_id}, reward {trial.reward:.4f}",
            space.decode(trial.proposal.actions),
        )
        for trial in best
    )
    task = flags.get("task") if _has_trained(run_dir) else None
    return Found(space, specs, task)


def _has_trained(run_dir):
    """Returns whether a run's children were trained on its task."""
    path = run_dir / configurations.FILE
    record = _read_json(path) if path.is_file() else {}
    task = record.get("task") if isinstance(record, dict) else None
    return not (isinstance(task, dict) and task.get("name") == "NoTask")


def _in_file(path, space):
    space, spec = spec_file.load(path, space)
    return Found(space, ((path.name, spec),))


def _read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is broken"
        raise UsageError(
            f"Expected a JSON file. Received: {path} ({reason})"
        ) from None
