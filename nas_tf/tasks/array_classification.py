"""Learning from arrays: the recipe of Zoph & Le 2017, section 4.1.

A task of arrays derives from `ArrayClassification` and says which arrays they
are. What is learned is classification, unless the task has another objective.
"""

import dataclasses
import functools

from nas_tf import checks
from nas_tf import registry
from nas_tf.recipe import DEFAULT
from nas_tf.seeds import generator
from nas_tf.tasks import _optimizers
from nas_tf.tasks._measured import Measured
from nas_tf.tasks._objective import Objective
from nas_tf.tasks._optimizers import SCHEDULES
from nas_tf.tasks._optimizers import UPDATE_RULES

CLASSES = Objective("sparse_categorical_crossentropy", "accuracy")


@dataclasses.dataclass(frozen=True)
class ArrayClassification(Measured):
    """Examples in classes, learned by a network trained by gradient descent.

    A task says by `load(split)` what the examples are, `[N, ...]` and `[N]`
    integers, and by `input_shape` and `num_outputs` what one looks like.

    Attributes:
        epochs: Passes over the training examples, at least 1.
        batch_size: Number of examples in a step. A smaller last batch of an
            epoch is dropped, so that all steps have one shape.
        learning_rate: Initial rate, > 0; the highest of "one_cycle".
        schedule: "cosine" (decays to 0 at the end), "one_cycle" (rises evenly
            from a 25th during the first 30 %, then decays to 0 as a cosine;
            after Smith & Topin 2018, "Super-Convergence"), "restarts", "step",
            "exponential" or "constant".
        restart_after: Epochs of the first cosine of the schedule "restarts"
            (Loshchilov & Hutter 2017, SGDR), at least 1. Each later one is
            `restart_factor` times as long as the one before. Default: 10.
        restart_factor: At least 1. Default: 2.
        lowest_rate: Rate at the end of each cosine of the schedule "restarts",
            from 0 to `learning_rate`. Default: 0.
        decay_at: Shares of the training, ascending in (0, 1). After each of
            them the schedule "step" divides the rate by ten. Default: those of
            DenseNet, (0.5, 0.75).
        decay_rate: What the schedule "exponential" multiplies the rate by after
            each `decay_epochs` epochs, in (0, 1].
        decay_epochs: See `decay_rate`, > 0, such as 2.4.
        update_rule: "nesterov" (default), "momentum" or "rmsprop" (Hinton 2012,
            with momentum).
        momentum: Momentum of each update rule, in [0, 1).
        rho: Momentum of RMSProp's mean of squared gradients, in [0, 1).
        epsilon: Number that RMSProp adds to that mean, > 0.
        weight_decay: Coefficient of the coupled L2 penalty, >= 0.
        clip_norm: Upper bound of the global norm of the gradients, > 0, or
            None for none.
        ema_momentum: Momentum in [0, 1) of moving averages of the weights.
            Networks are validated, tested and exported with the averages; see
            `nas_tf.training.weight_average`. 0 (default) for none.
        reward_power: The reward is the validation accuracy to this power,
            > 0. Default: 3, as in the paper's text; its slides have 2. It has
            no effect on a task whose measure is no share between 0 and 1.
        reward_epochs: The accuracy is the best of this many last epochs, and
            only these are validated.
        steps_per_call: Number of steps of a compiled call under JAX, at least
            1. From 2 the training data stays on the device and is augmented
            there. None (default): 32 on a GPU, else 1. It changes the speed,
            and results by rounding only.
        objective: The task's `Objective`: its loss and its measure. Default:
            cross-entropy and accuracy.
        reference: The error of the best constant prediction, > 0, to which an
            error is compared where it is the measure; see `Objective.reward`.
    """

    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 0.1
    schedule: str = "cosine"
    restart_after: int = 10
    restart_factor: int = 2
    lowest_rate: float = 0.0
    decay_at: tuple = (0.5, 0.75)
    decay_rate: float = 0.97
    decay_epochs: float = 2.4
    update_rule: str = "nesterov"
    momentum: float = 0.9
    rho: float = 0.9
    epsilon: float = 1e-7
    weight_decay: float = 1e-4
    clip_norm: float | None = None
    ema_momentum: float = 0.0
    reward_power: float = 3
    reward_epochs: int = 5
    steps_per_call: int | None = dataclasses.field(
        default=None, metadata=registry.location()
    )

    @property
    def objective(self):
        return CLASSES

    @property
    def reference(self):
        return 1.0

    def __post_init__(self):
        checks.whole(self, "epochs", "batch_size", "reward_epochs")
        checks.whole(self, "steps_per_call", optional=True)
        checks.number(self, "learning_rate", "reward_power", above=0)
        checks.number(self, "decay_epochs", "epsilon", above=0)
        checks.number(self, "decay_rate", above=0, maximum=1)
        checks.number(self, "momentum", "rho", minimum=0, below=1)
        checks.number(self, "ema_momentum", minimum=0, below=1)
        checks.number(self, "weight_decay", minimum=0)
        checks.number(self, "clip_norm", above=0, optional=True)
        checks.one_of(self, "schedule", SCHEDULES)
        checks.one_of(self, "update_rule", UPDATE_RULES)
        checks.whole(self, "restart_after", "restart_factor")
        checks.number(
            self, "lowest_rate", minimum=0, maximum=self.learning_rate
        )
        shares = self.decay_at
        good = isinstance(shares, tuple) and all(map(checks.is_number, shares))
        good = good and all(0 < share < 1 for share in shares)
        good = good and list(shares) == sorted(set(shares))
        wanted = "a tuple of ascending numbers in (0, 1)"
        checks.check(self, "decay_at", good, wanted)

    def count(self, split):
        """Returns the number of examples in a split."""
        return len(self.load(split)[1])

    def held_out(self, split):
        """Returns the examples of `load` for scoring, maybe read in parts."""
        return self.load(split)

    def chosen(self, split, rows, rng):
        """Returns the examples of a training batch, `(inputs, targets)`.

        By default they are those of `load`. Override it for augmentation.

        Args:
            split: "train", "valid" or "test".
            rows: `[B]` integers, the numbers of the examples.
            rng: NumPy random generator of the epoch.
        """
        inputs, targets = self.load(split)
        return inputs[rows], targets[rows]

    def batches(self, split, seed, epoch):
        for rows, rng in self._rows(split, seed, epoch):
            yield self.chosen(split, rows, rng)

    def _rows(self, split, seed, epoch):
        """Yields the numbers of the examples of each batch, and a generator."""
        rng = generator(seed, "epoch", epoch)
        order = rng.permutation(self.count(split))
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            if len(rows) < self.batch_size and start:
                return
            yield rows, rng

    def resident(self, seed):
        """Returns the training data for a device that keeps all of it.

        Args:
            seed: As for `batches`.

        Returns:
            `nas_tf.training.resident.Resident` of the same batches. None if
            the examples are read in parts, or `chosen` is a subclass's own.
        """
        if type(self).chosen is not ArrayClassification.chosen:
            return None
        from nas_tf.training import resident

        return resident.Resident(
            self.load("train"),
            plans=lambda epoch: (
                rows for rows, _ in self._rows("train", seed, epoch)
            ),
            batch=resident.examples,
        )

    @property
    def prefetch(self):
        """Whether batches take long enough to be made ahead by a thread."""
        return False

    def fit(
        self,
        model,
        seed,
        recipe=DEFAULT,
        on_epoch=None,
        checkpoint=None,
    ):
        from nas_tf.training import fit as training
        from nas_tf.training.batches import weighted
        from nas_tf.training.resident import number_of_steps

        # Copying the data is for engines that use it.
        several = number_of_steps(self.steps_per_call) > 1
        resident = self.resident(seed) if several else None
        return training.fit(
            model,
            self.lesson(),
            optimizer=self.optimizer(recipe),
            batches=functools.partial(self.batches, "train", seed),
            num_epochs=self.epochs,
            validation=weighted(*self.held_out("valid")),
            validate_last=self.reward_epochs,
            weight_decay=self.weight_decay,
            ema_momentum=self.ema_momentum,
            prefetch=self.prefetch,
            on_epoch=on_epoch,
            checkpoint=checkpoint,
            resident=resident,
            steps_per_call=self.steps_per_call,
        )

    def lesson(self):
        from nas_tf.training.lessons.classification import Classification

        return Classification()

    def compile_arguments(self):
        loss = "sparse_categorical_crossentropy"
        return {"loss": loss, "metrics": ["accuracy"]}

    @property
    def num_steps(self):
        """Number of steps of a whole training."""
        return self.epochs * self.steps_per_epoch

    @property
    def steps_per_epoch(self):
        """Number of steps of an epoch."""
        return max(1, self.count("train") // self.batch_size)

    def optimizer(self, recipe=DEFAULT):
        return _optimizers.optimizer(self, recipe)

    def evaluate(self, model, split):
        from nas_tf.training import fit as training
        from nas_tf.training.batches import weighted

        batches = weighted(*self.held_out(split))
        return training.evaluate(model, self.lesson(), batches)
