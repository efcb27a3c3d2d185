import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import _pairs


def write(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def test_files_of_splits_are_found_by_several_names(tmp_path):
    folder = write(tmp_path, train_en="a", train_de="b", val_en="a", val_de="b")
    found = _pairs.files_in(folder, "en", "de")
    assert {split: pair[1].name for split, pair in found.items()} == {
        "train": "train.de",
        "valid": "val.de",
    }
    back = _pairs.files_in(folder, "de", "en")["train"]
    assert [path.name for path in back] == ["train.de", "train.en"]
    for name in ("test_2016.en", "test_2016.de"):
        (folder / name).write_text("a")
    found = _pairs.files_in(folder, "en", "de")["test"]
    assert found[0].name == "test_2016.en"
    (folder / "test_2017.en").write_text("a")
    with pytest.raises(UsageError, match=r"one of test_2016, test_2017"):
        _pairs.files_in(folder, "en", "de")
    assert "test" in _pairs.files_in(folder, "en", "de", "test_2016")
    with pytest.raises(UsageError, match=r"test_name names.*neither"):
        _pairs.files_in(folder, "en", "de", "test_2015")


def broken_folders(folder):
    yield write(folder / "none"), r"Received: an empty folder"
    path = write(folder / "other", train_fr="a", notes_txt="b")
    yield path, r"train\.en and train\.de.*Received: notes\.txt, train\.fr"
    yield write(folder / "one", train_en="a"), r"Received: the first alone"
    path = write(folder / "uneven", train_en="a\nb\n", train_de="c\nd\ne\n")
    yield path, r"as many lines.*Received: 2 and 3"
    path = write(folder / "empty", train_en="a\n", train_de="")
    yield path, r"train\.de with nothing in it"
    path = write(
        folder / "latin", train_en="a\n", train_de="f\xfcr".encode("latin1")
    )
    yield path, r"UTF-8.*train\.de, whose byte 1 \(0xfc\)"
    path = write(
        folder / "wide", train_en="a\n", train_de="für".encode("utf-16")
    )
    yield path, r"UTF-8.*train\.de, whose byte 0"


def test_broken_folders(tmp_path):
    for folder, message in broken_folders(tmp_path):
        with pytest.raises(UsageError, match=message) as caught:
            _pairs.read_pair(_pairs.files_in(folder, "en", "de")["train"])
        assert "\n" not in str(caught.value)


def test_tables(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("Go.\tGeh.\tCC-BY\nHi!\tHallo!\tCC-BY\n\n", "utf-8-sig")
    wanted = (["Go.", "Hi!"], ["Geh.", "Hallo!"])
    assert _pairs.read_table(path, "en", "de") == wanted
    path.write_text("id\tde\ten\n1\tGeh.\tGo.\r\n2\tHallo!\tHi!\r\n")
    assert _pairs.read_table(path, "en", "de") == wanted
    for text, message in [
        ("a\tb\nc\n", "line 2 with 1"),
        ("en\tde\n", "without"),
        ("a,b\n", "line 1 with 1"),
    ]:
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            _pairs.read_table(path, "en", "de")


def test_empty_sides_are_left_out():
    sides = _pairs.without_empty(["a", " ", "c", "d"], ["e", "f", "", "h"])
    assert sides == [["a", "d"], ["e", "h"]]
    assert _pairs.without_empty([""], ["a"]) == [[], []]


def test_a_source_is_drawn_into_one_split():
    sources = [f"line {number % 60}" for number in range(100)]
    found = _pairs.drawn(sources, ["valid", "test"], 0)
    texts = {
        name: {sources[row] for row in rows} for name, rows in found.items()
    }
    assert [len(texts[n]) for n in ("train", "valid", "test")] == [48, 6, 6]
    assert len(set().union(*texts.values())) == 60
    assert sum(map(len, found.values())) == 100
    again = _pairs.drawn(sources, ["valid", "test"], 0)
    other = _pairs.drawn(sources, ["valid", "test"], 1)
    np.testing.assert_array_equal(found["test"], again["test"])
    assert set(other["test"]) != set(found["test"])
    assert len(_pairs.drawn(sources, [], 0)["train"]) == 100
    with pytest.raises(UsageError, match="at least 10 different pairs"):
        _pairs.drawn(["a"] * 50, ["test"], 0)
