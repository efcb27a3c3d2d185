"""The base of observers that log a search's trials to a tracking service."""

import abc
import dataclasses
import importlib.util
import json
import logging

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.files import write_json
from nas_tf.search.observer import Observer
from nas_tf.tasks.base import NoTask


class Tracker(Observer, abc.ABC):
    """Logs every trial once, also over several starts of a search.

    What an earlier start could not log is logged at the next one. A service
    that fails during a search is a warning: the search goes on, and its trials
    are logged as soon as the service works again.

    Attributes:
        package: Name of the service's Python package.
    """

    package = ""

    def __post_init__(self):
        found = importlib.util.find_spec(self.package)
        # A folder of that name, such as W&B's own, is no package.
        if found is None or found.origin is None:
            raise UsageError(
                f"Expected the package {self.package}, from pip install "
                f"{self.package}. Received: no module named '{self.package}'"
            )

    @abc.abstractmethod
    def _begin(self, archive, notes):
        """Opens or continues the service's run.

        Args:
            archive: The search's `Archive`.
            notes: What `_note` wrote in an earlier start, a dict; or {}.

        Returns:
            Number of trials that are logged, the first ones.
        """

    @abc.abstractmethod
    def _log(self, trial):
        """Logs a trial."""

    @abc.abstractmethod
    def _end(self, archive):
        """Logs the best architecture, if any, and closes the run."""

    def on_ready(self, archive, search):
        self._search = search
        self._warned = False
        self._path = archive.run_dir and (
            archive.run_dir / f"{self.package}.json"
        )
        known = self._path is not None and self._path.exists()
        try:
            self._logged = self._begin(
                archive, read_json(self._path) if known else {}
            )
        except UsageError:
            raise
        # The libraries of services raise many kinds of errors.
        except Exception as error:
            raise UsageError(
                f"Expected a run of {self.package} to log to. Received: "
                f"{_first_line(error)}"
            ) from error

    def on_start(self, archive, rule):
        self._rule = rule
        self._log_rest(archive)

    def on_trial(self, archive, trial):
        self._log_rest(archive)

    def on_end(self, archive):
        self._log_rest(archive)
        self._guarded(self._end, archive)

    def _log_rest(self, archive):
        for trial in archive.trials[self._logged :]:
            if not self._guarded(self._log, trial):
                return
            self._logged += 1

    def _guarded(self, function, argument):
        """Returns whether a call succeeded; the first failure is a warning."""
        try:
            function(argument)
        except Exception as error:
            if not self._warned:
                logging.warning(
                    "%s does not log trials for now, the search goes on: %s",
                    self.package,
                    _first_line(error),
                )
            self._warned = True
            return False
        return True

    def _note(self, **notes):
        """Writes what the next start has to know into the run directory."""
        if self._path is not None:
            write_json(self._path, notes)

    def _parameters(self):
        """Returns the configuration of the search, a dict."""
        search = self._search
        parts = {
            name: registry.call_string(getattr(search, name))
            for name in ("space", "strategy", "evaluator")
        }
        if not isinstance(search.task, NoTask):
            parts["task"] = registry.call_string(search.task)
        return {
            **parts,
            "seed": search.seed,
            "children_per_replica": search.children_per_replica,
            "num_replicas": search.num_replicas or "auto",
            **dataclasses.asdict(search.budget),
            "reuse_rewards": search.reuse_rewards,
        }

    def _numbers(self, trial):
        """Returns a trial's measure, reward, size and seconds, a dict."""
        result = trial.result
        numbers = {**result.metrics, "reward": result.reward}
        for name in ("params", "multiply_adds"):
            if getattr(result, name) is not None:
                numbers[name] = getattr(result, name)
        return {**numbers, "seconds": result.seconds}

    def _architecture(self, trial):
        """Returns a trial's architecture as a line of text."""
        space = self._search.space
        return space.describe(space.decode(trial.proposal.actions))

    def _best(self, archive):
        """Returns the best trial and its spec as JSON, or None."""
        best = archive.tally.best
        return best and (best, json.dumps(best.result.spec))


def _first_line(error):
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
