"""`SearchResult`: what a search has found so far."""

import pathlib
import tempfile
import typing

from nas_tf.api import page
from nas_tf.api import table
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import places
from nas_tf.runs import pareto
from nas_tf.runs.tally import Tally
from nas_tf.runs.tally import best_of
from nas_tf.runs.tally import busy_seconds
from nas_tf.trial import Trial

if typing.TYPE_CHECKING:
    import keras
    import pandas


class SearchResult:
    """The trials of a search, and the models that can be made of them.

    `nas_tf.run_search` and `nas_tf.open_run` return it. It does not follow a
    search that goes on: `open_run` again has the newest trials.

    Args:
        trials: List of `Trial`, in the order of finishing.
        parts: What is known of space and task, see `nas_tf.api.parts`.
        run_dir: Directory of the run, or None (default).
        interrupted: Whether the search was interrupted. Default: False.

    Attributes:
        trials: List of `Trial`, failed ones included.
        tally: `Tally` of the trials.
        run_dir: `pathlib.Path` of the run's directory, or None.
        interrupted: Whether the search was interrupted before its end.
        measure: Name of the task's measure, such as "accuracy".
        seconds: Time during which at least one child was trained, in seconds.
    """

    def __init__(
        self,
        trials: list[Trial],
        parts: typing.Any,
        run_dir: str | pathlib.Path | None = None,
        interrupted: bool = False,
    ):
        self.trials = list(trials)
        self.parts = parts
        self.run_dir = None if run_dir is None else places.local(run_dir)
        self.interrupted = interrupted
        self.tally = Tally()
        for trial in self.trials:
            self.tally.add(trial)
        self._temporary: tempfile.TemporaryDirectory | None = None

    @property
    def measure(self) -> str:
        return self.parts.measure

    @property
    def seconds(self) -> float:
        return busy_seconds(self.trials)

    def best(self, count: int = 1) -> list[Trial]:
        """Returns the best successful trials of different architectures.

        Args:
            count: Largest number of trials, >= 1. Default: 1.

        Returns:
            List of `Trial`, the best first. Its `reward` is what the search
            maximised, `result.metrics` has the validation scores, and
            `result.spec` the architecture.
        """
        return best_of(self.trials, count)

    def measured(self, trial: Trial) -> float | None:
        """Returns the task's measure of a trial on validation, or None."""
        return trial.result.measured(self.measure) if self.measure else None

    def show(self, value: float) -> str:
        """Returns a value of the measure as text, such as "98.20%"."""
        return self.parts.show(value)

    def describe(self, trial: Trial) -> str:
        """Returns the architecture of a trial in one line."""
        return self.parts.describe(trial)

    def pareto_front(self, cost: str = "params") -> list[Trial]:
        """Returns the trials that no other beats in both reward and cost.

        Args:
            cost: "params" (default), "multiply_adds", or the name of a metric.

        Returns:
            List of `Trial`, from the cheapest to the best.
        """
        return pareto.pareto_front(self.trials, cost)

    def to_dataframe(self) -> "pandas.DataFrame":
        """Returns the trials as a pandas data frame, one row for each.

        See `nas_tf.api.table.data_frame` for its columns.

        Raises:
            UsageError: If pandas is not installed.
        """
        return table.data_frame(self.trials, self.parts)

    def best_model(
        self, epochs: int | None = None, task: typing.Any = None
    ) -> "keras.Model":
        """Returns the best architecture as a trained Keras model.

        The model takes inputs as the user has them, such as pictures of any
        size. It is read from the run's directory if the best architecture has
        been trained there, on the search's task and its data. Otherwise it is
        trained in full, as by the command `nas_tf train`; called again after
        an interruption, the training goes on. Files, scores on the test
        examples and the model's card are in the directory `trained` of the
        run, or in a temporary one without a run directory.

        Args:
            epochs: Epochs of the full training, >= 1. Default: any model that
                is there, or ten times as many as a child had.
            task: `Task` or call string to train on. Default: the task of the
                search.

        Raises:
            UsageError: If no child was successful, or the model cannot be
                trained or written.
        """
        return _models().best(self, epochs, task)

    def ensemble(
        self,
        k: int = 3,
        epochs: int | None = None,
        task: typing.Any = None,
    ) -> "keras.Model":
        """Returns the best k architectures as one Keras model.

        Each is trained in full like `best_model`, and the model returns the
        mean of their outputs. The scores of all on validation and test
        examples are printed and on the model's card, in the directory
        `trained_ensemble` of the run.

        Args:
            k: Number of architectures, >= 2. Default: 3.
            epochs: See `best_model`.
            task: See `best_model`.

        Raises:
            UsageError: If there are fewer successful architectures, or their
                outputs cannot be averaged, as those of language models.
        """
        return _models().ensemble(self, k, epochs, task)

    def folder(self) -> pathlib.Path:
        """Returns the directory for trained models.

        It is the run's, or a temporary one that is deleted with this object.
        """
        if self.run_dir is not None:
            return self.run_dir
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="nas_tf_")
        return pathlib.Path(self._temporary.name)

    def __repr__(self):
        where = "" if self.run_dir is None else f", run_dir='{self.run_dir}'"
        return f"SearchResult({', '.join(page.facts(self))}{where})"

    def _repr_html_(self):
        return page.html(self)


def _models():
    # A result can be looked at without loading Keras. Where it is loaded, it
    # is without messages.
    import_keras()
    from nas_tf.api import models

    return models
