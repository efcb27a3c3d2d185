"""Which folder of pictures is which split and class, and what is passed over.

The pictures of a class may lie in folders below its own. Nothing is left out
without a word: files of a kind that is not read, files beside the folders of
classes, links to folders, and folders beside the splits.
"""

import collections
import dataclasses
import functools
import os
import pathlib

import numpy as np
from PIL import Image

from nas_tf import checks
from nas_tf.errors import UsageError

# In any mixture of capital and small letters.
SPLIT_NAMES = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test", "testing"),
}
# Formats of pixels, by Pillow's names. Others have no pixels of their own, such
# as films and HDF5, or are drawn by a program that Pillow looks for in PATH.
FORMATS = frozenset(
    {
        *("AVIF", "BMP", "DDS", "DIB", "GIF", "ICNS", "ICO", "JPEG"),
        *("JPEG2000", "PCX", "PNG", "PPM", "PSD", "QOI", "SGI", "TGA"),
        *("TIFF", "WEBP", "XBM", "XPM"),
    }
)
# So many names of a kind are written out.
_SHOWN = 5


@dataclasses.dataclass(frozen=True)
class Listing:
    """The picture files below one folder of class folders.

    Attributes:
        folder: `pathlib.Path` of the folder.
        files: List of `pathlib.Path`, sorted by class and name.
        labels: `[N]` int32, the number of each file's class.
        kinds: `collections.Counter` of the endings of files of other kinds.
        links: `collections.Counter` of the links to folders below those of the
            classes, which may lead around in circles.
        beside: `collections.Counter` of the endings of files beside the
            folders of classes.
    """

    folder: pathlib.Path
    files: list
    labels: np.ndarray
    kinds: collections.Counter
    links: collections.Counter
    beside: collections.Counter

    def passed_over(self):
        """Yields what is not read, and why, in words."""
        if self.kinds:
            yield (
                f"{_files(self.kinds)} of other kinds in {self.folder} "
                f"({_listed(self.kinds)})"
            )
        if self.links:
            yield (
                f"links to folders below those of the classes in "
                f"{self.folder} ({_names(self.links)})"
            )
        if self.beside:
            yield (
                f"{_files(self.beside)} beside the folders of classes in "
                f"{self.folder} ({_listed(self.beside)})"
            )


def splits(root):
    """Returns a dict from split to its folder, {"train": root} without any.

    Args:
        root: `pathlib.Path` of a folder.

    Raises:
        UsageError: If two folders may be the same split.
    """
    found = {}
    for split, names in SPLIT_NAMES.items():
        folders = [n for n in folder_names(root) if n.lower() in names]
        if len(folders) > 1 and folder_names(root / folders[0]):
            raise UsageError(
                f"Expected one folder of split '{split}' in {root}. Received: "
                f"{' and '.join(folders)}"
            )
        if folders:
            found[split] = root / folders[0]
    # A class may be called "train" too, but then it contains no folders.
    if "train" in found and folder_names(found["train"]):
        return found
    return {"train": root}


def folder_names(folder):
    """Returns the sorted names of the folders in a folder.

    Those that begin with a dot belong to programs.
    """
    return sorted(
        entry.name
        for entry in _entries(folder)
        if entry.is_dir() and not entry.name.startswith(".")
    )


def _entries(folder):
    """Returns the list of the `os.DirEntry` of a folder."""
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as error:
        _refuse(error)
    for entry in found:
        _check_name(entry.path)
    return found


def listing(folder, class_names):
    """Returns the `Listing` of a folder of class folders.

    Args:
        folder: `pathlib.Path`.
        class_names: Names of the folders, in the order of the labels.

    Raises:
        UsageError: If there are fewer than two classes, one more than those of
            the training pictures, a class without a picture, or if the folders
            seem to be those of splits.
    """
    found = folder_names(folder)
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
    files, labels = [], []
    kinds, links = collections.Counter(), collections.Counter()
    checks.lines(class_names, "folders of classes with names")
    for label, name in enumerate(class_names):
        pictures = []
        if name in found:
            pictures = _pictures(folder / name, folder, kinds, links)
        if not pictures:
            seen = _listed(kinds + links)
            raise UsageError(
                f"Expected pictures of every class. Received: none in "
                f"{folder / name}" + (f", but {seen}" if seen else "")
            )
        files += pictures
        labels += [label] * len(pictures)
    _check_are_classes(folder, files, class_names)
    labels = np.asarray(labels, np.int32)
    return Listing(folder, files, labels, kinds, links, _beside(folder))


