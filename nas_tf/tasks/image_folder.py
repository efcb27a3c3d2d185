"""Your own pictures, with one folder for each class.

The pictures are either in `path/<class>/*`, and are split at random, or in
`path/train/<class>/*`, `path/valid/<class>/*` and `path/test/<class>/*`. If
valid or test is missing, it is drawn from train at random.
"""

import dataclasses
import functools
import pathlib

import numpy as np
from PIL import Image

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.seeds import generator
from nas_tf.tasks import _cache
from nas_tf.tasks.image_classification import Rows
from nas_tf.tasks.named_classes import NamedClasses
from nas_tf.tasks.pixels import resize

SPLIT_NAMES = {
    "train": ("train",),
    "valid": ("valid", "validation", "val"),
    "test": ("test",),
}


@dataclasses.dataclass(frozen=True)
class ImageFolder(NamedClasses):
    """Pictures in any format that Pillow can open. Other files are ignored.

    A split drawn at random has the same share of every class, and at least one
    picture of each. Pictures of different sizes need `image_size`; those that
    are not square are then distorted.

    Attributes:
        path: The folder, see above.
        channels: 3 to convert pictures to RGB, 1 to convert them to grey.
        valid_fraction: Share of the pictures for validation, in (0, 1).
        test_fraction: Share of the pictures for the test, in (0, 1). The sum of
            both is below 1.

    The other options are those of `NamedClasses`.
    """

    path: str = dataclasses.field(kw_only=True, metadata=registry.location())
    channels: int = 3
    valid_fraction: float = 0.1
    test_fraction: float = 0.1

    def __post_init__(self):
        super().__post_init__()
        checks.one_of(self, "channels", (1, 3))
        checks.shares(self, "valid_fraction", "test_fraction")

    @property
    def all_class_names(self):
        """The sorted names of the class folders."""
        return _folders(self._split_folders()["train"])

    def raw(self, split):
        """Returns `(pictures, labels)` of a split at the size of their files.

        Pictures are a sequence of arrays `[H, W, channels]` uint8, each read
        when it is indexed.
        """
        count = self.num_examples(split)
        _, files, labels, order = self._files(split)

        def pictures(rows):
            return [read_picture(files[row], self.channels) for row in rows]

        order = order[:count]
        return Rows(pictures, order), labels[order]

    def read(self, split):
        root, files, labels, order = self._files(split)
        images = _cache.arrays(
            f"image_folder-{root.name}",
            [
                _cache.fingerprint(root, files),
                self.image_size,
                self.channels,
            ],
            lambda: {"images": _decode(files, self.image_size, self.channels)},
        )["images"]
        return Rows(images.__getitem__, order), labels[order]

    def _files(self, split):
        """Returns what a split consists of.

        Returns:
            The folder of class folders, its picture files, their `[N]` labels,
            and the rows of both that are in the split, in order.
        """
        folders = self._split_folders()
        source = split if split in folders else "train"
        files, labels = _list(folders[source], self.all_class_names)
        order = self._order(split, labels, folders)
        labels = self.renumbered(labels)
        return folders[source], files, labels, order[labels[order] >= 0]

    def _split_folders(self):
        """Returns a dict from split to folder, for splits with a folder."""
        root = pathlib.Path(self.path).expanduser()
        if not root.is_dir():
            raise UsageError(
                f"Expected a folder of class folders. Received: "
                f"path={self.path!r}, which is "
                + ("a file" if root.exists() else "not there")
            )
        found = {
            split: root / name
            for split, names in SPLIT_NAMES.items()
            for name in names
            if (root / name).is_dir()
        }
        # A class may be called "train" too, but then it contains no folders.
        if "train" in found and _folders(found["train"]):
            return found
        return {"train": root}

    def _order(self, split, labels, folders):
        """Returns the shuffled rows of a split, as indices of `labels`."""
        rng = generator(self.split_seed, "image_folder", split)
        if split != "train" and split in folders:
            return rng.permutation(len(labels))
        drawn = [name for name in ("valid", "test") if name not in folders]
        shares = {"valid": self.valid_fraction, "test": self.test_fraction}
        # The same random numbers for all splits, so that they do not overlap.
        common = generator(self.split_seed, "image_folder", "classes")
        chosen = []
        for label, name in enumerate(self.all_class_names):
            rows = common.permutation(np.flatnonzero(labels == label))
            parts, total = {}, len(rows)
            for part in drawn:
                count = max(1, round(shares[part] * total))
                parts[part], rows = rows[:count], rows[count:]
            if not len(rows):
                raise UsageError(
                    f"Expected enough pictures of every class to draw "
                    f"{' and '.join(drawn)} from and to train on. Received: "
                    f"{total} in class '{name}'"
                )
            parts["train"] = rows
            chosen.append(parts[split])
        return rng.permutation(np.concatenate(chosen))


