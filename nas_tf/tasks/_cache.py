"""Decoded data on disk, so that it is decoded once for all processes.

The files are in `$NAS_TF_CACHE_DIR`, by default `~/.cache/nas_tf`, or in a
folder of temporary files where there is no home that can be written. They are
read as memory maps, so worker processes share the memory, and a new worker
process decodes nothing. Nothing is ever removed; the folder may be deleted at
any time.
"""

import contextlib
import hashlib
import json
import math
import os
import shutil
import sys

import filelock
import numpy as np

from nas_tf.errors import UsageError
from nas_tf.machine import places

# Part of every key. Increase it when the meaning of the stored arrays changes.
_FORMAT = 2

# Seconds that a process waits for another without a word.
SILENCE = 5.0

# The arrays of this process, if the folder cannot be written.
_kept: dict[str, tuple] = {}


def arrays(name, key, make):
    """Returns the arrays of `make()`, which is called at most once.

    Args:
        name: Name of the files, for people who look at the folder.
        key: JSON-able value, everything that the arrays depend on.
        make: Function without arguments that returns a dict of NumPy arrays.

    Returns:
        Dict of read-only memory maps, or of arrays if the folder cannot be
        written.
    """

    def save(folder):
        made = make()
        try:
            with _new(folder) as temporary:
                for name, array in made.items():
                    with open(temporary / f"{name}.npy", "wb") as file:
                        np.save(file, array, allow_pickle=False)
                        file.flush()
                        os.fsync(file.fileno())
        except OSError:
            return _kept.setdefault(folder, made)
        return _load(folder) or made

    return _arrays(name, key, make, save)


def filled(name, key, shapes, fill):
    """Returns arrays that are written part by part, as files.

    They need not fit into memory, unless the folder cannot be written.

    Args:
        name: As for `arrays`.
        key: As for `arrays`.
        shapes: Dict from the name of an array to its shape and dtype.
        fill: Function of a dict of these arrays that writes their content.

    Returns:
        As `arrays`.

    Raises:
        UsageError: If there is no room for the files.
    """

    def make():
        made = {name: np.empty(*form) for name, form in shapes.items()}
        fill(made)
        return made

    def save(folder):
        try:
            with _new(folder) as temporary:
                made = {
                    name: np.lib.format.open_memmap(
                        temporary / f"{name}.npy", "w+", dtype, shape
                    )
                    for name, (shape, dtype) in shapes.items()
                }
                fill(made)
                for array in made.values():
                    array.flush()
        except OSError as error:
            size = sum(
                np.dtype(dtype).itemsize * math.prod(shape)
                for shape, dtype in shapes.values()
            )
            raise UsageError(
                f"Expected {size / 1e9:.1f} GB of room for decoded data in "
                f"{folder.parent}, or elsewhere by NAS_TF_CACHE_DIR. Received: "
                f"{error.strerror or error}"
            ) from None
        return _load(folder)

    return _arrays(name, key, make, save)


def _arrays(name, key, make, save):
    """Returns the arrays of a key, made or saved by a function if missing.

    Args:
        name: As for `arrays`.
        key: As for `arrays`.
        make: Function that returns the arrays, if nothing can be written.
        save: Function of the folder that writes and returns them.
    """
    own_name = folder_name(name, key)
    found = stored(own_name)
    if found:
        return found
    folder = _root() / own_name
    with contextlib.ExitStack() as stack:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_lock(f"{folder}.lock"))
        except (OSError, NotImplementedError):
            return _kept.setdefault(folder, make())
        return _load(folder) or save(folder)


def folder_name(name, key):
    """Returns the name of the folder in which `arrays` keeps its arrays."""
    text = json.dumps([_FORMAT, name, key])
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{name.replace('/', '-')}-{digest}"


def stored(folder_name):
    """Returns the arrays in a folder, an empty dict if there is none."""
    for root in _roots():
        found = _load(root / folder_name)
        if found:
            return found
    return _kept.get(_root() / folder_name, {})


