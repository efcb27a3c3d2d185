"""--help of every command."""

import re

import pytest

from nas_tf import registry
from nas_tf.commands import help_text
from tests import forked

COMMANDS = [
    ("nas_tf.search", "--help"),
    ("nas_tf.train", "--helpshort"),
    ("nas_tf.report", "-h"),
    ("nas_tf", "search", "--seed=1", "--help"),
    ("nas_tf", "list", "--help"),
]


@pytest.mark.parametrize("words", COMMANDS)
def test_help_is_a_success_and_fits_a_terminal(words):
    done = forked.command(*words)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert re.match(r"[A-Z].*: (python -m )?nas_tf", lines[0])
    assert max(map(len, lines)) <= 80
    assert "Flags of every command:" in lines
    assert "  --flagfile=FILE" in lines


def test_flags_have_values_choices_and_defaults():
    text = forked.command("nas_tf.search", "--help").stdout
    assert "  --[no]reuse_rewards\n" in text
    assert "  --oversize=redraw|penalise\n      What happens" in text
    assert "  --max_children=N\n" in text
    assert (
        "  --run_dir=TEXT\n      Directory of the run. Default: runs/" in text
    )
    # The spaces there are, and where their options are shown.
    spaces = ", ".join(registry.names("spaces"))
    assert spaces in " ".join(text.split())
    assert "nas_tf list spaces" in " ".join(text.split())
    assert "--pdb" not in text


def test_all_flags_are_shown_on_demand():
    text = forked.command("nas_tf.report", "--helpfull").stdout
    assert "Flags of libraries:" in text
    assert "--[no]pdb" in text


@pytest.mark.parametrize(
    "words, asked",
    [
        (["--help"], True),
        (["run", "-h"], True),
        (["--", "--help"], False),
        (["--helper", "help"], False),
        (["--nohelp"], False),
    ],
)
def test_asking_for_help(words, asked):
    assert help_text.is_asked(words) == asked
