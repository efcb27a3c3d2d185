"""What a lesson is: a loss to minimise and the figures people look at."""

import abc

import keras


class Lesson(abc.ABC):
    """Says what a model learns; the engines of `nas_tf.training` teach it.

    A lesson uses `keras.ops` only, so it runs on every backend, and it keeps
    nothing: engines trace and compile its methods.

    A batch is a tuple of arrays, or of tuples and dicts of arrays, whose first
    axis counts the examples. States are what a model remembers from one batch
    to the next, a flat list of tensors `[B, ...]`. No gradient flows from a
    batch back to an earlier one.

    Attributes:
        figures: Names of the figures that `summarise` returns. The first is
            "loss".
    """

    figures: tuple[str, ...] = ("loss",)

    def start(self, model, batch_size):
        """Returns the states before the first batch, by default none.

        Args:
            model: The `keras.Model`.
            batch_size: Number of examples in each batch.
        """
        return ()

    def size(self, batch):
        """Returns how much a batch counts, by default its examples.

        Several devices share a batch. The loss of the whole batch is the mean
        of the devices' losses, weighted by the sizes of their parts.
        """
        return count_examples(batch)

    @abc.abstractmethod
    def learn(self, model, batch, states):
        """Returns the loss of a training batch.

        Args:
            model: The `keras.Model`, called with `training=True`.
            batch: A batch of the training data.
            states: What `start` or the call before returned.

        Returns:
            `(loss, figures, states)`: the scalar to minimise, to which the
            engine adds `model.losses`; a float32 vector that is summed over
            the batches of an epoch for `summarise`; and the states.
        """

    @abc.abstractmethod
    def score(self, model, batch, states):
        """Returns the figures of a batch that is not trained on.

        Args:
            model: The `keras.Model`, called with `training=False`.
            batch: A batch of data held out.
            states: What `start` or the call before returned.

        Returns:
            `(sums, count, states)`: a float32 vector, summed over what counts
            in the batch, for `summarise`; the number of items that count; and
            the states.
        """

    def summarise(self, sums, count):
        """Returns the figures of an epoch or an evaluation.

        By default the vectors are the figures themselves, and these are means.

        Args:
            sums: The vectors of all batches added up, float64.
            count: The number of batches to learn from, or of items that count
                in the batches to score.
        """
        return sums / count


def full(outputs):
    """Returns a tensor in float32 if it has half precision, else unchanged."""
    dtype = keras.backend.standardize_dtype(outputs.dtype)
    half = dtype in ("bfloat16", "float16")
    return keras.ops.cast(outputs, "float32") if half else outputs


def count_examples(batch):
    """Returns the length of the first axis of a batch."""
    return keras.tree.flatten(batch)[0].shape[0]
