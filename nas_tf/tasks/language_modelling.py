"""Language modelling: the next word or character of a text.

The recipe is the "medium" network's of W. Zaremba, I. Sutskever and
O. Vinyals, "Recurrent Neural Network Regularization", 2014, section 4.1; the
reward is that of Zoph & Le 2017, section 4.2. A task file adds what the text
is; everything else is here.
"""

import abc
import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf import rewards
from nas_tf.errors import UsageError
from nas_tf.recipe import DEFAULT
from nas_tf.tasks._streams import cut
from nas_tf.tasks._streams import encoded
from nas_tf.tasks._symbols import EOS
from nas_tf.tasks._symbols import LEVELS
from nas_tf.tasks._symbols import SPLITS
from nas_tf.tasks.base import Task

# More than in training, where a window's activations are kept: fewer calls.
EVALUATION_STEPS = 200


MEASURES = {
    "word": ("perplexity", rewards.perplexity),
    "character": ("bits_per_character", rewards.bits),
}


@dataclasses.dataclass(frozen=True)
class LanguageModelling(Task):
    """A text, read in order, trained by truncated back-propagation.

    The model reads `<eos>` before the first symbol, so that every symbol is
    predicted once.

    Attributes:
        level: "word" or "character", what a symbol is.
        epochs: Passes over the training text, at least 1.
        batch_size: Rows that the text is cut into and that are read side by
            side; in training what does not fill whole windows is left out.
        steps: Symbols of each row in a window, the reach of gradients. What
            the model remembers is carried on from window to window.
        learning_rate: Initial rate of stochastic gradient descent, > 0. It
            goes with a loss that is summed over the steps of a window and
            averaged over its rows.
        decay: The rate is divided by this once an epoch, >= 1,
        decay_after: after so many epochs at the initial rate, at least 0.
        clip_norm: Upper bound of the norm of all gradients together, > 0.
        train_tokens: Symbols of the training text to use, the first, or None
            for all. The vocabulary is that of the whole text.
        valid_tokens: Symbols of the validation text, the first, or None.
        max_words: Symbols to keep besides `<eos>` and `<unk>`, the most
            frequent of the training text, all others become `<unk>`; or None
            for all.
        reward_scale: The reward is this over the squared validation
            perplexity, > 0.
        reward_epochs: It is the lowest perplexity of so many last epochs; no
            other epoch is validated.
    """

    level: str = "word"
    epochs: int = 39
    batch_size: int = 20
    steps: int = 35
    learning_rate: float = 1.0
    decay: float = 1.2
    decay_after: int = 6
    clip_norm: float = 5.0
    train_tokens: int | None = None
    valid_tokens: int | None = None
    max_words: int | None = None
    reward_scale: float = 80.0
    reward_epochs: int = 5

    kind = "language_model"
    input_dtype = "int32"

    def __post_init__(self):
        checks.one_of(self, "level", LEVELS)
        checks.whole(self, "epochs", "batch_size", "steps", "reward_epochs")
        checks.whole(self, "decay_after", minimum=0)
        counts = ("train_tokens", "valid_tokens", "max_words")
        checks.whole(self, *counts, optional=True)
        checks.number(
            self, "learning_rate", "clip_norm", "reward_scale", above=0
        )
        checks.number(self, "decay", minimum=1)

    @abc.abstractmethod
    def read(self, split):
        """Returns the list of lines of a split.

        Raises:
            UsageError: If there is no text.
        """

    def files(self):
        """Returns a dict of split to the `pathlib.Path` its text is in.

        A split that is not in it is drawn from the training text's. An empty
        dict, the default, stands for a text that is in no file.
        """
        return {}

    def title(self, split):
        """Returns what messages call a split."""
        files = self.files()
        source = files.get(split) or files.get("train") or type(self).__name__
        return f"split '{split}' of {source}"

    @property
    def measure(self):
        """Name of the measure: see `MEASURES`."""
        return MEASURES[self.level][0]

    def show(self, value):
        return f"{value:.2f}" if self.level == "word" else f"{value:.3f}"

    @property
    def input_shape(self):
        return (self.steps,)

    @property
    def num_outputs(self):
        return len(self.vocabulary)

    @property
    def vocabulary(self):
        """Tuple of symbols, the most frequent first; a place is a number."""
        return encoded(self)[1]

    def tokens(self, split):
        """Returns the symbols of a split, as many as asked for, `[N]` int32.

        Read once a process and task.
        """
        if split not in SPLITS:
            raise UsageError(f"Expected a split of {SPLITS}. Received: {split}")
        stream = encoded(self)[0][split]
        name = f"{split}_tokens"
        count = getattr(self, name, None)
        if count is not None and count > len(stream):
            raise UsageError(
                f"Expected at most {len(stream)} symbols in "
                f"{self.title(split)}. Received: {name}={count}"
            )
        return stream[:count]

    def check(self):
        for split in SPLITS:
            self.load(split)

    def load(self, split):
        """Returns `(inputs, targets)`, each `[batch_size, L]` int32.

        A row goes on where the one before it ends. For "train" L is a
        multiple of `steps`, the rest of the text is left out; for other
        splits see `rows`.

        Raises:
            UsageError: If the training text does not fill one window.
        """
        if split != "train":
            return self.rows(split, self.batch_size)
        stream = self.tokens(split)
        window = self.batch_size * self.steps
        if len(stream) < window:
            raise UsageError(
                f"Expected at least batch_size x steps = {window} symbols in "
                f"{self.title(split)}. Received: {len(stream)}"
            )
        whole = len(stream) // window * window
        return cut(stream[:whole], self.batch_size, self.vocabulary.index(EOS))

    def rows(self, split, count):
        """Returns `(inputs, targets)` of a whole split, `[count, L]` int32.

        L is the least that will do. The targets -1 at the end of the text do
        not count; all others are the text, in order.
        """
        stream = self.tokens(split)
        missing = -len(stream) % count
        padded = np.pad(stream, (0, missing), constant_values=-1)
        return cut(padded, count, self.vocabulary.index(EOS))

    def batches(self, split, seed, epoch):
        """Yields windows `(inputs, targets)`, each `[batch_size, steps]`.

        They come in the order of the text, whatever seed and epoch. The last
        of a split other than "train" is filled up with targets -1.
        """
        from nas_tf.training.batches import windows

        yield from windows(*self.load(split), self.steps)

    def rate(self, epoch, recipe=DEFAULT):
        """Returns the learning rate of an epoch, counted from 0.

        Args:
            epoch: Integer.
            recipe: What the architecture changes of the task's recipe.
        """
        rate = recipe.learning_rate or self.learning_rate
        return rate * self.decay ** min(0, self.decay_after - epoch - 1)

    def fit(
        self,
        model,
        seed,
        recipe=DEFAULT,
        on_epoch=None,
        checkpoint=None,
    ):
        """Trains `model` by the recipe; see `nas_tf.training.fit`.

        The text is read in order, so `seed` decides nothing here.

        Returns:
            The history: "loss" in nats a symbol, "perplexity", at the level
            of characters "bits_per_character", and each with "val_" before.
        """
        from nas_tf.training import fit as training
        from nas_tf.training.batches import whole_windows

        rows = self.load("train")

        def told(epoch, logs):
            if on_epoch is not None:
                on_epoch(epoch, self._measured(logs))

        history = training.fit(
            model,
            self.lesson(),
            optimizer=self.optimizer(recipe),
            batches=lambda epoch: whole_windows(*rows, self.steps),
            num_epochs=self.epochs,
            learning_rate=lambda epoch: self.rate(epoch, recipe),
            validation=list(self.batches("valid", seed, 0)),
            validate_last=self.reward_epochs,
            jit_compile=False,
            on_epoch=told,
            checkpoint=checkpoint,
        )
        epochs = [
            self._measured(dict(zip(history, losses)))
            for losses in zip(*history.values())
        ]
        return {name: [logs[name] for logs in epochs] for name in epochs[0]}

    def lesson(self):
        from nas_tf.training.lessons.language_modelling import (
            LanguageModelling as Lesson,
        )

        return Lesson()

    def optimizer(self, recipe=DEFAULT):
        """Returns the optimizer at the rate of the first epoch.

        `fit` sets the rate of each epoch.
        """
        import keras

        rate = self.rate(0, recipe)
        if recipe.optimizer is not None:
            return recipe.optimizer(rate)
        return keras.optimizers.SGD(rate, global_clipnorm=self.clip_norm)

    def _measured(self, logs):
        """Returns losses with what people judge them by."""
        measured = dict(logs)
        for prefix in ("", "val_"):
            loss = logs[f"{prefix}loss"]
            for name, function in (MEASURES["word"], MEASURES[self.level]):
                value = None if loss is None else function(loss)
                measured[prefix + name] = value
        return measured

    def evaluate(self, model, split):
        """Returns the "loss" in nats a symbol and the measure of a split.

        The text is read in one row, from its first symbol to its last.
        """
        from nas_tf.training import fit as training
        from nas_tf.training.batches import windows

        inputs, targets = self.rows(split, 1)
        steps = min(EVALUATION_STEPS, targets.shape[1])
        batches = windows(inputs, targets, steps)
        loss = training.evaluate(model, self.lesson(), batches)["loss"]
        name, function = MEASURES[self.level]
        return {"loss": loss, name: function(loss)}

    def reward(self, history):
        return rewards.inverse_square_perplexity(
            self._lowest(history, "perplexity"), self.reward_scale
        )

    def _lowest(self, history, measure):
        return rewards.lowest_of_last(
            history[f"val_{measure}"], self.reward_epochs
        )

    def metrics(self, history):
        """Returns the measures the reward is made of, and last losses."""
        return {
            "val_perplexity": self._lowest(history, "perplexity"),
            f"val_{self.measure}": self._lowest(history, self.measure),
            "val_loss": history["val_loss"][-1],
            "loss": history["loss"][-1],
            self.measure: history[self.measure][-1],
        }
