"""Flags as a file, written and read back."""

import pytest

from nas_tf.runs import flagfile


def test_flags_are_read_back(tmp_path):
    path = tmp_path / flagfile.FILE
    flagfile.write(
        path,
        ["--space=conv(num_layers=4, a='=')", "--seed=1", "--noreuse", "--all"],
    )
    assert flagfile.read(path) == {
        "space": "conv(num_layers=4, a='=')",
        "seed": "1",
        "noreuse": "noreuse",
        "all": "all",
    }


def test_what_is_no_flag_is_passed_over(tmp_path):
    path = tmp_path / flagfile.FILE
    path.write_bytes(b"# note\n\n--seed=1\nword\n--x=\xff\n")
    assert flagfile.read(path) == {"seed": "1", "x": "\ufffd"}


def test_without_a_file_there_are_none(tmp_path):
    assert flagfile.read(tmp_path / flagfile.FILE) == {}


@pytest.fixture
def moved(tmp_path):
    """The directory of a run that was moved from elsewhere."""
    (tmp_path / flagfile.FILE).write_text("--run_dir=elsewhere\n")
    (tmp_path / "configuration.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("form", [["--flagfile={}"], ["-flagfile", "{}"]])
def test_a_moved_directory_is_where_its_flagfile_lies(moved, form):
    words = [word.format(moved / flagfile.FILE) for word in form]
    words = ["search", *words, "--max_children=5"]
    assert flagfile.moved_to(words, ("run_dir",), "elsewhere") == moved
    assert flagfile.moved_to(words, ("run_dir",), str(moved / ".")) is None


def test_a_directory_on_the_command_line_is_meant(moved):
    words = [f"--flagfile={moved / flagfile.FILE}", "--run_dir=new"]
    assert flagfile.moved_to(words, ("run_dir",), "new") is None


def test_other_flagfiles_say_nothing_of_a_directory(moved):
    (moved / "mine.flags").write_text("--run_dir=elsewhere\n")
    words = [f"--flagfile={moved / 'mine.flags'}"]
    assert flagfile.moved_to(words, ("run_dir",), "elsewhere") is None
    assert flagfile.moved_to([], ("run_dir",), "elsewhere") is None
    (moved / "configuration.json").unlink()
    words = [f"--flagfile={moved / flagfile.FILE}"]
    assert flagfile.moved_to(words, ("run_dir",), "elsewhere") is None
