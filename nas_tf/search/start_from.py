"""Known architectures, which a search proposes before any others."""

import dataclasses
import pathlib

from nas_tf.applications.published import PUBLISHED
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.runs import configuration
from nas_tf.runs import journal
from nas_tf.runs import spec_file
from nas_tf.runs import tally
from nas_tf.runs.directory import RunDirectory
from nas_tf.specs.base import Spec
from nas_tf.strategies.base import Sample
from nas_tf.trial import Trial

SPEC = "spec.json"


@dataclasses.dataclass(frozen=True)
class Known:
    """A known architecture.

    Attributes:
        source: Where it comes from, as text.
        actions: Tuple of integers, one per decision of the search's space.
    """

    source: str
    actions: tuple


def find(sources, space, run_dir=None):
    """Returns a tuple of `Known`.

    A run that has begun keeps its known architectures, so that it can be
    resumed when a source has changed or is gone.

    Args:
        sources: A source or a sequence of sources. A source is a spec, a
            `Trial`, a file such as `spec.json`, the directory of a run for
            its best architecture, a directory with a `spec.json`, or a
            published name.
        space: The `SearchSpace`.
        run_dir: Directory of the run. None (default) for a run in memory.

    Raises:
        UsageError: If a source has no architecture, or one that the space's
            decisions do not lead to.
    """
    if not isinstance(sources, (list, tuple)):
        sources = (sources,)
    titles = list(map(_title, sources))
    rows = _kept(titles, run_dir)
    if rows is None:
        rows = [_actions(*pair, space) for pair in zip(titles, sources)]
    return tuple(map(Known, titles, rows))


def to_json(known):
    """Returns the entries of the run's configuration, a dict of JSON types."""
    if not known:
        return {}
    return {
        "start_from": [list(each.actions) for each in known],
        configuration.SOURCES: [each.source for each in known],
    }


def check(known, space, task, budget, batch_size):
    """Raises `UsageError` if the search could not have drawn an architecture.

    Args:
        known: Sequence of `Known`.
        space: `SearchSpace`.
        task: `Task`.
        budget: `Budget`, whose limit applies to known architectures too.
        batch_size: Number of architectures of a batch.
    """
    for number, each in enumerate(known):
        length = space.length(number // batch_size * batch_size)
        if len(each.actions) != length:
            raise UsageError(
                f"Expected an architecture of {length} decisions, the number "
                f"with which the search begins. Received: {each.source}, of "
                f"{len(each.actions)}"
            )
        params = budget.excess(space, task, each.actions)
        if params is not None:
            raise UsageError(
                f"Expected an architecture of at most {budget.max_params:,} "
                f"parameters, as `max_params` says. Received: {each.source}, "
                f"of {params:,}"
            )


def samples(known, strategy, number, batch_size):
    """Returns those samples of a batch that are known architectures.

    Args:
        known: Sequence of `Known`.
        strategy: `Strategy`, which says how probable they are.
        number: Number of the batch, from 0.
        batch_size: Number of architectures of a batch.

    Returns:
        List of `Sample`.
    """
    own = known[number * batch_size : (number + 1) * batch_size]
    if not own:
        return []
    rows = [each.actions for each in own]
    return list(map(Sample, rows, strategy.log_probs(rows)))


def _kept(titles, run_dir):
    """Returns the rows of a run that has begun with these sources, or None."""
    if not titles or run_dir is None:
        return None
    proposals = places.local(run_dir) / journal.PROPOSALS
    if not proposals.is_file() or not proposals.stat().st_size:
        return None
    kept = configuration.read(proposals.with_name(configuration.FILE))
    if kept.get(configuration.SOURCES) != titles:
        return None
    return list(map(tuple, kept["start_from"]))


def _actions(title, source, space):
    """Returns the actions that lead to the architecture of a source."""
    record = _record(source)
    try:
        spec = space.read_spec(record)
        actions = space.encode(spec)
        if space.decode(actions) != spec:
            raise UsageError("It is another network than its decisions make.")
    except UsageError as error:
        raise UsageError(
            f"Expected an architecture that the decisions of the search's "
            f"space lead to. Received: {title:.120} ({error})"
        ) from None
    return actions


def _record(source):
    """Returns the JSON of a source's spec."""
    if isinstance(source, Spec):
        return source.to_json()
    if isinstance(source, Trial):
        return source.result.spec
    if source in PUBLISHED:
        return PUBLISHED[source][1].to_json()
    path = places.local(source)
    if path.is_file():
        return spec_file.read(path)[1]
    if (path / SPEC).is_file():
        return spec_file.read(path / SPEC)[1]
    if not path.is_dir():
        raise UsageError(
            f"Expected a file such as spec.json, a run's directory or one of "
            f"{', '.join(PUBLISHED)} in `start_from`. Received: {source}"
        )
    run = RunDirectory(path)
    best = run.best
    if not best:
        raise UsageError(
            f"Expected a run with {tally.missing(run.trials)} in "
            f"`start_from`. Received: {source}"
        )
    return best[0].result.spec


def _title(source):
    if isinstance(source, Spec):
        return source.describe()
    if isinstance(source, Trial):
        return f"trial {source.trial_id}"
    if isinstance(source, (str, pathlib.PurePath)):
        return str(source)
    raise UsageError(
        f"Expected a path, a spec or a trial in `start_from`. Received: "
        f"{source!r:.60}"
    )
