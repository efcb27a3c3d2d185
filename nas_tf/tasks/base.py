"""What a task is: data, a training recipe and a reward."""

import abc
import dataclasses

from nas_tf.recipe import DEFAULT


class Task(abc.ABC):
    """A data set together with how a child is trained and judged on it.

    A task is a frozen dataclass of plain values: it can be compared, hashed,
    pickled to a worker and written to a run directory. Data is read on first
    use and kept by the process, never by the task.

    Attributes:
        kind: What is done, which decides the networks that are fit for it:
            "classification" or "language_model".
        input_shape: Shape of one example, without the batch.
        input_dtype: "float32" (default) for pictures and other numbers,
            "int32" for the symbols of a text.
        inputs: What a model reads of one example: a pair `(shape, dtype)`,
            or a tuple or dict of these for several inputs. By default
            `(input_shape, input_dtype)`.
        num_outputs: Number of classes, or of symbols in the vocabulary.
        measure: Name of what people judge a model by, default "accuracy".
            `evaluate` returns it by this name; a history and `metrics` have
            it for the validation examples by "val_" and this name.
        failure_reward: Reward of a child that fails, default 0.
    """

    failure_reward = 0.0
    input_dtype = "float32"
    measure = "accuracy"

    @property
    @abc.abstractmethod
    def kind(self): ...

    @property
    @abc.abstractmethod
    def input_shape(self): ...

    @property
    def inputs(self):
        return (self.input_shape, self.input_dtype)

    @property
    @abc.abstractmethod
    def num_outputs(self): ...

    @abc.abstractmethod
    def load(self, split):
        """Returns NumPy arrays `(inputs, targets)`, as the model takes them.

        Args:
            split: "train", "valid" or "test".
        """

    def show(self, value):
        """Returns a value of the measure as text for people."""
        return f"{value:.2%}"

    def check(self):
        """Raises `UsageError` if the data is missing or broken."""
        self.load("valid")
        self.load("train")

    @abc.abstractmethod
    def batches(self, split, seed, epoch):
        """Yields NumPy batches `(inputs, targets)` of one pass over a split.

        Shuffling and augmentation are functions of `(seed, epoch)` alone.
        """

    @abc.abstractmethod
    def fit(
        self,
        model,
        seed,
        recipe=DEFAULT,
        on_epoch=None,
        checkpoint=None,
    ):
        """Trains `model` by the task's recipe.

        Args:
            model: Uncompiled Keras model.
            seed: Integer; decides shuffling and augmentation.
            recipe: What the architecture changes of the task's recipe.
            on_epoch: Function of `(epoch, logs)` called after each epoch with
                its entries of the history, or None.
            checkpoint: What the training goes on from, or None; see
                `nas_tf.training.fit`.

        Returns:
            Dict of lists with one number an epoch: "loss", the measure's
            name, and both with "val_" before; None where an epoch was not
            measured.

        Raises:
            nas_tf.errors.NonFiniteLoss: If the loss stops being finite.
        """

    @abc.abstractmethod
    def lesson(self):
        """Returns the `nas_tf.training.lessons.base.Lesson` children learn."""

    @abc.abstractmethod
    def optimizer(self, recipe=DEFAULT):
        """Returns a Keras optimizer for one training, its schedule included.

        Args:
            recipe: What the architecture changes of the task's recipe. Its
                `optimizer`, if any, is called with the task's learning rate
                or schedule.
        """

    @abc.abstractmethod
    def evaluate(self, model, split):
        """Returns "loss" and the measure over a whole split, a dict."""

    def in_full(self, epochs):
        """Returns the task with so many epochs, each of them validated.

        By default the fields `epochs` and `reward_epochs`, if any, are that.
        """
        names = {field.name for field in dataclasses.fields(self)}
        changed = names & {"epochs", "reward_epochs"}
        return dataclasses.replace(self, **dict.fromkeys(changed, epochs))

    def best_epoch(self, history):
        """Returns the epoch, from 0, that did best on validation.

        By default the first of the lowest "val_loss".

        Args:
            history: What `fit` returns, or as much of it as there is.

        Returns:
            Integer; None if no epoch was validated.
        """
        return first_best(history["val_loss"])

    @abc.abstractmethod
    def reward(self, history):
        """Returns the float a strategy maximises."""

    @abc.abstractmethod
    def metrics(self, history):
        """Returns the dict of numbers a trial keeps of a training."""


def first_best(values):
    """Returns the first place of the least value, or None.

    None and NaN are no values.
    """
    known = [v for v in values if v is not None and v == v]
    return values.index(min(known)) if known else None


@dataclasses.dataclass(frozen=True)
class NoTask:
    """Stands for the task where an evaluator trains nothing."""

    failure_reward = 0.0
    measure = "quality"

    def show(self, value):
        return f"{value:.4g}"
