"""Your own pictures, with one folder for each class.

The pictures are either in `path/<class>/*` and folders below, and are split at
random, or in `path/train/<class>/*`, `path/valid/<class>/*` and
`path/test/<class>/*`. If valid or test is missing, it is drawn from train at
random. docs/data.md says what is read, how it is scaled and what is passed
over.
"""

import dataclasses

import numpy as np
from PIL import Image

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.seeds import generator
from nas_tf.tasks import _cache
from nas_tf.tasks import _picture_folders
from nas_tf.tasks import _picture_values
from nas_tf.tasks.image_classification import Rows
from nas_tf.tasks.named_classes import NamedClasses
from nas_tf.tasks.pixels import resize


@dataclasses.dataclass(frozen=True)
class ImageFolder(NamedClasses):
    """Pictures of pixels, in the formats that docs/data.md lists.

    They are turned as their EXIF orientation says. A search says in a line
    which folder is which split and class, and what it passes over.

    A split drawn at random has the same share of every class, and at least one
    picture of each. Pictures of different sizes need `image_size`; those that
    are not square are then distorted.

    Attributes:
        path: The folder, see above.
        channels: 3 to convert pictures to RGB, 1 to convert them to grey.
        background: What transparent pictures are laid on, "white" (default) or
            "black".
        valid_fraction: Share of the pictures for validation, in (0, 1).
        test_fraction: Share of the pictures for the test, in (0, 1). The sum of
            both is below 1.

    The other options are those of `NamedClasses`.
    """

    path: str = dataclasses.field(kw_only=True, metadata=registry.location())
    channels: int = 3
    background: str = _picture_values.WHITE
    valid_fraction: float = 0.1
    test_fraction: float = 0.1

    def __post_init__(self):
        super().__post_init__()
        checks.one_of(self, "channels", (1, 3))
        checks.one_of(self, "background", tuple(_picture_values.BACKGROUNDS))
        checks.shares(self, "valid_fraction", "test_fraction")

    @property
    def all_class_names(self):
        """The sorted names of the class folders."""
        return _picture_folders.folder_names(self._split_folders()["train"])

    def raw(self, split):
        """Returns `(pictures, labels)` of a split at the size of their files.

        Pictures are a sequence of arrays `[H, W, channels]` uint8, each read
        when it is indexed.
        """
        count = self.num_examples(split)
        _, files, labels, order = self._files(split)

        def pictures(rows):
            return [
                read_picture(files[row], self.channels, self.background)
                for row in rows
            ]

        order = order[:count]
        return Rows(pictures, order), labels[order]

    def read(self, split):
        root, files, labels, order = self._files(split)
        form = (self.image_size, self.channels, self.background)
        images = _cache.arrays(
            f"image_folder-{root.name}",
            [_cache.fingerprint(root, files), *form],
            lambda: {"images": _decode(files, *form)},
        )["images"]
        return Rows(images.__getitem__, order), labels[order]

    def describe_data(self):
        folders, listings = self._listings()
        root = places.local(self.path)
        return _picture_folders.describe(
            root, folders, listings, self.all_class_names
        )

    def identity(self):
        _, listings = self._listings()
        return {
            "classes": list(self.all_class_names),
            "examples": {
                split: len(each.files) for split, each in listings.items()
            },
            "fingerprint": _cache.content(
                {
                    split: (each.folder, each.files)
                    for split, each in listings.items()
                }
            ),
        }

    def _listings(self):
        folders = self._split_folders()
        names = self.all_class_names
        return folders, {
            split: _picture_folders.listing(folder, names)
            for split, folder in folders.items()
        }

    def _files(self, split):
        """Returns what a split consists of.

        Returns:
            The folder of class folders, its picture files, their `[N]` labels,
            and the rows of both that are in the split, in order.
        """
        folders = self._split_folders()
        source = split if split in folders else "train"
        listing = _picture_folders.listing(
            folders[source], self.all_class_names
        )
        files, labels = listing.files, listing.labels
        order = self._order(split, labels, folders)
        labels = self.renumbered(labels)
        return folders[source], files, labels, order[labels[order] >= 0]

    def _split_folders(self):
        """Returns a dict from split to folder, for splits with a folder."""
        root = places.local(self.path)
        if not root.is_dir():
            raise UsageError(
                f"Expected a folder of class folders. Received: "
                f"path={self.path!r}, which is "
                + ("a file" if root.exists() else "not there")
            )
        return _picture_folders.splits(root)

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


def _decode(files, image_size, channels, background):
    """Returns `[N, H, W, channels]` uint8."""
    images = None
    for i, path in enumerate(files):
        picture = read_picture(path, channels, background)
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


def read_picture(path, channels, background=_picture_values.WHITE):
    """Returns a picture file as `[height, width, channels]` uint8.

    Args:
        path: The file, in one of `_picture_folders.FORMATS`.
        channels: 3 for RGB, 1 for grey.
        background: "white" (default) or "black", what it is laid on where it
            is transparent.

    Raises:
        UsageError: If it cannot be read, or has values of another depth.
    """
    try:
        with Image.open(path, formats=_picture_folders.formats()) as picture:
            return _picture_values.values(picture, channels, background)
    except _picture_values.Unreadable as error:
        raise UsageError(f"{error} in {path}") from None
    # Pillow raises nearly any kind of error for a broken file.
    except Exception as error:
        reason = str(error).split("\n")[0] or type(error).__name__
        raise UsageError(
            f"Expected a picture. Received: {path}, which cannot be read "
            f"({reason})"
        ) from error


def _size(picture):
    return f"{picture.shape[0]}x{picture.shape[1]}"


make = ImageFolder