def describe(root, folders, listings, class_names):
    """Returns one line on what was read from a folder and what was not.

    Args:
        root: `pathlib.Path` of the folder of everything.
        folders: What `splits` returned of it.
        listings: Dict from the same splits to their `Listing`.
        class_names: Names of the classes.
    """
    read = [
        f"{len(listings[split].files):,} of "
        + (f"split '{split}' in {folder.name}" if folder != root else "all")
        for split, folder in folders.items()
    ]
    if folders == {"train": root}:
        read = [f"{len(listings['train'].files):,}, no folders of splits"]
    passed = [p for each in listings.values() for p in each.passed_over()]
    if folders["train"] != root:
        used = {folder.name for folder in folders.values()}
        beside = [n for n in folder_names(root) if n not in used]
        if beside:
            counter = collections.Counter(beside)
            passed.append(f"folders beside the splits ({_names(counter)})")
    names = collections.Counter(class_names)
    return (
        f"Pictures in {root}: {', '.join(read)}; {len(class_names):,} classes "
        f"by folder ({_names(names)}). Passed over: "
        f"{'; '.join(passed) or 'nothing'}."
    )


def _pictures(folder, root, kinds, links):
    """Returns the sorted pictures of one class; counts what is passed over."""
    pictures = []
    for place, folders, names in os.walk(folder, onerror=_refuse):
        here = pathlib.Path(place)
        seen = [name for name in folders if not name.startswith(".")]
        linked = [name for name in seen if (here / name).is_symlink()]
        for name in linked:
            links[f"{(here / name).relative_to(root)}/"] += 1
        folders[:] = [name for name in seen if name not in linked]
        for name in names:
            path = here / name
            if name.startswith("."):
                continue
            _check_name(path)
            if _is_picture(name) and path.is_file():
                pictures.append(path)
            else:
                kinds[path.suffix.lower() or "no ending"] += 1
    return sorted(pictures)


def _check_name(path):
    """Raises `UsageError` for a name that cannot be written as text."""
    try:
        os.fspath(path).encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(
            f"Expected names of files and folders in UTF-8. Received: "
            f"{os.fspath(path)!a}"
        ) from None


def _refuse(error):
    raise UsageError(
        f"Expected a folder that can be read. Received: {error.filename} "
        f"({error.strerror})"
    )


def _check_are_classes(folder, files, class_names):
    """Raises `UsageError` if each class has the same folders, and no pictures.

    Splits of unknown names would otherwise be taken for classes.
    """
    below = [path.relative_to(folder).parts for path in files]
    if any(len(parts) < 3 for parts in below):
        return
    inner = {name: set() for name in class_names}
    for parts in below:
        inner[parts[0]].add(parts[1])
    first = inner[class_names[0]]
    if len(first) > 1 and all(names == first for names in inner.values()):
        raise UsageError(
            f"Expected class folders, or folders of splits by the names of "
            f"docs/data.md, in {folder}. Received: "
            f"{_names(collections.Counter(class_names))}, each with the "
            f"folders {_names(collections.Counter(sorted(first)))}"
        )


def _beside(folder):
    return collections.Counter(
        os.path.splitext(entry.name)[1].lower() or "no ending"
        for entry in _entries(folder)
        if not entry.name.startswith(".") and not entry.is_dir()
    )


def _is_picture(name):
    return os.path.splitext(name)[1].lower() in extensions() and name[0] != "."


@functools.lru_cache
def formats():
    """Returns the names of `FORMATS` that this Pillow can open, sorted."""
    Image.init()
    return sorted(FORMATS & Image.OPEN.keys())


@functools.lru_cache
def extensions():
    """Returns the file extensions of `formats`, such as ".png"."""
    return {
        ending
        for ending, format in Image.registered_extensions().items()
        if format in formats()
    }


def _files(counter):
    count = counter.total()
    return "1 file" if count == 1 else f"{count:,} files"


def _listed(counter):
    """Returns the most frequent names with their numbers, in words."""
    most = counter.most_common(_SHOWN)
    words = [f"{count:,} {name}" for name, count in most]
    return ", ".join(words) + (", ..." if len(counter) > _SHOWN else "")


def _names(counter):
    names = list(counter)
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
