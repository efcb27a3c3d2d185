import sys

import pytest

from nas_tf import subwords
from nas_tf.errors import UsageError

LINES = ["The old cat sees a dog.", "Die alte Katze sieht einen Hund."] * 20


@pytest.fixture(scope="module")
def trained():
    return subwords.train(LINES, 60)


def test_lines_come_back_as_they_were(trained):
    rows = trained.encode(LINES[:2])
    assert trained.decode(rows) == LINES[:2]
    assert all(subwords.SPECIAL <= n < trained.size for n in rows[0])
    # Special ones stand for no text, and white space counts as one space.
    wrapped = [subwords.BEGIN, *rows[0], subwords.END, 0, subwords.UNKNOWN]
    assert trained.decode([wrapped]) == LINES[:1]
    assert trained.encode(["  The\told\u00a0cat   sees a dog. "]) == rows[:1]
    assert trained.encode(["", " \t"]) == [[], []]
    assert trained.decode([[]]) == [""]


def test_composed_and_decomposed_letters_are_the_same():
    found = subwords.train(["für Mütter"] * 3, 30)
    assert found.encode(["fu\u0308r"]) == found.encode(["für"])
    unknown = found.encode(["漢"])[0]
    assert unknown[-1] == subwords.UNKNOWN


def test_training_twice_gives_the_same_and_less_text_fewer(trained, tmp_path):
    assert subwords.train(LINES, 60).model == trained.model
    assert trained.size == 60
    assert subwords.train(LINES, 10_000).size < 200
    path = tmp_path / subwords.FILE
    path.write_bytes(trained.model)
    assert subwords.load(path).encode(LINES) == trained.encode(LINES)


@pytest.mark.parametrize("lines", [[], [" "]])
def test_text_without_characters_is_refused(lines):
    with pytest.raises(UsageError, match="Received: 0"):
        subwords.train(lines, 60)


def test_messages(trained, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"1 to 5 .* for a vocabulary of 10\."):
        subwords.train(LINES, 10)
    path = tmp_path / subwords.FILE
    with pytest.raises(UsageError, match=r"Received: .*No such file"):
        subwords.load(tmp_path / "none" / subwords.FILE)
    for broken in (b"", b"junk" * 9, trained.model[: len(trained.model) // 2]):
        path.write_bytes(broken)
        with pytest.raises(UsageError, match=r"subwords\.model"):
            subwords.load(path)
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(UsageError, match="pip install 'sentencepiece"):
        subwords.train(LINES, 60)
