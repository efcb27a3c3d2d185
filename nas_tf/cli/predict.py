"""Uses an exported model on files: nas_tf predict MODEL FILES...

MODEL is a run whose winner was trained by `nas_tf train`, the directory of a
training, or the folder of an exported model. FILES are what the model was
trained on: pictures, texts, or arrays (.npy, .npz, or .csv with the model's
columns). One line for each file has the class and its probability, or the
perplexity of a text and how it goes on. A file that cannot be read is one line
on the standard error stream; the others are read, and the exit code is 2.
"""

import sys

from absl import flags

from nas_tf import layout
from nas_tf import places
from nas_tf import standard_streams
from nas_tf.cli import predictors
from nas_tf.commands import USAGE_EXIT_CODE
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.runs import card_file

FLAGS = flags.FLAGS

flags.DEFINE_integer(
    "top_k", 1, "How many classes to show, the likeliest first.", lower_bound=1
)
flags.DEFINE_integer(
    "length",
    20,
    "Number of words or characters that a text goes on for.",
    lower_bound=0,
)
flags.DEFINE_integer(
    "batch_size", 32, "Number of files that are read together.", lower_bound=1
)

KERAS_FILE = "model.keras"
# Where the model is below a training or a run.
PLACES = (".", "model", "trained/model")


def main(argv):
    """See the module."""
    if len(argv) < 3:
        raise UsageError(
            f"Expected a model and files, as in `nas_tf predict runs/digits "
            f"picture.png`. Received: {' '.join(argv[1:]) or 'none'}"
        )
    folder = find(argv[1])
    predictor = load(folder, FLAGS.top_k, FLAGS.length)
    if not run(predictor, argv[2:], FLAGS.batch_size):
        sys.exit(USAGE_EXIT_CODE)


def find(text):
    """Returns the folder of an exported model, a `pathlib.Path`.

    Args:
        text: Path of the model's file, its folder, a training or a run.

    Raises:
        UsageError: If there is no model, or it is of an earlier version.
    """
    path = places.local(text)
    if path.name == KERAS_FILE:
        path = path.parent
    for place in PLACES:
        folder = path / place
        if (folder / KERAS_FILE).is_file():
            if "input" in card_file.read(folder / card_file.FILE):
                return folder
            raise UsageError(
                f"Expected a model that takes raw inputs. Received: {folder}, "
                f"of an earlier version; nas_tf train exports it anew"
            )
    raise UsageError(
        f"Expected a run that nas_tf train was called for, or the folder of an "
        f"exported model. Received: {text}"
    )


def load(folder, top_k, length):
    """Returns the predictor of an exported model, see `predictors`.

    Raises:
        UsageError: If the model cannot be opened.
    """
    card = card_file.read(folder / card_file.FILE)
    foreign = [name for name in card.get("imports", ()) if name != "nas_tf"]
    if foreign:
        # What a card names is not imported: it may be anybody's.
        raise UsageError(
            f"Expected a model of Keras's and nas_tf's own layers. Received: "
            f"{folder}, which needs `import {foreign[0]}`; its predict.py does "
            f"that"
        )
    keras = import_keras()
    try:
        model = keras.models.load_model(folder / KERAS_FILE)
    # Keras raises nearly any kind of error for a broken file.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"Expected a model that Keras opens. Received: "
            f"{folder / KERAS_FILE} ({reason})"
        ) from error
    return predictors.make(model, folder, card, top_k, length)


def run(predictor, paths, batch_size):
    """Prints a line for each file.

    Args:
        predictor: What `load` returned.
        paths: Sequence of paths as text.
        batch_size: Number of files that are read together.

    Returns:
        Whether all files could be read.
    """
    good = True
    for start in range(0, len(paths), batch_size):
        read = []
        for path in paths[start : start + batch_size]:
            try:
                read.append((path, predictor.read(path)))
            except UsageError as error:
                good = False
                _flush(predictor, read)
                print(f"error: {error}", file=standard_streams.stderr())
        _flush(predictor, read)
    return good


def _flush(predictor, read):
    """Prints the lines of files that were read, and empties the list."""
    if read:
        for path, line in predictor.lines(read):
            # Names of classes come from others.
            print(layout.printable(f"{path}: {line}"))
        sys.stdout.flush()
    read.clear()
