"""How far a run is: what the commands `runs` and `show` say about it."""

import types

from nas_tf.errors import UsageError
from nas_tf.report import run as report_run
from nas_tf.report import work
from nas_tf.runs import liveness
from nas_tf.runs import spent
from nas_tf.runs.directory import RunDirectory
from nas_tf.runs.tally import Tally
from nas_tf.search.stopping import StoppingRule

LIMITS = {
    "max_children": int,
    "max_hours": float,
    "patience": int,
    "target_reward": float,
}


def read(path):
    """Returns the `nas_tf.report.run.Run` in a directory; it writes nothing.

    Args:
        path: Path of the directory.

    Raises:
        UsageError: If there is none, or its files are broken.
    """
    try:
        run = report_run.Run(RunDirectory(path))
        # A broken file is refused now rather than in the middle of a table.
        run.trials, run.configuration  # noqa: B018
    except OSError as error:
        raise UsageError(
            f"Expected a run that can be read. Received: {path} "
            f"({error.strerror})"
        ) from None
    return run


def of(run):
    """Returns "running", "finished" or "stopped".

    A search has finished if a limit of its flags is reached. Without a file of
    flags nobody knows, and the text is "".
    """
    if liveness.is_live(run.path):
        return "running"
    rule = _rule(run.directory.flags)
    if rule is None:
        return ""
    archive = types.SimpleNamespace(
        trials=run.trials,
        tally=Tally(),
        spent=spent.read(run.path, len(run.trials)),
    )
    for trial in run.trials:
        archive.tally.add(trial)
    rule.start(archive)
    return "finished" if rule.reached(archive) else "stopped"


def children(run):
    """Returns the number of finished children as text, such as "12/96".

    What a search by shared weights derives at its end is not counted.
    """
    rule = _rule(run.directory.flags)
    total = None if rule is None else rule.max_children
    done = f"{run.children:,}"
    return done if total is None else f"{done}/{total:,}"


def seconds(run):
    """Returns the time that a run took without pauses, None if not known."""
    times = work.work(run.trials)
    return None if times is None else times.seconds


def _rule(flags):
    """Returns the `StoppingRule` of a run's flags, None if there are none."""
    if not flags:
        return None
    try:
        return StoppingRule(
            **{
                name: kind(flags[name])
                for name, kind in LIMITS.items()
                if name in flags
            }
        )
    except (UsageError, ValueError):
        return None
