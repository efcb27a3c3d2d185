"""Language modelling: predicting the next word or character of a text.

The recipe is that of the "medium" network of W. Zaremba, I. Sutskever and
O. Vinyals, "Recurrent Neural Network Regularization", 2014, section 4.1. The
reward is that of Zoph & Le 2017, section 4.2. A task of text derives from
`LanguageModelling` and says which text it is.
"""

import dataclasses
import functools

import numpy as np

from nas_tf import checks
from nas_tf import registry
from nas_tf import rewards
from nas_tf.recipe import DEFAULT
from nas_tf.tasks._perplexity import Perplexity
from nas_tf.tasks._symbols import LEVELS
from nas_tf.tasks._text_windows import TextWindows
from nas_tf.training.precision import FULL
from nas_tf.training.precision import PRECISIONS

# Longer windows than in training need fewer calls, and an evaluation keeps no
# activations for gradients.
EVALUATION_STEPS = 200


UPDATE_RULES = ("sgd", "adam")
MEASURES = {
    "word": ("perplexity", rewards.perplexity),
    "character": ("bits_per_character", rewards.bits),
}


@dataclasses.dataclass(frozen=True)
class LanguageModelling(Perplexity, TextWindows):
    """A text, read in order; truncated back-propagation through time.

    The model reads `<eos>` before the first symbol, so that every symbol is
    predicted once.

    Attributes:
        level: What a symbol is, "word" or "character".
        epochs: Passes over the training text, at least 1.
        batch_size: Number of rows that the text is cut into. The rows are read
            in parallel. In training, the rest of the text that does not fill a
            whole window is left out.
        steps: Number of symbols of each row in a window. Gradients end at the
            edges of a window, while the model's states are carried over.
        learning_rate: Initial rate, > 0, for a loss that is summed over the
            steps of a window and averaged over its rows.
        update_rule: "sgd" (default), stochastic gradient descent, or "adam".
        decay: The rate is divided by this once an epoch, >= 1.
        decay_after: Number of epochs at the initial rate before the decay
            begins, at least 0.
        clip_norm: Upper bound of the global norm of the gradients, > 0.
        weight_decay: Coefficient of the coupled L2 penalty, >= 0, for the mean
            loss of a symbol. Default: 0.
        train_tokens: Number of symbols at the beginning of the training text
            to use, or None for all. The vocabulary is that of the whole text.
        valid_tokens: The same of the validation text.
        max_words: Size of the vocabulary without `<eos>` and `<unk>`: the most
            frequent symbols of the training text are kept, and all others
            become `<unk>`. None for all.
        reward_scale: The reward is this number divided by the squared
            validation perplexity, > 0.
        reward_epochs: The perplexity is the lowest of this many last epochs,
            and only these are validated.
        precision: "float32" (default), "bfloat16" or "float16": what networks
            compute in while they are trained. Weights and exported models are
            float32.
        steps_per_call: Number of windows of a compiled call under JAX, at
            least 1. From 2 the training text stays on the device. None
            (default): 32 on a GPU, else 1. It changes the speed, and results
            by rounding only.
    """

    level: str = "word"
    epochs: int = 39
    batch_size: int = 20
    steps: int = 35
    learning_rate: float = 1.0
    decay: float = 1.2
    decay_after: int = 6
    update_rule: str = "sgd"
    clip_norm: float = 5.0
    weight_decay: float = 0.0
    train_tokens: int | None = None
    valid_tokens: int | None = None
    max_words: int | None = None
    reward_scale: float = 80.0
    reward_epochs: int = 5
    precision: str = FULL
    steps_per_call: int | None = dataclasses.field(
        default=None, metadata=registry.location()
    )

    kind = "language_model"
    input_dtype = "int32"

    def __post_init__(self):
        checks.one_of(self, "level", LEVELS)
        checks.whole(self, "epochs", "batch_size", "steps", "reward_epochs")
        checks.whole(self, "steps_per_call", optional=True)
        checks.one_of(self, "precision", PRECISIONS)
        checks.whole(self, "decay_after", minimum=0)
        counts = ("train_tokens", "valid_tokens", "max_words")
        checks.whole(self, *counts, optional=True)
        checks.number(
            self, "learning_rate", "clip_norm", "reward_scale", above=0
        )
        checks.number(self, "decay", minimum=1)
        checks.number(self, "weight_decay", minimum=0)
        checks.one_of(self, "update_rule", UPDATE_RULES)

    @property
    def measure(self):
        """Name of the measure, see `MEASURES`."""
        return MEASURES[self.level][0]

    def show(self, value):
        return f"{value:.2f}" if self.level == "word" else f"{value:.3f}"

    def compile_arguments(self):
        import keras

        # Targets of -1 do not count.
        loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
        return {"loss": loss}

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
            The history: "loss" in nats per symbol, "perplexity", for characters
            also "bits_per_character", and each with "val_" in front.
        """
        from nas_tf.training import fit as training
        from nas_tf.training.batches import whole_windows
        from nas_tf.training.resident import number_of_steps

        rows = self.load("train")

        several = number_of_steps(self.steps_per_call) > 1
        history = training.fit(
            model,
            self.lesson(),
            optimizer=self.optimizer(recipe),
            batches=lambda epoch: whole_windows(*rows, self.steps),
            num_epochs=self.epochs,
            learning_rate=lambda epoch: self.rate(epoch, recipe),
            validation=list(self.batches("valid", seed, 0)),
            validate_last=self.reward_epochs,
            # The loss is that of all steps of a window.
            weight_decay=self.weight_decay * self.steps,
            jit_compile=False,
            on_epoch=self.telling(on_epoch),
            checkpoint=checkpoint,
            resident=self.resident() if several else None,
            steps_per_call=self.steps_per_call,
        )
        return self.whole_history(history)

    def resident(self):
        """Returns the training text for a device that keeps all of it.

        Returns:
            `nas_tf.training.resident.Resident` of the same windows.
        """
        from nas_tf.training import resident

        inputs, targets = self.load("train")
        starts = range(0, inputs.shape[1], self.steps)
        return resident.Resident(
            (inputs, targets),
            plans=lambda epoch: map(np.int32, starts),
            batch=functools.partial(resident.window, self.steps),
        )

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
        found = recipe.make_optimizer(rate, self.num_steps)
        if found:
            return found
        rules = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}
        make = rules[self.update_rule]
        return make(rate, global_clipnorm=self.clip_norm)

    @property
    def num_steps(self):
        """Number of steps of a whole training."""
        window = self.batch_size * self.steps
        return self.epochs * (len(self.tokens("train")) // window)

    def evaluate(self, model, split):
        """Returns the "loss" in nats per symbol and the measure of a split.

        The text is read in one row, from its first symbol to its last.
        """
        from nas_tf.training import fit as training
        from nas_tf.training.batches import windows

        inputs, targets = self.rows(split, 1)
        steps = min(EVALUATION_STEPS, targets.shape[1])
        batches = windows(inputs, targets, steps)
        return self.scores(
            training.evaluate(model, self.lesson(), batches)["loss"]
        )

    @property
    def measures(self):
        return dict((MEASURES["word"], MEASURES[self.level]))

    @property
    def reward_formula(self):
        formula = super().reward_formula
        if self.level == "character":
            formula += ", with perplexity 2 to the power of bits per character"
        return formula
