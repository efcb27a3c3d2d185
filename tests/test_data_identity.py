"""Data that changed between two starts of a run."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.files import write_json
from nas_tf.runs import configuration
from nas_tf.runs import data_identity
from nas_tf.tasks import _cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path / "cache"))


def write_pictures(root, classes="ab", first=0, time=1_000_000):
    for name in classes:
        for i in range(6):
            folder = root / name
            folder.mkdir(parents=True, exist_ok=True)
            values = np.full((4, 4, 3), first + 10 * i + len(name), np.uint8)
            Image.fromarray(values).save(folder / f"{i}.bmp")
            os.utime(folder / f"{i}.bmp", (time, time))


def identity(call):
    found = data_identity.of(registry.make("tasks", call))
    return found[data_identity.KEY]


def refusal(old, new):
    return "; ".join(data_identity.changes(old, new))


def test_pictures_are_told_apart_by_content_and_not_by_place(tmp_path):
    root, moved = tmp_path / "photos", tmp_path / "moved"
    call = f"image_folder(path={str(root)!r})"
    write_pictures(root)
    first = identity(call)
    shutil.copytree(root, moved)
    assert identity(f"image_folder(path={str(moved)!r})") == first
    # Of the same names, sizes and times.
    write_pictures(root, first=1)
    assert "another content" in refusal(first, identity(call))
    task = registry.make("tasks", call)
    assert task.pictures("train")[0].min() % 10 == 2
    write_pictures(root, "c")
    assert "classes (more: c)" in refusal(first, identity(call))
    (root / "a" / "0.bmp").unlink()
    words = refusal(first, identity(call))
    assert "examples of train was 12, is now 17" in words


def test_equal_files_in_two_places_are_two_keys(tmp_path):
    parts = []
    for name, text in (("one", "x"), ("two", "y")):
        path = tmp_path / name / "file"
        path.parent.mkdir()
        path.write_text(text)
        os.utime(path, (5, 5))
        parts.append(_cache.fingerprint(path.parent, [path]))
    assert parts[0] != parts[1]


def test_texts_are_told_apart(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("one two three\n" * 20)
    first = identity(f"text(path={str(path)!r})")
    path.rename(tmp_path / "renamed.txt")
    path = tmp_path / "renamed.txt"
    assert identity(f"text(path={str(path)!r})") == first
    path.write_text("one two there\n" * 20)
    assert refusal(first, identity(f"text(path={str(path)!r})"))


def test_tables_are_told_apart(tmp_path):
    path = tmp_path / "table.csv"

    def found(text):
        path.write_text(text)
        call = f"tabular(path={str(path)!r}, key='k', reward='r')"
        return registry.make("evaluators", call).identity()

    first = found("k,r\n0,0.5\n1,0.25\n")
    assert found("r,k\n0.25,1\n0.5,0\n") == first
    assert "of the table" in refusal(first, found("k,r\n0,0.5\n1,0.75\n"))


def test_a_run_without_an_identity_goes_on(tmp_path):
    path = tmp_path / "configuration.json"
    now = {"seed": 0, "data": {"outputs": 3, "fingerprint": "a"}}
    write_json(path, {"seed": 0})
    configuration.compare(path, now)
    write_json(path, now)
    configuration.compare(path, now)
    with pytest.raises(UsageError, match="outputs was 3, is now 4"):
        configuration.compare(path, {**now, "data": {"outputs": 4}})
    assert read_json(path) == now


def test_translations_are_told_apart_by_their_sentences(tmp_path):
    pytest.importorskip("sentencepiece")
    words = ["one", "two", "six", "ten"]
    lines = [f"{a} {b} {c}" for a in words for b in words for c in words]

    def pairs(name, lines):
        folder = tmp_path / name
        folder.mkdir()
        for language, text in (("en", lines), ("de", lines[::-1])):
            path = folder / f"train.{language}"
            path.write_text("".join(f"{line}\n" for line in text))
        return identity(f"translation(path={str(folder)!r}, num_subwords=40)")

    first = pairs("first", lines)
    assert pairs("moved", lines) == first
    # As many sentences, of as many words and letters.
    assert refusal(first, pairs("other", [*lines[1:], lines[0]]))
