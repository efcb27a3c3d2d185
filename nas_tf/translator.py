"""A trained translator: lines in one language to lines in another."""

import pathlib
import typing
import warnings

from nas_tf import limits
from nas_tf import subwords
from nas_tf.errors import UsageError
from nas_tf.runs import card_file
from nas_tf.runs import exported
from nas_tf.tasks import _decoding

if typing.TYPE_CHECKING:
    import keras


# What the card of a translator says it takes.
SENTENCES = "sentences"


class Translator:
    """Translates lines by an exported model; `load_translator` opens one.

    Args:
        model: The Keras model.
        subwords: `nas_tf.subwords.Subwords` that it reads and writes.
        beam_width: Number of hypotheses of the search, 1 for a greedy one.
        length_penalty: Exponent of the length by which their scores are
            divided, at least 0 (Wu et al. 2016, equation 14).

    Attributes:
        model: As above.
        subwords: As above.
        beam_width: As above.
        length_penalty: As above.
    """

    def __init__(
        self,
        model: "keras.Model",
        subwords: subwords.Subwords,
        beam_width: int = 5,
        length_penalty: float = 1.0,
    ) -> None:
        self.model = model
        self.subwords = subwords
        self.beam_width = beam_width
        self.length_penalty = length_penalty

    def translate(
        self,
        lines: typing.Sequence[str],
        beam_width: int | None = None,
        length_penalty: float | None = None,
        batch_size: int = 32,
    ) -> list[str]:
        """Returns the translation of each line.

        A line is best one sentence, as in the training. Only the first 511
        subwords of a line are translated, which a warning says.

        Args:
            lines: Sequence of strings. Those without words stay empty.
            beam_width: As for the class. Default: None, for the class's.
            length_penalty: The same.
            batch_size: Number of lines that are translated together, at least
                1. It changes the time needed and nothing else. Default: 32.

        Returns:
            List of as many strings.

        Raises:
            UsageError: If `lines` is one string, or a number is out of its
                range.
        """
        if isinstance(lines, str):
            raise UsageError(
                f"Expected a list of lines. Received: the string {lines!r:.50}"
            )
        found, cut = self.attempt(lines, beam_width, length_penalty, batch_size)
        for number in cut:
            warnings.warn(f"Line {number + 1} {CUT}", stacklevel=2)
        return found

    def attempt(
        self,
        lines: typing.Sequence[str],
        beam_width: int | None = None,
        length_penalty: float | None = None,
        batch_size: int = 32,
    ) -> tuple[list[str], list[int]]:
        """Returns translations, and the numbers of the lines that were cut.

        It warns of nothing, and is as `translate` otherwise.
        """
        width = self.beam_width if beam_width is None else beam_width
        penalty = length_penalty
        if penalty is None:
            penalty = self.length_penalty
        return _decoding.translated(
            self.model, self.subwords, lines, width, penalty, batch_size
        )


# What is said of a line that `attempt` has cut.
CUT = (
    f"has too many words: its first {_decoding.LONGEST - 1} subwords are "
    f"translated, and the rest is left out."
)


def load_translator(path: "str | pathlib.Path") -> Translator:
    """Opens a translator that `nas_tf.train` has exported.

    It needs the folder and nothing that the model was trained on.

    Args:
        path: The exported folder, or the directory of the training.

    Raises:
        UsageError: If there is no translator, or one of its files is broken.
    """
    folder = exported.find(str(path))
    card = card_file.read(folder / card_file.FILE)
    if card.get("input") != SENTENCES:
        raise UsageError(
            f"Expected a translator. Received: {folder}, a model of "
            f"{card.get('input')}; nas_tf predict uses it"
        )
    pieces = subwords.load(folder / subwords.FILE)
    model = exported.load(folder, card)
    size = getattr(model, "num_symbols", None)
    if size != pieces.size or not hasattr(model, "step"):
        raise UsageError(
            f"Expected a translator of the {pieces.size} symbols in "
            f"{subwords.FILE}. Received: {folder} with "
            f"{type(model).__name__} of {size}"
        )
    return Translator(
        model,
        pieces,
        _number(card, "beam_width", 5, int, 1, 1000),
        _number(card, "length_penalty", 1.0, float, 0, limits.LENGTH_PENALTY),
    )


def _number(card, name, default, kind, minimum, maximum):
    """Returns a number on a card, which may be anybody's, or the default."""
    value = card.get(name, default)
    good = isinstance(value, (int, float)) and minimum <= value <= maximum
    return kind(value) if good else default
