"""The exported folder: model files, spec, drawing and card.

The files are written beside the last export. Another process loads and scores
them, and only then does the new folder replace the old one.
"""

import contextlib
import math
import os
import pathlib
import shutil

from nas_tf import drawing
from nas_tf.errors import UsageError
from nas_tf.runs import spec_file
from nas_tf.train import elsewhere
from nas_tf.train import formats
from nas_tf.train import model_card
from nas_tf.train import reloading
from nas_tf.train import serving
from nas_tf.train import usage
from nas_tf.train.formats import _scores
from nas_tf.train.raw_model import raw_model

# Largest difference, relative or absolute, between the score of a model and
# the score of its reloaded files.
TOLERANCE = 1e-6

SPEC = "spec.json"
PICTURE = "architecture.png"


def export(model, spec, space, card, task, folder, origin=None, also=()):
    """Exports a model; the folder is replaced only if everything succeeds.

    Args:
        model: Built Keras model on one device.
        spec: Its spec.
        space: `SearchSpace` that built it.
        card: Dict, see `model_card.make`. Reloaded models must reach its score
            on the test examples.
        task: `Task` that scores them.
        folder: `pathlib.Path` of the exported directory.
        origin: `Task` that `spec.json` names, with the epochs of a child of
            the search. Default: None, for no task.
        also: Names of further formats, see `nas_tf.train.formats`. Those of
            the last export are written again too. Default: none.

    Returns:
        What `reloading.scores` and `_scores.compare` of the formats return
        of the test examples.

    Raises:
        UsageError: If a file cannot be written, or a reloaded model scores
            differently. The last export is then left unchanged.
    """
    partial = folder.with_name(folder.name + ".partial")
    recover(folder)
    also = formats.wanted(also, folder)
    formats.check(also, task)
    with _told(folder):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        raw = raw_model(model, task)
        # A translator is no single function of its input.
        one_call = task.kind != "translation"
        serving.save(raw, partial, task.class_names, saved_model=one_call)
        imports = elsewhere.imports_of(partial / serving.KERAS_FILE)
        usage.write(partial, raw, task, imports)
        spec_file.write(partial / SPEC, space, spec, origin)
        drawing.draw(space.graph(spec), partial / PICTURE)
        formats.write(also, raw, task, partial)
        reloaded = reloading.scores(partial, raw, task, "test")
        _compare(reloaded, card["test"], task.measure)
        files = _scores.compare(also, raw, task, partial, "test")
        card = {**card, **usage.facts(raw, task, imports), "formats": files}
        model_card.write(partial, card, reloaded)
        _replace(partial, folder)
    return reloaded, files


@contextlib.contextmanager
def _told(folder):
    """Turns the errors of a full or read-only disk into one line."""
    try:
        yield
    except Exception as error:
        # TensorFlow's class is compared by name, so that TensorFlow need not
        # be installed.
        names = {cls.__name__ for cls in type(error).__mro__}
        if not names & {"OSError", "OpError"}:
            raise
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise UsageError(
            f"Cannot write {folder}: {reason}. The last export is unchanged."
        ) from error
    finally:
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)


def _compare(reloaded, wanted, measure):
    for name, scores in reloaded.items():
        if scores is None:
            continue
        value = scores[measure]
        if not math.isclose(
            value, wanted[measure], rel_tol=TOLERANCE, abs_tol=TOLERANCE
        ):
            raise UsageError(
                f"Expected the reloaded {name} to have the {measure} "
                f"{wanted[measure]} on the test examples. Received: {value}"
            )


def _replace(partial, folder):
    """Replaces a folder by another."""
    old = _old(folder)
    if folder.exists():
        os.rename(folder, old)
    os.rename(partial, folder)
    shutil.rmtree(old, ignore_errors=True)


def recover(folder):
    """Restores the folder after a crash between the two renames."""
    old = _old(folder)
    if old.exists():
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, folder)


def _old(folder):
    return pathlib.Path(f"{folder}.old")