def _folders(folder):
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not entry.name.startswith(".")
    )


def _list(folder, class_names):
    """Returns the picture files of a folder and their `[N]` int32 labels."""
    found = _folders(folder)
    if len(class_names) < 2:
        raise UsageError(
            f"Expected at least two class folders in {folder}. Received: "
            f"{', '.join(class_names) or 'none'}"
        )
    strange = [name for name in found if name not in class_names]
    if strange:
        raise UsageError(
            f"Expected only classes of the training pictures in {folder}. "
            f"Received: '{strange[0]}' too"
        )
    extensions = _extensions()
    files, labels = [], []
    for label, name in enumerate(class_names):
        pictures = []
        if name in found:
            pictures = sorted(
                path
                for path in (folder / name).iterdir()
                if path.suffix.lower() in extensions
                and not path.name.startswith(".")
                and path.is_file()
            )
        if not pictures:
            raise UsageError(
                f"Expected pictures of every class. Received: none in "
                f"{folder / name}"
            )
        files += pictures
        labels += [label] * len(pictures)
    return files, np.asarray(labels, np.int32)


@functools.lru_cache
def _extensions():
    """Returns the file extensions, such as ".png", that Pillow can open."""
    return {
        ending
        for ending, format in Image.registered_extensions().items()
        if format in Image.OPEN
    }


def _decode(files, image_size, channels):
    """Returns `[N, H, W, channels]` uint8."""
    images = None
    for i, path in enumerate(files):
        picture = read_picture(path, channels)
        if image_size is not None:
            picture = resize(picture[None], image_size)[0]
        if images is None:
            images = np.empty((len(files), *picture.shape), np.uint8)
        if picture.shape != images.shape[1:]:
            raise UsageError(
                f"Expected image_size, for instance image_size=32, since the "
                f"pictures differ in size (height x width): "
                f"{files[0]} has {_size(images[0])}, {path} {_size(picture)}"
            )
        images[i] = picture
    return images


def read_picture(path, channels):
    """Returns a picture file as `[height, width, channels]` uint8.

    Args:
        path: The file, in any format that Pillow can open.
        channels: 3 for RGB, 1 for grey.

    Raises:
        UsageError: If it cannot be read.
    """
    try:
        with Image.open(path) as picture:
            if picture.mode.startswith("I;16"):
                # Pillow would clip values above 255.
                grey = np.asarray(picture) >> 8
                picture = Image.fromarray(grey.astype(np.uint8))
            converted = picture.convert("RGB" if channels == 3 else "L")
    # Pillow raises nearly any kind of error for a broken file.
    except Exception as error:
        reason = str(error).split("\n")[0] or type(error).__name__
        raise UsageError(
            f"Expected a picture. Received: {path}, which cannot be read "
            f"({reason})"
        ) from error
    array = np.asarray(converted)
    return array.reshape(*array.shape[:2], channels)


def _size(picture):
    return f"{picture.shape[0]}x{picture.shape[1]}"


make = ImageFolder
