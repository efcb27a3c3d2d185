"""What a task is: data, a training recipe and a reward."""

import abc


class Task(abc.ABC):
    """A data set together with how a child is trained and judged on it.

    A task is a frozen dataclass of plain values: it can be compared, hashed,
    pickled to a worker and written to a run directory. Data is read on first
    use and kept by the process, never by the task.

    Attributes:
        input_shape: Shape of one example, without the batch.
        num_outputs: Number of classes.
        failure_reward: Reward of a child that fails, default 0.
    """

    failure_reward = 0.0

    @property
    @abc.abstractmethod
    def input_shape(self): ...

    @property
    @abc.abstractmethod
    def num_outputs(self): ...

    @abc.abstractmethod
    def load(self, split):
        """Returns NumPy arrays `(inputs, targets)`, as the model takes them.

        Args:
            split: "train", "valid" or "test".
        """

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
    def fit(self, model, seed, learning_rate=None, on_epoch=None):
        """Trains `model` by the recipe.

        Args:
            model: Uncompiled Keras model.
            seed: Integer; decides shuffling and augmentation.
            learning_rate: Float in place of the recipe's, or None.
            on_epoch: Function of `(epoch, logs)` called after each epoch with
                its entries of the history, or None.

        Returns:
            Dict of lists with one number an epoch: "loss", "accuracy",
            "val_loss", "val_accuracy"; None where an epoch was not measured.

        Raises:
            nas_tf.training.NonFiniteLoss: If the loss stops being finite.
        """

    @abc.abstractmethod
    def evaluate(self, model, split):
        """Returns a dict of metrics over a whole split."""

    @abc.abstractmethod
    def reward(self, history):
        """Returns the float a strategy maximises."""

    @abc.abstractmethod
    def metrics(self, history):
        """Returns the dict of numbers a trial keeps of a training."""
