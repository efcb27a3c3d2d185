"""The command `nas_tf show`."""

import pathlib
import re

import pytest

from nas_tf.cli import show
from nas_tf.errors import UsageError
from nas_tf.runs.archive import Archive
from tests import report_runs

EXPERIMENTS = pathlib.Path(__file__).parent.parent / "experiments"


def shown(capsys, path):
    show.main(["show", str(path)])
    return capsys.readouterr().out


def test_a_run_has_facts_a_table_and_reasons(tmp_path, capsys):
    report_runs.search(tmp_path, max_children=40)
    before = sorted(tmp_path.rglob("*"))
    text = shown(capsys, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert text.startswith(f"{tmp_path}: 40 children, ")
    assert "\nspace:       conv(num_layers=4)\n" in text
    assert "\nstrategy:    random_search\n" in text
    assert re.search(
        r"\nsize:        10\^\d+\.\d architectures by 16 dec", text
    )
    assert "\ntrial  reward  parameters  architecture\n" in text
    failed = re.search(r"(\d+) of 40 children failed:\n  (\d+) error: ", text)
    assert failed[1] == failed[2]
    # The error has a command for terminals and half a character.
    assert "\x1b" not in text and "?[0m" in text


@pytest.mark.parametrize(
    "name, words",
    [
        ("digits/runs/reinforce_0", ["finished", "96/96", "99.00%", "cubed"]),
        ("ptb/runs/random_1", ["128/128", "perplexity", "80 / perplexity"]),
        ("cifar10/runs/random_0", ["256/256", "36.80%", "cifar10"]),
    ],
)
def test_runs_of_earlier_versions_are_shown(capsys, name, words):
    text = shown(capsys, EXPERIMENTS / name)
    assert [word for word in words if word not in text] == []


def test_a_training_is_shown(capsys):
    text = shown(capsys, EXPERIMENTS / "cifar10/trained/random_0")
    assert text.startswith("Trained for 15 epochs: ")
    assert "\n  test accuracy 53.86%\n" in text


def test_a_run_without_a_success(tmp_path, capsys):
    Archive(tmp_path, {"space": "conv()", "task": "none"}).close()
    text = shown(capsys, tmp_path)
    assert "0 children" in text
    assert "No child was successful yet." in text
    assert "task:" not in text


@pytest.mark.parametrize("words", [[], ["a", "b"]])
def test_one_run_is_expected(words):
    with pytest.raises(UsageError, match="Expected one directory of a run"):
        show.main(["show", *words])


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(UsageError, match="Expected a run directory"):
        show.main(["show", str(tmp_path)])
