"""How flagfiles are found and read."""

import pytest

from nas_tf.commands import flagfiles
from nas_tf.errors import UsageError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.flags").write_text(
        "# a comment\n\n// another\n--seed=1\n --flagfile=b.flags \n--x\n"
    )
    (tmp_path / "b.flags").write_text("--space=conv(num_layers=2)\n")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [["--flagfile=a.flags"], ["--flagfile", "a.flags"], ["-flagfile=a.flags"]],
)
def test_flags_stand_where_the_flagfile_stood(here, words):
    assert flagfiles.expand(["--y", *words, "--seed=2"]) == [
        "--y",
        "--seed=1",
        "--space=conv(num_layers=2)",
        "--x",
        "--seed=2",
    ]


def test_words_behind_dashes_are_left_alone(here):
    words = ["--", "--flagfile=missing"]
    assert flagfiles.expand(words) == words
    assert flagfiles.expand(["flagfile=b.flags"]) == ["flagfile=b.flags"]


def test_a_flag_knows_its_file(here):
    words = flagfiles.expand(["--y=1", "--flagfile=a.flags"])
    assert flagfiles.origin(words, "space") == " in b.flags"
    assert flagfiles.origin(words, "y") == ""
    assert flagfiles.origin(words, "z") == ""


@pytest.mark.parametrize(
    "name",
    [
        "digits_conv_random",
        "digits_conv_random.flags",
        "flags/digits_conv_random.flags",
    ],
)
def test_files_of_the_package_are_found_from_anywhere(here, name):
    words = flagfiles.expand([f"--flagfile={name}"])
    # The file includes another one.
    assert "--strategy=random_search" in words
    assert "--max_children=96" in words


def test_a_file_of_ones_own_comes_first(here):
    (here / "digits_train").write_text("--seed=7\n")
    assert flagfiles.expand(["--flagfile=digits_train"]) == ["--seed=7"]


@pytest.mark.parametrize(
    "words, expected",
    [
        (["--flagfile"], "Received: none"),
        (["--flagfile="], "Received: none"),
        (
            ["--flagfile=no"],
            "nas_tf list flagfiles.*Received: no, which does not exist",
        ),
        (["--flagfile=digits_trian"], "Did you mean 'digits_train'"),
        (["--flagfile=dir/digits_train"], "which does not exist"),
        (["--flagfile=folder"], r"folder \(Is a directory\)"),
        (["--flagfile=binary"], r"binary \(its byte \d+ is no UTF-8\)"),
        (["--flagfile=loop"], "does not include itself. Received: loop"),
    ],
)
def test_mistakes_are_one_line(here, words, expected):
    (here / "folder").mkdir()
    (here / "binary").write_bytes(b"--seed=\xff")
    (here / "loop").write_text("--flagfile=loop\n")
    with pytest.raises(UsageError, match=expected) as caught:
        flagfiles.expand(words)
    assert "\n" not in str(caught.value)


def test_each_file_of_the_package_has_a_title():
    titles = flagfiles.titles()
    assert titles["digits_conv_reinforce"].startswith("Quickstart: ")
    assert all(titles.values())
