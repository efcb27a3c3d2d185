"""Data sets of TensorFlow Datasets (TFDS), prepared or downloaded, by name."""

import contextlib
import difflib
import importlib.util
import os
import pathlib
import urllib.parse

from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.tasks import _cache

# Seconds that a server may take to answer at all.
_PATIENCE = 5


class NotInstalled(UsageError):
    """Raised if a package that is needed to read the data is missing."""


def prepared(name, data_dir, check):
    """Returns the TFDS builder of a prepared data set.

    Args:
        name: Name in the TFDS catalogue, optionally with configuration and
            version.
        data_dir: Folder of prepared data sets, which is only read, or None for
            the default folder of TFDS, to which a missing one is downloaded.
        check: Function of name and builder that raises `UsageError` for a data
            set of another kind, which then is not downloaded.

    Raises:
        UsageError: If there is no such data set, or it cannot be downloaded.
        NotInstalled: If TFDS or TensorFlow is not installed.
    """
    for package in ("tensorflow", "tensorflow_datasets"):
        if importlib.util.find_spec(package) is None:
            raise NotInstalled(
                f"Expected {package} to be installed, to read '{name}' from "
                f"TFDS. Received: no such package"
            )
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.read_only_builder import builder_from_files

    folder = data_dir
    # TFDS reads storage of Google by its addresses.
    if data_dir and not places.is_address(data_dir):
        folder = str(places.local(data_dir))
    try:
        builder = builder_from_files(name, data_dir=folder)
    except tfds.core.DatasetNotFoundError:
        if folder:
            raise UsageError(
                f"Expected the prepared TFDS data set '{name}' in "
                f"data_dir={data_dir!r}, {_what_is(folder)}. Without data_dir "
                f"it is downloaded."
            ) from None
        builder = _download(name, check)
    except ValueError as error:
        raise UsageError(
            f"Expected a TFDS name. Received: {name!r}: {first(error)}"
        ) from None
    check(name, builder)
    return builder


def first(thing):
    """Returns the first line of a message, 200 characters at most."""
    return " ".join(str(thing).split("\n")[:1]).strip()[:200]


def _download(name, check):
    import tensorflow_datasets as tfds

    if not (places.has_home() or os.environ.get("TFDS_DATA_DIR")):
        raise UsageError(
            f"Expected a folder for the TFDS data set '{name}', by data_dir, "
            f"HOME or TFDS_DATA_DIR. Received: none of them"
        )
    gone = None
    try:
        # Without a lock TFDS lets two processes download the same data.
        with _cache.locked(f"tfds-{name}"):
            builder = tfds.builder(name)
            # A data set of another kind need not be downloaded.
            check(name, builder)
            gone = _unreachable(builder)
            with _without_retries() if gone else contextlib.nullcontext():
                builder.download_and_prepare()
    except tfds.core.DatasetNotFoundError:
        near = difflib.get_close_matches(name, tfds.list_builders(), n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise UsageError(f"Unknown TFDS data set '{name}'.{hint}") from None
    except UsageError:
        raise
    # TFDS raises too many kinds of errors to list: for an unknown name or
    # version, no network, no disk space, data to be downloaded by hand.
    except Exception as error:
        reason = f"no connection to {gone}" if gone else first(error)
        raise UsageError(
            f"Cannot download the TFDS data set '{name}': {reason}"
        ) from error
    return builder


def _unreachable(builder):
    """Returns a host of a builder's files that does not answer, or None."""
    # TFDS downloads by it.
    import requests

    addresses = getattr(builder, "url_infos", None) or {}
    hosts = {
        (parts.scheme, parts.netloc)
        for parts in map(urllib.parse.urlsplit, addresses)
        if parts.scheme in ("http", "https")
    }
    for scheme, host in sorted(hosts):
        try:
            requests.head(f"{scheme}://{host}/", timeout=_PATIENCE)
        except (requests.ConnectionError, requests.Timeout):
            return host
        except requests.RequestException:
            pass
    return None


@contextlib.contextmanager
def _without_retries():
    """Has TFDS give up at once, instead of after three minutes.

    Files that were downloaded before are still used.
    """
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import downloader

    before = getattr(downloader, "MAX_RETRIES", None)
    tfds.disable_progress_bar()
    if before is not None:
        downloader.MAX_RETRIES = 0
    try:
        yield
    finally:
        tfds.enable_progress_bar()
        if before is not None:
            downloader.MAX_RETRIES = before


def _what_is(folder):
    path = pathlib.Path(folder)
    if not path.is_dir():
        return "which is not a folder"
    names = sorted(entry.name for entry in path.iterdir())
    listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return f"which has {listed}" if names else "which is empty"
