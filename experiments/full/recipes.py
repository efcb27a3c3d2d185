"""The published recipes, the short ones, and their small scale.

A whole recipe is that of a flagfile, so it has one place. What is changed for
a residual network, an LSTM or a short training stands here.
"""

import dataclasses
import functools
import json

from experiments import jobs
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.runs import flagfile

SCALES = ("full", "small")
# A short recipe is a single cycle of the learning rate.
SHORT_EPOCHS = 45
SHORT = {"schedule": "one_cycle"}
RESNET_SPACE = "experiments.resnet(stages=3, max_pairs=5)"
# Of ResNets for 32x32 pixels in three stages (He et al. 2015, section 4.2).
RESNET_WIDTH = 16
# With it, NASCell's outputs are about as large as an LSTM's before training.
OUTPUT_SCALE = 4
SMALL_PICTURES = {
    "image_size": 16,
    "train_examples": 512,
    "valid_examples": 256,
    "batch_size": 32,
}
SMALL_TEXT = {
    "max_words": 500,
    "train_tokens": 20_000,
    "valid_tokens": 2_000,
    "batch_size": 10,
    "steps": 20,
}
SMALL_EPOCHS = 3


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One training of an architecture.

    Attributes:
        flagfile: Flagfile of the whole recipe, whose values count where the
            next ones have none.
        architecture: Name of a published network, or a `Spec`, or None.
        space: Call string of the search space, or None.
        options: Dict of options of the task to change.
        epochs: Number of epochs, or None for those of the flagfile.
        small: Function of a space's call string and an architecture that
            returns both at the small scale.
    """

    flagfile: str
    architecture: object = None
    space: str | None = None
    options: dict = dataclasses.field(default_factory=dict)
    epochs: int | None = None
    small: object = None

    @property
    def is_short(self):
        return self.options.get("schedule") == SHORT["schedule"]

    def short(self, **options):
        """Returns the short form of this recipe, with further options."""
        changed = {**self.options, **SHORT, **options}
        return dataclasses.replace(self, options=changed, epochs=SHORT_EPOCHS)

    def flags(self, scale, folder, data_dir, **options):
        """Returns the flags of `nas_tf.train`, a dict.

        Args:
            scale: One of `SCALES`.
            folder: `pathlib.Path` of the output, made if missing.
            data_dir: Folder with the data.
            **options: Options of the task to change; None for none.
        """
        flags = flagfile.read(jobs.ROOT / self.flagfile)
        name, task = registry.parse_call(flags["task"])
        task |= self.options
        epochs = self.epochs or task["epochs"]
        space = self.space or flags.get("space")
        architecture = self.architecture or flags["architecture"]
        if scale == "small":
            space, architecture = self.small(space, architecture)
            task |= SMALL_TEXT if name == "ptb" else SMALL_PICTURES
            epochs = SMALL_EPOCHS
        task |= {k: v for k, v in options.items() if v is not None}
        task["data_dir"] = data_dir
        if not isinstance(architecture, str):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "architecture.json"
            path.write_text(json.dumps(architecture.to_json()))
            architecture = str(path)
        return {
            "architecture": architecture,
            "space": space,
            "task": call(name, {**task, "epochs": epochs}),
            "epochs": epochs,
            "output": str(folder),
        }


def call(name, arguments):
    """Returns a call string."""
    listed = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return f"{name}({listed})"


def find(name):
    """Returns the `Recipe` of a name.

    Raises:
        UsageError: If there is none.
    """
    found = recipes()
    if name not in found:
        raise UsageError(
            f"Expected one recipe of {', '.join(found)}. Received: {name}"
        )
    return found[name]


@functools.cache
def recipes():
    """Returns a dict from names to recipes."""
    nas = Recipe("flags/cifar10_nas_conv_v1_train.flags", small=_small_nas_conv)
    nasnet = Recipe("flags/cifar10_nasnet_a_train.flags", small=_small_nasnet)
    nascell = Recipe("flags/ptb_nascell_25m_train.flags", small=_small_text)
    lstm = dataclasses.replace(
        nascell,
        architecture="lstm",
        space=_with_cell("recurrent", nascell),
    )
    scaled = dataclasses.replace(
        nascell, space=_with_cell("tree", nascell, output_scale=OUTPUT_SCALE)
    )
    residual = {
        f"resnet{6 * pairs + 2}": dataclasses.replace(
            nas,
            architecture=_resnet(RESNET_WIDTH, pairs),
            space=RESNET_SPACE,
            small=_small_resnet,
        )
        for pairs in (3, 5)
    }
    # Batches of four times as many pictures, at four times the rate.
    quicker = {"batch_size": 128, "learning_rate": 0.1}
    pictures = {"nas_conv_v1": nas, **residual}
    return {
        **pictures,
        "nasnet_a_cifar": nasnet,
        "nascell_25m": nascell,
        "lstm_25m": lstm,
        "nascell_25m_scaled": scaled,
        **{f"{name}_short": r.short() for name, r in pictures.items()},
        "nasnet_a_cifar_short": nasnet.short(**quicker),
    }


def _with_cell(space, recipe, **changed):
    """Returns the call string of a space with a recipe's skeleton.

    Args:
        space: Name of the space.
        recipe: `Recipe`.
        **changed: Options of the skeleton to change.
    """
    own = flagfile.read(jobs.ROOT / recipe.flagfile)["space"]
    options = registry.parse_call(own)[1]
    skeleton, its = registry.parse_call(options["skeleton"])
    skeleton = call(skeleton, {**its, **changed})
    return call(space, {**options, "skeleton": skeleton})


def _resnet(width, pairs):
    space = registry.make("spaces", RESNET_SPACE)
    return space.decode((width - 1, pairs - 1))


def _small_nas_conv(space, architecture):
    from experiments.nas_conv_v1.__main__ import scaled

    return "conv", scaled(6)


def _small_resnet(space, architecture):
    return RESNET_SPACE, _resnet(4, 1)


def _small_nasnet(space, architecture):
    name, options = registry.parse_call(space)
    return call(name, {**options, "num_repeats": 1, "filters": 8}), architecture


def _small_text(space, architecture):
    name, options = registry.parse_call(space)
    skeleton, its = registry.parse_call(options["skeleton"])
    del its["params"]
    its["units"] = 24
    return call(
        name, {**options, "skeleton": call(skeleton, its)}
    ), architecture
