"""Translation: writing a sentence in another language.

The set-up is that of Google's neural machine translation (Wu et al. 2016), to
which Zoph & Le 2017, section 4.2, transferred their cell. A task of pairs of
sentences derives from `Translating` and says which pairs they are.
"""

import abc
import dataclasses
import functools
import math

from nas_tf import checks
from nas_tf import limits
from nas_tf.errors import UsageError
from nas_tf.recipe import DEFAULT
from nas_tf.tasks import _bleu
from nas_tf.tasks import _decoding
from nas_tf.tasks._pair_batches import PairBatches
from nas_tf.tasks._perplexity import Perplexity


@dataclasses.dataclass(frozen=True)
class Translating(Perplexity, PairBatches):
    """Pairs of sentences, learned subword by subword.

    Both languages have one vocabulary of subwords, of the training text alone;
    see `nas_tf.subwords`. Pairs with an empty side are left out. In validation
    and test a sentence is cut after `_decoding.LONGEST` subwords.

    Attributes:
        epochs: Passes over the training pairs, at least 1.
        batch_size: Number of pairs in a step. Each epoch leaves out fewer than
            that, drawn at random.
        learning_rate: Rate of Adam, > 0.
        cosine: Whether the rate of Adam falls to 0 along half a cosine in the
            course of the training (Loshchilov & Hutter 2017, equation 5). It
            cannot be with `sgd_after`. Default: False, for a constant rate.
        sgd_after: Share of the steps after which gradient descent takes the
            place of Adam, in [0, 1), or None (default) for never. The paper's
            recipe is `learning_rate=2e-4, sgd_after=0.075`.
        sgd_rate: Rate of the descent at first, > 0. For this and the next
            three see `nas_tf.optimizers.AdamThenSGD`.
        halve_after: Share of the steps before its first halving, in [0, 1).
        num_halvings: How often it is halved at most, evenly from there, at
            least 1.
        lowest_rate: The rate of the descent is never lower, in [0, sgd_rate].
        clip_norm: Upper bound of the global norm of the gradients, > 0.
        label_smoothing: Share of each target that is spread evenly over the
            vocabulary in training, in [0, 1).
        num_subwords: Size of the vocabulary, at least 5; less if the text has
            not as many.
        max_length: Training pairs with a side of more subwords are left out,
            at least 1.
        num_buckets: Largest number of shapes of batches, at least 1. More of
            them need less padding, and more time to compile.
        train_pairs: Number of pairs at the beginning of the training text to
            use, or None for all. The vocabulary is that of the whole text.
        valid_pairs: The same of the validation text.
        beam_width: Number of hypotheses of the search for the translations
            that BLEU scores, at least 1.
        length_penalty: Exponent of the length by which their scores are
            divided, in [0, 10] (Wu et al. 2016, equation 14).
        reward_scale: The reward is this number divided by the squared
            validation perplexity of subwords, > 0.
        reward_epochs: The perplexity is the lowest of this many last epochs,
            and only these are validated.
    """

    epochs: int = 15
    batch_size: int = 64
    learning_rate: float = 1e-3
    cosine: bool = False
    sgd_after: float | None = None
    sgd_rate: float = 0.5
    halve_after: float = 0.5
    num_halvings: int = 4
    lowest_rate: float = 0.1
    clip_norm: float = 5.0
    label_smoothing: float = 0.1
    num_subwords: int = 10_000
    max_length: int = 50
    num_buckets: int = 4
    train_pairs: int | None = None
    valid_pairs: int | None = None
    beam_width: int = 5
    length_penalty: float = 1.0
    reward_scale: float = 10.0
    reward_epochs: int = 5

    kind = "translation"
    input_dtype = "int32"
    measure = "perplexity"
    unit = "pairs"

    def __post_init__(self):
        checks.whole(self, "epochs", "batch_size", "reward_epochs")
        lengths = ("max_length", "num_buckets", "beam_width")
        checks.whole(self, *lengths, maximum=limits.SYMBOLS)
        checks.whole(self, "num_halvings")
        checks.number(self, "sgd_after", minimum=0, below=1, optional=True)
        checks.boolean(self, "cosine")
        if self.cosine and self.sgd_after is not None:
            raise UsageError(
                "Expected one of `cosine` and `sgd_after`. Received: both"
            )
        checks.number(self, "halve_after", minimum=0, below=1)
        checks.number(self, "sgd_rate", above=0)
        highest = math.inf if self.sgd_after is None else self.sgd_rate
        checks.number(self, "lowest_rate", minimum=0, maximum=highest)
        checks.whole(self, "num_subwords", minimum=5)
        checks.whole(self, "train_pairs", "valid_pairs", optional=True)
        checks.number(
            self, "learning_rate", "clip_norm", "reward_scale", above=0
        )
        checks.number(self, "label_smoothing", minimum=0, below=1)
        checks.number(
            self, "length_penalty", minimum=0, maximum=limits.LENGTH_PENALTY
        )

    @abc.abstractmethod
    def read(self, split):
        """Returns the sources and the targets of a split.

        Returns:
            Two lists of lines of one length, none of them empty.

        Raises:
            UsageError: If there are none.
        """

    @abc.abstractmethod
    def data_key(self):
        """Returns a JSON-able value that changes with the data."""

    def show(self, value):
        return f"{value:.2f}"

    def fit(
        self,
        model,
        seed,
        recipe=DEFAULT,
        on_epoch=None,
        checkpoint=None,
    ):
        """Trains `model` by the recipe; see `nas_tf.training.fit`.

        Returns:
            The history: "loss" in nats per subword, "perplexity", and both
            with "val_" in front.
        """
        from nas_tf.training import fit as training

        history = training.fit(
            model,
            self.lesson(),
            optimizer=self.optimizer(recipe),
            batches=functools.partial(self.batches, "train", seed),
            num_epochs=self.epochs,
            validation=self.held_out("valid"),
            validate_last=self.reward_epochs,
            jit_compile=False,
            on_epoch=self.telling(on_epoch),
            checkpoint=checkpoint,
        )
        return self.whole_history(history)

    def lesson(self):
        from nas_tf.training.lessons.translation import Translation

        return Translation(self.label_smoothing)

    def optimizer(self, recipe=DEFAULT):
        import keras

        rate = recipe.learning_rate or self.learning_rate
        if self.cosine:
            rate = keras.optimizers.schedules.CosineDecay(rate, self.num_steps)
        found = recipe.make_optimizer(rate, self.num_steps)
        if found is not None:
            return found
        if self.sgd_after is None:
            return keras.optimizers.Adam(rate, global_clipnorm=self.clip_norm)
        from nas_tf.optimizers import AdamThenSGD

        halve_after = int(self.halve_after * self.num_steps)
        rest = self.num_steps - halve_after
        return AdamThenSGD(
            rate,
            self.sgd_rate,
            adam_steps=int(self.sgd_after * self.num_steps),
            halve_after=halve_after,
            halve_every=max(1, -(-rest // self.num_halvings)),
            lowest_rate=self.lowest_rate,
            global_clipnorm=self.clip_norm,
        )

    @property
    def num_steps(self):
        """Number of steps of a whole training."""
        return self.epochs * (self.num_examples("train") // self.batch_size)

    def evaluate(self, model, split):
        """Returns the "loss" in nats per subword and the perplexity."""
        from nas_tf.training import fit as training

        found = training.evaluate(model, self.lesson(), self.held_out(split))
        return self.scores(found["loss"])

    def further_scores(self, model):
        """Returns BLEU, cased and lower-cased, and chrF of the test.

        The translations are those of a search of `beam_width` hypotheses,
        joined to lines as people write them.
        """
        # Whether they can be scored is known before hours of work.
        _bleu.check()
        sources, references = self.lines("test")
        found, _ = _decoding.translated(
            model,
            self.subwords,
            sources,
            self.beam_width,
            self.length_penalty,
            self.batch_size,
        )
        return _bleu.scores(found, references)
