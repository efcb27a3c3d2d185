"""Image classification by the recipe of Zoph & Le 2017, section 4.1.

A task of pictures derives from `ImageClassification` and says which pictures
they are.
"""

import abc
import dataclasses
import functools

import numpy as np

from nas_tf import checks
from nas_tf import rewards
from nas_tf.errors import UsageError
from nas_tf.recipe import DEFAULT
from nas_tf.seeds import generator
from nas_tf.tasks import pixels
from nas_tf.tasks.base import Task
from nas_tf.tasks.base import first_best

SCHEDULES = ("cosine", "step", "constant")
SPLITS = ("train", "valid", "test")


@dataclasses.dataclass(frozen=True)
class ImageClassification(Task):
    """Whitened pictures, classified by a network trained by Nesterov momentum.

    Attributes:
        epochs: Passes over the training pictures, at least 1.
        batch_size: Number of pictures in a step. A smaller last batch of an
            epoch is dropped, so that all steps have one shape.
        learning_rate: Initial rate, > 0.
        schedule: "cosine" (decays to 0 at the end), "step" or "constant".
        decay_at: Shares of the training, ascending in (0, 1). After each of
            them the schedule "step" divides the rate by ten. Default: those of
            DenseNet, (0.5, 0.75).
        momentum: Nesterov momentum in [0, 1).
        weight_decay: Coefficient of the coupled L2 penalty, >= 0.
        augment: Whether training pictures are upsampled by a quarter, cropped
            at random and flipped left to right at random. Validation and test
            then use the centre crop of upsampled pictures, so that objects
            have the same size as in training.
        image_size: Height and width that pictures are resized to, or None for
            no resizing.
        train_examples: Number of training pictures, or None for all.
        valid_examples: Number of validation pictures, or None for the task's
            default.
        reward_power: The reward is the validation accuracy to this power,
            > 0. Default: 3, as in the paper's text; its slides have 2.
        reward_epochs: The accuracy is the best of this many last epochs, and
            only these are validated.
        split_seed: Seed of the choice of validation pictures.
    """

    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 0.1
    schedule: str = "cosine"
    decay_at: tuple = (0.5, 0.75)
    momentum: float = 0.9
    weight_decay: float = 1e-4
    augment: bool = True
    image_size: int | None = None
    train_examples: int | None = None
    valid_examples: int | None = None
    reward_power: float = 3
    reward_epochs: int = 5
    split_seed: int = 0

    kind = "classification"

    def __post_init__(self):
        checks.whole(self, "epochs", "batch_size", "reward_epochs")
        sizes = ("image_size", "train_examples", "valid_examples")
        checks.whole(self, *sizes, optional=True)
        checks.number(self, "learning_rate", "reward_power", above=0)
        checks.number(self, "momentum", minimum=0, below=1)
        checks.number(self, "weight_decay", minimum=0)
        checks.one_of(self, "schedule", SCHEDULES)
        shares = self.decay_at
        good = isinstance(shares, tuple) and all(map(checks.is_number, shares))
        good = good and all(0 < share < 1 for share in shares)
        good = good and list(shares) == sorted(set(shares))
        wanted = "a tuple of ascending numbers in (0, 1)"
        checks.check(self, "decay_at", good, wanted)

    @abc.abstractmethod
    def read(self, split):
        """Returns `(images, labels)` of a split, as they are on disk.

        Their order must be random, since the first pictures are taken where
        only a part of them is used.

        Returns:
            `[N, H, W, C]` uint8 and `[N]` integers, each a NumPy array or
            `Rows`, which read only the examples that are used.
        """

    @property
    def input_shape(self):
        return self.pictures("valid")[0].shape[1:]

    def pictures(self, split):
        """Returns `(images, labels)`, resized and reduced by the task's fields.

        `[N, H, W, C]` uint8 and `[N]` int32. They are read once in a process.
        """
        if split not in SPLITS:
            raise UsageError(f"Expected a split of {SPLITS}. Received: {split}")
        return _pictures(self, split)

    def check(self):
        for split in SPLITS:
            _read(self, split)

    def load(self, split):
        images, labels = self.pictures(split)
        inputs = np.empty(images.shape, np.float32)
        for part in _parts(len(images)):
            batch = pixels.whiten(images[part])
            inputs[part] = pixels.centre_crop(batch) if self.augment else batch
        return inputs, labels

    def batches(self, split, seed, epoch):
        images, labels = self.pictures(split)
        rng = generator(seed, "epoch", epoch)
        order = rng.permutation(len(images))
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            if len(chosen) < self.batch_size and start:
                return
            batch = pixels.whiten(images[chosen])
            if self.augment:
                batch = pixels.crop_and_flip(batch, rng)
            yield batch, labels[chosen]

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

        return training.fit(
            model,
            self.lesson(),
            optimizer=self.optimizer(recipe),
            batches=functools.partial(self.batches, "train", seed),
            num_epochs=self.epochs,
            validation=weighted(*self.load("valid")),
            validate_last=self.reward_epochs,
            weight_decay=self.weight_decay,
            prefetch=self.augment,
            on_epoch=on_epoch,
            checkpoint=checkpoint,
        )

    def lesson(self):
        from nas_tf.training.lessons.classification import Classification

        return Classification()

    def optimizer(self, recipe=DEFAULT):
        import keras

        rate = recipe.learning_rate or self.learning_rate
        examples = len(self.pictures("train")[0])
        steps = self.epochs * max(1, examples // self.batch_size)
        if self.schedule == "cosine":
            rate = keras.optimizers.schedules.CosineDecay(rate, steps)
        elif self.schedule == "step":
            rate = keras.optimizers.schedules.PiecewiseConstantDecay(
                [int(steps * share) for share in self.decay_at],
                [rate / 10**number for number in range(len(self.decay_at) + 1)],
            )
        if recipe.optimizer is not None:
            return recipe.optimizer(rate)
        return keras.optimizers.SGD(rate, momentum=self.momentum, nesterov=True)

    def evaluate(self, model, split):
        from nas_tf.training import fit as training
        from nas_tf.training.batches import weighted

        batches = weighted(*self.load(split))
        return training.evaluate(model, self.lesson(), batches)

    def reward(self, history):
        return self._accuracy(history) ** self.reward_power

    def best_epoch(self, history):
        """Returns the epoch with the highest validation accuracy.

        Among equally accurate epochs it is the first with the lowest loss.
        """
        return first_best(
            [
                None if accuracy is None else (-accuracy, loss)
                for accuracy, loss in zip(
                    history["val_accuracy"], history["val_loss"]
                )
            ]
        )

    def _accuracy(self, history):
        return rewards.best_of_last(history["val_accuracy"], self.reward_epochs)

    def metrics(self, history):
        """Returns the validation accuracy behind the reward, and losses."""
        return {
            "val_accuracy": self._accuracy(history),
            "val_loss": history["val_loss"][-1],
            "loss": history["loss"][-1],
            "accuracy": history["accuracy"][-1],
        }


class Rows:
    """Examples in a given order, read only when they are indexed.

    Args:
        gather: Function of `[n]` integers that returns `[n, ...]` examples.
        order: `[N]` integers, the numbers of the examples in order.
    """

    def __init__(self, gather, order):
        self._gather = gather
        self._order = order

    def __len__(self):
        return len(self._order)

    def __getitem__(self, key):
        return self._gather(self._order[key])


@functools.lru_cache(maxsize=6)
def _pictures(task, split):
    images, labels, count = _read(task, split)
    shape = pixels.resize(images[:1], task.image_size).shape[1:]
    chosen = np.empty((count, *shape), np.uint8)
    for part in _parts(count):
        chosen[part] = pixels.resize(images[part], task.image_size)
    return chosen, labels[:count].astype(np.int32)


def _read(task, split):
    """Returns the images and labels of a split, and the number to use."""
    images, labels = task.read(split)
    count = {"train": task.train_examples, "valid": task.valid_examples}.get(
        split
    )
    if len(images) == 0:
        raise UsageError(
            f"Expected pictures in split '{split}'. Received: none"
        )
    if count is None:
        count = len(images)
    if count > len(images):
        raise UsageError(
            f"Expected at most {len(images)} examples in split '{split}'. "
            f"Received: {split}_examples={count}"
        )
    return images, labels, count


def _parts(count, size=1000):
    """Yields slices of at most `size` examples, which limit the memory used."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
