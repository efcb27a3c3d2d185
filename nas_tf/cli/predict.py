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
from nas_tf.cli import predictors
from nas_tf.commands import USAGE_EXIT_CODE
from nas_tf.errors import UsageError
from nas_tf.machine import standard_streams
from nas_tf.runs import card_file
from nas_tf.runs import exported
from nas_tf.translator import SENTENCES

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


def main(argv):
    """See the module."""
    if len(argv) < 3:
        raise UsageError(
            f"Expected a model and files, as in `nas_tf predict runs/digits "
            f"picture.png`. Received: {' '.join(argv[1:]) or 'none'}"
        )
    folder = exported.find(argv[1])
    predictor = load(folder, FLAGS.top_k, FLAGS.length)
    if not run(predictor, argv[2:], FLAGS.batch_size):
        sys.exit(USAGE_EXIT_CODE)


def load(folder, top_k, length):
    """Returns the predictor of an exported model, see `predictors`.

    Raises:
        UsageError: If the model cannot be opened, or is a translator.
    """
    card = card_file.read(folder / card_file.FILE)
    if card["input"] == SENTENCES:
        raise UsageError(
            f"Expected a model of pictures, texts or arrays. Received: "
            f"{folder}, a translator; nas_tf translate reads lines by it"
        )
    model = exported.load(folder, card)
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