def place(folder_name):
    """Returns the path of a folder of arrays."""
    return _root() / folder_name


def locked(name):
    """Returns a lock that one process of the machine can hold at a time.

    Args:
        name: Name of the lock.

    Returns:
        A context manager. It does nothing if the folder cannot be written.
    """
    path = _root() / f"{name.replace('/', '-')}.lock"
    stack = contextlib.ExitStack()
    with contextlib.suppress(OSError, NotImplementedError):
        _root().mkdir(parents=True, exist_ok=True)
        stack.enter_context(_lock(path))
    return stack


@contextlib.contextmanager
def _lock(path):
    """Holds a lock; says what it waits for if that takes long."""
    lock = filelock.FileLock(path, timeout=SILENCE)
    try:
        lock.acquire()
    except filelock.Timeout:
        print(
            f"Waiting for another process, which holds {path} while it "
            f"prepares the same data.",
            file=sys.stderr,
            flush=True,
        )
        lock.acquire(timeout=-1)
    try:
        yield
    finally:
        lock.release()


def fingerprint(folder, paths):
    """Returns a string that changes with the files and with their place.

    Files unpacked from archives may have one time, and programs can set the
    time of a change. So the place counts too, and the time at which the system
    last changed anything about a file, which nobody can set.

    Args:
        folder: The folder that contains the files.
        paths: Iterable of paths. The string depends on their absolute names,
            their sizes and their times.
    """
    digest = hashlib.sha256(os.fsencode(os.path.realpath(folder)) + b"\n")
    for path in sorted(paths):
        stat = path.stat()
        facts = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        relative = os.fsencode(path.relative_to(folder).as_posix())
        digest.update(relative + "\0{}\0{}\0{}\n".format(*facts).encode())
    return digest.hexdigest()


def content(files):
    """Returns a string that changes with what is in files, wherever they are.

    They are read once, until `fingerprint` changes.

    Args:
        files: Dict from a name, such as that of a split, to a pair of a folder
            and a list of paths in it. The string depends on these names, the
            paths relative to the folder, and the bytes in the files.

    Raises:
        UsageError: If a file cannot be read.
    """
    key = [
        [name, fingerprint(folder, paths)]
        for name, (folder, paths) in sorted(files.items())
    ]
    digest = arrays("content", key, lambda: {"digest": _digest(files)})
    return digest["digest"].tobytes().hex()


def _digest(files):
    """Returns the `[16]` uint8 that `content` shows."""
    whole = hashlib.sha256()
    for name, (folder, paths) in sorted(files.items()):
        whole.update(f"{name}\n".encode())
        for path in sorted(paths):
            relative = os.fsencode(path.relative_to(folder).as_posix())
            try:
                with open(path, "rb") as file:
                    own = hashlib.file_digest(file, "sha256")
            except OSError as error:
                raise UsageError(
                    f"Expected a file that can be read. Received: {path} "
                    f"({error.strerror})"
                ) from None
            whole.update(relative + b"\0" + own.digest() + b"\n")
    return np.frombuffer(whole.digest()[:16], np.uint8)


def _roots():
    return places.cache("NAS_TF_CACHE_DIR", ".cache/nas_tf")


def _root():
    return _roots()[-1]


def _load(folder):
    """Returns the arrays of a folder, or an empty dict."""
    try:
        return {
            path.stem: np.load(path, mmap_mode="r", allow_pickle=False)
            for path in sorted(folder.glob("*.npy"))
        }
    except (OSError, ValueError, EOFError):
        # Such as a file that is empty: it is made again.
        return {}


@contextlib.contextmanager
def _new(folder):
    """Yields a folder for files, which becomes `folder` if all goes well."""
    temporary = folder.with_name(folder.name + ".tmp")
    for old in (temporary, folder):
        shutil.rmtree(old, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
