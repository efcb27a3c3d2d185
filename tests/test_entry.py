"""The command nas_tf itself, and its list of parts."""

import re
import subprocess
import sys

import pytest

from tests import forked


def command(*words):
    done = forked.command("nas_tf", *words)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", [(), ("--help",), ("help",)])
def test_without_a_command_there_is_a_list(words):
    code, out, error = command(*words)
    assert (code, error) == (0, "")
    assert out.startswith("Usage: nas_tf COMMAND [FLAGS]\n")
    for name in ("search", "train", "predict", "report", "runs", "show"):
        assert f"\n  {name} " in out


def test_an_unknown_command_is_refused():
    code, out, error = command("serch", "--seed=1")
    assert (code, out) == (2, "")
    first, _, rest = error.partition("\n")
    assert first == "error: Unknown command 'serch'. Did you mean 'search'?"
    assert "Usage: nas_tf COMMAND" in rest


def test_it_has_a_version():
    code, out, _ = command("--version")
    assert code == 0
    assert out.startswith("nas_tf 0.")


@pytest.mark.parametrize(
    "words, expected",
    [
        (("search", "--spaec=conv"), "Unknown command line flag 'spaec'"),
        (("train", "--epochs=0"), "epochs"),
        (("report",), "Expected directories of runs"),
        (("list", "--seed=1"), "Unknown command line flag 'seed'"),
        (("list", "--flagfile=no"), "no, which does not exist"),
        (
            ("list", "space"),
            "Unknown kind of part 'space'. Did you mean 'spaces'",
        ),
        (("list", "spaces", "conf"), "Did you mean 'conv'"),
        (("list", "spaces", "conv", "tree"), "Expected KIND and NAME"),
        (("list", "architectures", "gro"), "Did you mean 'gru'"),
        (("list", "flagfiles", "digit"), "Unknown flagfile 'digit'"),
    ],
)
def test_mistakes_are_one_line(words, expected):
    code, out, error = command(*words)
    assert (code, out) == (2, "")
    assert error.startswith("error: ") and error.count("\n") == 1
    assert expected in error


def test_parts_are_listed_with_their_first_line():
    _, out, error = command("list")
    assert error == ""
    assert "spaces:\n  conv " in out
    assert re.search(r"\n  digits +Handwritten digits: 1,797 real 8x8", out)
    assert "\n  nascell " in out
    _, out, _ = command("list", "executors")
    assert out.startswith("executors:\n  inline ")
    assert "spaces:" not in out


def test_options_have_a_meaning_a_default_and_a_range():
    _, out, _ = command("list", "spaces", "conv")
    assert "\n  start_layers=None\n      Number of layers at the start" in out
    assert (
        "\n      Accepts None or a whole number from 1 to num_layers.\n" in out
    )
    _, out, _ = command("list", "tasks", "image_folder")
    assert "  path  (has to be given)\n" in out
    _, out, _ = command("list", "executors", "inline")
    assert "It has no options." in out
    _, out, _ = command("list", "architectures", "lstm")
    assert "of the space recurrent" in out
    _, out, _ = command("list", "flagfiles", "digits_conv_random")
    assert "\n--strategy=random_search" in out


def test_a_reader_that_leaves_early_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m nas_tf list | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


# A process of its own, as the others are forks of one that has Keras.
@pytest.mark.parametrize(
    "words",
    [
        ["search", "--space=conf"],
        ["train", "--architecture=nothing"],
        ["report", "nothing"],
        ["predict", "nothing", "file"],
    ],
)
def test_a_mistake_is_one_line_in_a_process_of_its_own(words):
    done = subprocess.run(
        [sys.executable, "-m", "nas_tf", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
