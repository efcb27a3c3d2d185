"""What is taken away: model files, spec, picture and card, checked and whole.

The files are written beside the last export, loaded and scored by a process of
its own, and only then take its place.
"""

import contextlib
import math
import os
import pathlib
import shutil

from nas_tf import drawing
from nas_tf.errors import UsageError
from nas_tf.executors.process import Process
from nas_tf.runs import spec_file
from nas_tf.train import model_card
from nas_tf.train import serving

# How far a reloaded model's score may be from the one it was saved with.
TOLERANCE = 1e-6

SPEC = "spec.json"
PICTURE = "architecture.png"


def export(model, spec, space, card, task, folder, origin=None):
    """Writes a model's folder at once or not at all.

    Args:
        model: Built Keras model on one device.
        spec: Its spec.
        space: `SearchSpace` that built it.
        card: Dict, see `model_card.make`; its score by the task's measure on
            the test examples is what reloaded models have to reach.
        task: `Task` that they are scored by.
        folder: `pathlib.Path` of a directory, replaced as a whole.
        origin: `Task` that `spec.json` names, with as many epochs as a child
            of the search had; None for none.

    Returns:
        Dict of the name of what was reloaded to its scores on the test
        examples.

    Raises:
        UsageError: If something cannot be written, or a reloaded model does
            not score as this one. The last export is then untouched.
    """
    partial = folder.with_name(folder.name + ".partial")
    recover(folder)
    with _told(folder):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        serving.save(model, partial)
        spec_file.write(partial / SPEC, space, spec, origin)
        drawing.draw(space.graph(spec), partial / PICTURE)
        reloaded = _scores_elsewhere(partial, task)
        _compare(reloaded, card["test"], task.measure)
        model_card.write(partial, card, list(reloaded))
        _replace(partial, folder)
    return reloaded


@contextlib.contextmanager
def _told(folder):
    """Turns what a full or forbidden disk raises into one line."""
    try:
        yield
    except Exception as error:
        # TensorFlow's own class for it is asked for by name, as it need not
        # be there.
        names = {cls.__name__ for cls in type(error).__mro__}
        if not names & {"OSError", "OpError"}:
            raise
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise UsageError(
            f"Cannot write {folder}: {reason}. What was there is untouched."
        ) from error
    finally:
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)


def _scores_elsewhere(folder, task):
    """Returns `serving.scores` of a process that is made for it."""
    with Process(workers=1) as executor:
        future = executor.submit(serving.scores, str(folder), task, "test")
        error = future.exception()
        if error is None:
            return future.result()
        status, reason = executor.failure(future) or (
            type(error).__name__,
            str(error).strip().split("\n")[0],
        )
    raise UsageError(
        f"Expected a model that can be loaded and scored by a new process. "
        f"Received: {status}: {reason}"
    ) from error


def _compare(reloaded, wanted, measure):
    for name, scores in reloaded.items():
        value = scores[measure]
        if not math.isclose(
            value, wanted[measure], rel_tol=TOLERANCE, abs_tol=TOLERANCE
        ):
            raise UsageError(
                f"Expected the reloaded {name} to have the {measure} "
                f"{wanted[measure]} on the test examples. Received: {value}"
            )


def _replace(partial, folder):
    """Puts one folder in the place of another."""
    old = _old(folder)
    if folder.exists():
        os.rename(folder, old)
    os.rename(partial, folder)
    shutil.rmtree(old, ignore_errors=True)


def recover(folder):
    """Puts right what a crash between two renamings left."""
    old = _old(folder)
    if old.exists():
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, folder)


def _old(folder):
    return pathlib.Path(f"{folder}.old")
