"""Subwords: the pieces of words that translators read and write.

They are found by byte-pair encoding (Sennrich, Haddow & Birch 2016, "Neural
Machine Translation of Rare Words with Subword Units"), as `sentencepiece`
computes it. Lines go in and come out as people write them, so nobody has to
split words from punctuation.
"""

import io
import unicodedata

from nas_tf import reading
from nas_tf.errors import UsageError

PADDING = 0
UNKNOWN = 1
BEGIN = 2
END = 3
# Numbers of subwords that stand for no text.
SPECIAL = 4
FILE = "subwords.model"
# As many lines say which pairs of symbols are frequent.
MOST_LINES = 2_000_000
# In bytes; sentencepiece leaves out longer lines.
LONGEST_LINE = 16_384


class Subwords:
    """Splits lines into numbered subwords, and joins them again.

    Args:
        model: The bytes of a sentencepiece model, see `train`.
        source: Where it comes from, for messages.

    Attributes:
        model: The bytes.
        size: Number of subwords, the special ones included: `PADDING`,
            `UNKNOWN`, `BEGIN` and `END`.

    Raises:
        UsageError: If it is no such model, or sentencepiece is missing.
    """

    def __init__(self, model, source="it"):
        self.model = bytes(model)
        library = _sentencepiece()
        # It prints what is wrong with broken models.
        library.set_min_log_level(3)
        try:
            self._processor = library.SentencePieceProcessor(
                model_proto=self.model
            )
        except (RuntimeError, OSError, ValueError):
            raise UsageError(
                f"Expected a model of sentencepiece. Received: {source}, "
                f"which cannot be read as one"
            ) from None
        special = (
            self._processor.pad_id(),
            self._processor.unk_id(),
            self._processor.bos_id(),
            self._processor.eos_id(),
        )
        if special != (PADDING, UNKNOWN, BEGIN, END):
            raise UsageError(
                f"Expected subwords whose padding, unknown, begin and end are "
                f"0, 1, 2 and 3. Received: {source} with {special}"
            )
        self.size = self._processor.get_piece_size()

    def encode(self, lines):
        """Returns a list of integers for each line, without begin and end.

        Args:
            lines: Iterable of strings. White space of any kind and length
                counts as one space.
        """
        return self._processor.encode([tidy(line) for line in lines])

    def decode(self, rows):
        """Returns the line of each sequence of integers.

        Special subwords are left out.

        Args:
            rows: Iterable of sequences of integers in [0, size).
        """
        kept = [[int(n) for n in row if n >= SPECIAL] for row in rows]
        return [tidy(line) for line in self._processor.decode(kept)]


def tidy(line):
    """Returns a line with single spaces, and accents in their letters."""
    return " ".join(unicodedata.normalize("NFC", line).split())


def train(lines, size):
    """Returns the `Subwords` of a text by byte-pair encoding.

    Of a long text `MOST_LINES` evenly spaced lines are used.

    Args:
        lines: Sequence of strings.
        size: Number of subwords, the special ones included. A text with few
            different words has fewer.

    Raises:
        UsageError: If the text has more different characters than that, or
            none, or sentencepiece is missing.
    """
    library = _sentencepiece()
    step = max(1, -(-len(lines) // MOST_LINES))
    chosen = lines[::step]
    found = io.BytesIO()
    characters = set()
    for line in chosen:
        characters.update(line)
    characters.discard(" ")
    if not characters or len(characters) + SPECIAL + 1 > size:
        raise UsageError(
            f"Expected text of 1 to {size - SPECIAL - 1} different characters "
            f"for a vocabulary of {size}. Received: {len(characters)}"
        )
    try:
        library.SentencePieceTrainer.train(
            sentence_iterator=map(tidy, chosen),
            model_writer=found,
            model_type="bpe",
            vocab_size=size,
            hard_vocab_limit=False,
            pad_id=PADDING,
            unk_id=UNKNOWN,
            bos_id=BEGIN,
            eos_id=END,
            character_coverage=1.0,
            normalization_rule_name="identity",
            max_sentence_length=LONGEST_LINE,
            num_threads=1,
            minloglevel=3,
        )
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"Expected text that sentencepiece splits into {size} subwords. "
            f"Received: {len(chosen)} lines ({reason:.200})"
        ) from None
    return Subwords(found.getvalue())


def load(path):
    """Returns the `Subwords` of a file.

    Raises:
        UsageError: If there is no such file, or it is broken.
    """
    model = reading.content(path, "a file of subwords", reading.LARGEST_JSON)
    return Subwords(model, path)


def _sentencepiece():
    try:
        import sentencepiece
    except ImportError as error:
        raise UsageError(
            f"Expected sentencepiece, which splits words into subwords: "
            f"pip install 'sentencepiece>=0.2'. Received: {error}"
        ) from None
    return sentencepiece
