"""Turns lines of text into streams of symbol numbers."""

import collections

import numpy as np

from nas_tf import reading
from nas_tf.errors import UsageError

LEVELS = ("word", "character")
SPLITS = ("train", "valid", "test")
EOS = "<eos>"
UNKNOWN = "<unk>"
SPACE = "_"


def read_lines(path):
    """Returns the lines of a UTF-8 text file, without their ends.

    Args:
        path: `pathlib.Path`.

    Raises:
        UsageError: If the file cannot be read, is not UTF-8 or has no text.
    """
    try:
        text = reading.content(path, "a text file").decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"Expected text in UTF-8. Received: {path}, whose byte "
            f"{error.start} (0x{error.object[error.start]:02x}) is not"
        ) from None
    # Editors on Windows begin a file with this mark. `str.splitlines` is not
    # used, since it would also split at characters within a line.
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise UsageError(
            f"Expected text in UTF-8. Received: {path} with {reading.WIDE}"
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        kind = "only blank lines" if text else "nothing"
        raise UsageError(f"Expected text. Received: {path} with {kind} in it")
    return text.removesuffix("\n").split("\n")


def symbols(lines, level):
    """Yields the symbols of lines of text, and `<eos>` after each line.

    Args:
        lines: Iterable of strings.
        level: "word" splits a line at white space. "character" strips the line
            and yields each character, with "_" for a space.
    """
    for line in lines:
        yield from line.split() if level == "word" else _characters(line)
        yield EOS


def tidy(line, level):
    """Returns a line that means the same to `symbols`, with plain spaces.

    Args:
        line: String.
        level: As in `symbols`.
    """
    return " ".join(line.split()) if level == "word" else line.strip()


def character_text(lines):
    """Returns a text in the format of the published character files of PTB.

    Args:
        lines: Iterable of strings.

    Returns:
        A string with a space after every character, line ends included, and
        "_" for a space within a line.
    """
    return "".join(
        f"{character} "
        for line in lines
        for character in _characters(line) + "\n"
    )


def encode(texts, level, max_words=None):
    """Numbers the symbols of a text by their frequency.

    Args:
        texts: Dict from split to a list of lines, for each of `SPLITS`.
        level: "word" or "character".
        max_words: Number of symbols to keep in addition to `<eos>` and
            `<unk>`: the most frequent of the training text, and among equally
            frequent ones the first in the alphabet. None (default): all.

    Returns:
        A dict from split to `[N]` int32, and the list of symbols, sorted by
        their frequency in the training text, then by the alphabet. A symbol
        that is not in the list is `<unk>` in the streams. `<unk>` itself is in
        the list only if it occurs.
    """
    streams = {name: list(symbols(texts[name], level)) for name in SPLITS}
    counts = collections.Counter(streams["train"])
    words = [word for word in _ranked(counts) if word not in (EOS, UNKNOWN)]
    for word in words[max_words:] if max_words else ():
        counts[UNKNOWN] += counts.pop(word)
    if any(word not in counts for name in SPLITS for word in streams[name]):
        counts[UNKNOWN] += 0
    vocabulary = _ranked(counts)
    numbers = {word: number for number, word in enumerate(vocabulary)}
    unknown = numbers.get(UNKNOWN)
    encoded = {
        name: np.fromiter(
            (numbers.get(word, unknown) for word in stream), np.int32
        )
        for name, stream in streams.items()
    }
    return encoded, vocabulary


def _ranked(counts):
    return sorted(counts, key=lambda word: (-counts[word], word))


def _characters(line):
    return line.strip().replace(" ", SPACE)
