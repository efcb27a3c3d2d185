"""Translates lines: nas_tf translate --model=DIR < in > out.

Standard input is text in UTF-8 with one sentence a line, and standard output
has the translation of each line in the same order. A line without words stays
empty. DIR is the folder of a model that `nas_tf train` exported for a task of
translation, the directory of that training, or its run.
"""

import itertools
import os
import sys

from absl import flags

from nas_tf import limits
from nas_tf import reading
from nas_tf.errors import UsageError
from nas_tf.translator import CUT
from nas_tf.translator import load_translator

FLAGS = flags.FLAGS

flags.DEFINE_string("model", None, "Folder of the exported translator.")
flags.DEFINE_integer(
    "beam_width",
    None,
    "Number of hypotheses of the search, 1 for a greedy one. Default: that of "
    "the model's card.",
    lower_bound=1,
    upper_bound=1000,
)
flags.DEFINE_float(
    "length_penalty",
    None,
    "Exponent of the length by which scores are divided. Default: that of the "
    "model's card.",
    lower_bound=0,
    upper_bound=limits.LENGTH_PENALTY,
)
flags.DEFINE_integer(
    "sentences_together",
    32,
    "Number of lines that are translated together. It changes the time needed "
    "and nothing else.",
    lower_bound=1,
)

# Lines that are read before they are sorted by their length and translated.
AHEAD = 32


def main(argv):
    """See the module."""
    if len(argv) > 1:
        raise UsageError(
            f"Expected lines on standard input, as in `nas_tf translate "
            f"--model=DIR < FILE`. Received: {argv[1]}"
        )
    if not FLAGS.model:
        raise UsageError(
            "Expected --model=DIR, the folder of an exported translator. "
            "Received: none"
        )
    if sys.stdin is None:
        raise UsageError("Expected lines on standard input. Received: none")
    translator = load_translator(FLAGS.model)
    # Who types a line waits for its translation.
    typed = sys.stdin.isatty()
    count = 1 if typed else AHEAD * FLAGS.sentences_together
    try:
        _translate(translator, _decoded(sys.stdin.buffer), count)
    except BrokenPipeError:
        # The reader of the output has seen enough. Python writes what is left
        # in its buffer at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _translate(translator, lines, count):
    number = 0
    while part := list(itertools.islice(lines, count)):
        texts = [line for line in part if not isinstance(line, UsageError)]
        found, cut = translator.attempt(
            texts,
            FLAGS.beam_width,
            FLAGS.length_penalty,
            FLAGS.sentences_together,
        )
        for line in cut:
            print(f"Line {number + line + 1} {CUT}", file=sys.stderr)
        # In any locale, and with no other ends of lines.
        text = "".join(f"{line}\n" for line in found)
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
        number += len(found)
        if len(texts) < len(part):
            # What comes before a broken line is not lost.
            raise part[len(texts)]


def _decoded(stream):
    """Yields the lines of a binary stream, at last an error if there is one."""
    for number, line in enumerate(stream, 1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if b"\0" in line:
            yield UsageError(
                f"Expected text in UTF-8. Received: line {number} of standard "
                f"input with {reading.WIDE}"
            )
            return
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            yield UsageError(
                f"Expected text in UTF-8. Received: line {number} of standard "
                f"input, whose byte {error.start} "
                f"(0x{error.object[error.start]:02x}) is not; the lines "
                f"before it are translated"
            )
            return
