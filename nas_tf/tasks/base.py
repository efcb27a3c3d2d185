"""The base of tasks: a data set, a training recipe and a reward."""

import abc
import dataclasses

from nas_tf.recipe import DEFAULT


class Task(abc.ABC):
    """A data set, and how a child is trained and rewarded on it.

    A task is a frozen dataclass of plain values. It can be compared, hashed,
    pickled to a worker process and written to a run directory. Data is read on
    first use and kept by the process, never by the task.

    Attributes:
        kind: The kind of task, by which search spaces choose what to build:
            "classification", "multi_label" (each output is a class that an
            example has or has not), "regression",
            "language_model" or "translation".
        input_shape: Shape of one example, without the batch.
        input_ndim: Length of `input_shape`.
        input_dtype: "float32" (default) for pictures and other numbers,
            "int32" for the symbols of a text.
        inputs: The input of a model for one example: a pair `(shape, dtype)`,
            or a tuple or dict of pairs for several inputs. By default
            `(input_shape, input_dtype)`.
        num_outputs: Number of classes, of symbols in the vocabulary, or of
            numbers to predict.
        output_activation: Name of Keras's activation of the outputs, default
            "softmax".
        output_scale: Pair of tuples `(centre, width)` with a number for each
            output, or None (default). The outputs of a model are then those
            of its last layer times `width` plus `centre`, so that a layer
            whose outputs are about 1 can predict numbers of any size.
        auxiliary_weight: Weight in the training loss of a second output that
            predicts the same, >= 0. If it is above 0, a space that can builds
            such an output. Default: 0.
        precision: What networks compute in while they are trained, see
            `nas_tf.training.precision`. Default: "float32".
        measure: Name of the measure that is shown to people, default
            "accuracy". `evaluate` returns it under this name. A history and
            `metrics` have its validation value under "val_" and this name.
        class_names: Tuple of strings, the name of each output, or () (default)
            if the outputs have no names.
        failure_reward: Reward of a child that fails, default 0.
        reward_formula: How the reward follows from the measure, for people,
            such as "accuracy cubed". Default: "", for a formula that cannot
            be said in a few words.
        unit: What `num_examples` counts, default "examples".
    """

    failure_reward = 0.0
    input_dtype = "float32"
    measure = "accuracy"
    reward_formula = ""
    unit = "examples"
    output_activation = "softmax"
    auxiliary_weight = 0.0
    precision = "float32"

    @property
    def class_names(self):
        return ()

    @property
    def output_scale(self):
        return None

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
    def input_ndim(self):
        return len(self.input_shape)

    @property
    @abc.abstractmethod
    def num_outputs(self): ...

    @abc.abstractmethod
    def load(self, split):
        """Returns NumPy arrays `(inputs, targets)` of a split.

        Args:
            split: "train", "valid" or "test".
        """

    def num_examples(self, split):
        """Returns how many examples of a split are used.

        Args:
            split: "train", "valid" or "test".
        """
        return len(self.load(split)[1])

    def raw(self, split):
        """Returns `(inputs, targets)` of a split as a user has them.

        An exported model takes such inputs. By default they are those of
        `load`. A task that prepares its inputs, such as by whitening pictures,
        overrides both this and `preprocessing`.

        Args:
            split: "train", "valid" or "test".

        Returns:
            Inputs, an array `[N, ...]`, or a tuple or dict of them, or, for
            pictures of different sizes, a sequence of N arrays; and targets as
            `compile_arguments` expects them.
        """
        return self.load(split)

    def describe_inputs(self):
        """Returns what raw inputs are and how they are prepared, for people."""
        parts = self.inputs
        shaped = parts if isinstance(parts, dict) else {"": parts}
        if isinstance(parts, tuple) and isinstance(parts[1], tuple):
            shaped = dict(enumerate(parts))
        return "; ".join(
            f"{name} {dtype} [B, {', '.join(map(str, shape))}]".strip()
            for name, (shape, dtype) in shaped.items()
        )

    def describe_data(self):
        """Returns a line on what was read and what was passed over, or "".

        A search shows it before it begins. Default: "".
        """
        return ""

    def identity(self):
        """Returns what identifies the data, a JSON-able dict.

        A search writes it to its run directory and refuses to go on with other
        data. It does not depend on where the data lies. Entries of an earlier
        version that are missing are not compared. By default: "outputs",
        `num_outputs`, and "examples", a dict from split to the number of
        examples. A task that reads files adds "fingerprint", a digest of their
        content.
        """
        return {
            "outputs": int(self.num_outputs),
            "examples": {
                split: int(self.num_examples(split))
                for split in ("train", "valid")
            },
        }

    def preprocessing(self):
        """Returns a `keras.Model` from raw inputs to those of a child.

        It becomes a part of an exported model, so it consists of layers and
        operations of Keras alone. None (default) if a child takes raw inputs.
        """
        return None

    def compile_arguments(self):
        """Returns the arguments of `compile` for an exported model, a dict.

        Loss and metrics are names or objects of Keras, so that the model's
        `evaluate` works without this package. One metric is called as the
        task's `measure`, unless the measure is a function of the loss. The
        dict is empty (default) if Keras has no such loss; the exported model
        is then not compiled.
        """
        return {}

    def show(self, value):
        """Returns a value of the measure as text."""
        return f"{value:.2%}"

    def check(self):
        """Raises `UsageError` if the data is missing or broken."""
        self.load("valid")
        self.load("train")

    @abc.abstractmethod
    def batches(self, split, seed, epoch):
        """Yields NumPy batches `(inputs, targets)` of one pass over a split.

        Shuffling and augmentation depend on `(seed, epoch)` only.
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
            checkpoint: Where the training continues from, or None; see
                `nas_tf.training.fit`.

        Returns:
            Dict of lists with one number per epoch: "loss", the measure's
            name, and both with "val_" in front; None for epochs without
            validation.

        Raises:
            nas_tf.errors.NonFiniteLoss: If the loss of an epoch is not finite.
        """

    @abc.abstractmethod
    def lesson(self):
        """Returns the children's `nas_tf.training.lessons.base.Lesson`."""

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
        """Returns a dict of "loss" and the measure over a whole split."""

    def further_scores(self, model):
        """Returns further scores of a finished model on the test, for people.

        They are computed once, at the end of `nas_tf.train`, and influence no
        choice. By default there are none.

        Args:
            model: Trained Keras model.

        Returns:
            Dict from a score's name to a dict of its "value", a float, and
            "signature", how it was computed.

        Raises:
            UsageError: If what computes them is not installed.
        """
        return {}

    def in_full(self, epochs):
        """Returns the task with another number of epochs, all validated.

        By default this sets the fields `epochs` and `reward_epochs`, if the
        task has them.
        """
        names = {field.name for field in dataclasses.fields(self)}
        changed = names & {"epochs", "reward_epochs"}
        return dataclasses.replace(self, **dict.fromkeys(changed, epochs))

    def best_epoch(self, history):
        """Returns the number of the best epoch on validation, from 0.

        By default it is the first epoch with the lowest "val_loss".

        Args:
            history: The history that `fit` returns, or its first epochs.

        Returns:
            Integer; None if no epoch was validated.
        """
        return first_best(history["val_loss"])

    @abc.abstractmethod
    def reward(self, history):
        """Returns the reward, a float that the strategy maximises."""

    @abc.abstractmethod
    def metrics(self, history):
        """Returns a dict of the numbers that are recorded in a trial."""


def first_best(values):
    """Returns the index of the first lowest value, or None.

    None and NaN are skipped.
    """
    known = [v for v in values if v is not None and v == v]
    return values.index(min(known)) if known else None


@dataclasses.dataclass(frozen=True)
class NoTask:
    """Takes the place of the task for an evaluator that trains nothing."""

    failure_reward = 0.0
    measure = "quality"
    reward_formula = ""

    def num_examples(self, split):
        return None

    def show(self, value):
        return f"{value:.4g}"
