"""Which folder is which split and class, and what is passed over."""

import os

import pytest
from PIL import Image

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.tasks import image_folder


def write(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            Image.new("RGB", (4, 4), (len(name), 0, 0)).save(path)
        else:
            path.write_text("no picture")


def pictures(folder, count=6):
    return [f"{folder}/{c}/{i}.png" for c in "ab" for i in range(count)]


def task(root):
    return registry.make("tasks", f"image_folder(path={str(root)!r})")


NAMES = [
    ("train", "val", "test"),
    ("Train", "Valid", "Test"),
    ("Training", "Validation", "Testing"),
    ("TRAINING", "DEV", "TEST"),
]


@pytest.mark.parametrize("names", NAMES)
def test_folders_of_splits_are_known_by_many_names(tmp_path, names):
    for count, name in zip((6, 3, 2), names):
        write(tmp_path, *pictures(name, count))
    found = task(tmp_path)
    assert found.identity()["examples"] == {"train": 12, "valid": 6, "test": 4}
    assert [found.num_examples(s) for s in ("train", "valid", "test")] == [
        *(12, 6, 4)
    ]
    line = found.describe_data()
    assert "Passed over: nothing." in line and "\n" not in line
    for split, name in zip(("train", "valid", "test"), names):
        assert f"of split '{split}' in {name}" in line


def test_two_folders_of_one_split_are_refused(tmp_path):
    write(tmp_path, *pictures("train"), *pictures("Training"))
    with pytest.raises(UsageError, match="Received: Training and train"):
        task(tmp_path).check()


def test_a_line_says_what_is_passed_over(tmp_path):
    write(tmp_path, *pictures("train"), "train/a/x.heic", "train/b/y.HEIC")
    write(tmp_path, "train/a/Thumbs.db", "train/a/more/z.png", "notes/n.txt")
    write(tmp_path, "train/a/.DS_Store", "train/list.csv")
    (tmp_path / "train" / "a" / "round").symlink_to(tmp_path / "train")
    line = task(tmp_path).describe_data()
    for words in (
        "13 of split 'train'",
        "2 classes by folder (a, b)",
        "3 files of other kinds",
        "2 .heic, 1 .db",
        "links to folders below those of the classes",
        "(a/round/)",
        "1 file beside the folders of classes",
        "1 .csv",
        "folders beside the splits (notes)",
    ):
        assert words in line


def test_splits_of_unknown_names_are_not_taken_for_classes(tmp_path):
    write(tmp_path, *pictures("Learn"), *pictures("Judge"))
    with pytest.raises(UsageError, match="Judge, Learn, each with.* a, b"):
        task(tmp_path).check()
    # With another folder below, they are classes.
    write(tmp_path, "Learn/c/1.png")
    assert task(tmp_path).all_class_names == ["Judge", "Learn"]
    assert task(tmp_path).identity()["examples"] == {"train": 25}


def test_a_class_of_other_files_is_refused_with_their_kind(tmp_path):
    write(tmp_path, *pictures("."), *(f"c/{i}.heic" for i in range(300)))
    with pytest.raises(UsageError, match="none in .*c, but 300 .heic"):
        task(tmp_path).check()


def test_files_without_pixels_are_passed_over_and_run_no_program(
    tmp_path, monkeypatch
):
    program = tmp_path / "bin" / "gs"
    write(tmp_path / "bin", "gs")
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent))
    drawing = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n"
    root = tmp_path / "pictures"
    write(root, *pictures("."), "a/film.mpg", "a/data.h5", "b/drawing.eps")
    (root / "b" / "drawing.eps").write_text(drawing)
    found = task(root)
    assert found.num_examples("train") + found.num_examples("valid") < 12
    assert "3 files of other kinds" in found.describe_data()
    # Neither does one that is called a picture.
    (root / "b" / "0.png").write_text(drawing)
    with pytest.raises(UsageError, match="cannot identify"):
        image_folder.read_picture(root / "b" / "0.png", 3)
    assert not (tmp_path / "ran").exists()


def test_a_folder_that_moves_away_ends_the_search_not_its_children(tmp_path):
    root = tmp_path / "pictures"
    write(root, *pictures("train", 12))
    run = tmp_path / "run"

    class Moving(Observer):
        def on_trial(self, archive, trial):
            root.rename(tmp_path / "elsewhere")

    with pytest.raises(UsageError, match="Expected a folder of class folders"):
        run_search(
            "conv(num_layers=1)",
            f"image_folder(path={str(root)!r}, epochs=1)",
            strategy="random_search",
            run_dir=run,
            max_children=4,
            observers=[Moving()],
        )
    (line,) = (run / "trials.jsonl").read_text().splitlines()
    assert '"status": "ok"' in line


@pytest.mark.parametrize("name", [b"train/a/\xff.png", b"train/\xff/x.png"])
def test_names_that_are_no_text_are_refused_in_one_line(tmp_path, name):
    write(tmp_path, *pictures("train"), os.fsdecode(name))
    with pytest.raises(UsageError, match=r"in UTF-8.*\\udcff"):
        task(tmp_path).check()


def test_classes_whose_names_are_no_line_are_refused(tmp_path):
    write(tmp_path, *pictures("train"), "train/a\nb/x.png")
    with pytest.raises(UsageError, match="one line of text") as caught:
        task(tmp_path).check()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "train", "train/a"])
def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch, name):
    write(tmp_path, *pictures("train"))
    closed, scandir = tmp_path / name, os.scandir

    def refusing(folder):
        if os.fspath(folder) == os.fspath(closed):
            raise PermissionError(13, "Permission denied", os.fspath(folder))
        return scandir(folder)

    # Everything can be read by root, whom tests may run as.
    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(UsageError, match=r"read. Received: .*denied"):
        task(tmp_path).check()
