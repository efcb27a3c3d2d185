"""A user's own search space, saved in the working directory.

It is the example of WORKSPACE.md, which belongs to no package. The tests cover
everything that follows its search.
"""

import re
import sys

import pytest

from nas_tf.errors import UsageError
from nas_tf.search.run_search import run_search
from nas_tf.search.winner import Winner
from nas_tf.train import architectures
from tests import forked
from tests.report_runs import Guessed
from tests.report_runs import check_alone
from tests.test_workspace import examples

CALL = "my_space(num_layers=3)"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The directory with the space; it is forgotten afterwards."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "my_space.py").write_text(examples()["my_space.py"])
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("my_space", None)


def command(*arguments, cwd):
    done = forked.command(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def run_dir(here):
    import my_space

    run_search(
        CALL,
        strategy="random_search",
        evaluator=Guessed(),
        run_dir=here / "run",
        max_children=48,
        observers=[Winner(my_space.make(num_layers=3))],
    )
    return here / "run"


def test_a_run_and_its_spec_json_name_their_space(run_dir):
    run = architectures.find(str(run_dir))
    file = architectures.find(str(run_dir / "best" / "spec.json"))
    assert type(run.space).__name__ == "Dense" and run.space.num_layers == 3
    assert file.space == run.space
    assert file.specs[0][1] == run.specs[0][1]
    assert run.task is None and file.task is None


def test_where_it_cannot_be_imported_the_space_is_named(run_dir, monkeypatch):
    monkeypatch.undo()
    sys.modules.pop("my_space", None)
    with pytest.raises(UsageError, match="Unknown search space 'my_space'"):
        architectures.find(str(run_dir / "best" / "spec.json"))


@pytest.mark.slow
def test_a_report_from_another_directory_shows_the_same(run_dir, tmp_path):
    pages = []
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for cwd in (run_dir.parent, elsewhere):
        output = cwd / "page.html"
        command("nas_tf.report", run_dir, f"--output={output}", cwd=cwd)
        pages.append(output.read_text())
    assert pages[0] == pages[1]
    check_alone(pages[1])
    assert len(re.findall("<svg ", pages[1])) == 5 + 7
    assert "How the decisions changed" in pages[1]
    assert "units 128" in pages[1]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_is_searched_and_trained_as_any_other(here):
    """By the commands, as they are typed in the space's directory."""
    command(
        "nas_tf.search",
        f"--space={CALL}",
        "--task=digits(epochs=1)",
        "--executor=process(workers=1)",
        "--max_children=2",
        "--run_dir=run",
        cwd=here,
    )
    short = ("--epochs=2", "--executor=inline", "--trust_run")
    whole = command("nas_tf.train", "--architecture=run", *short, cwd=here)
    exported = "run/trained/model/spec.json"
    again = command(
        "nas_tf.train",
        f"--architecture={exported}",
        "--output=again",
        *short,
        cwd=here,
    )
    # One architecture, one task and one seed: one model.
    scores = re.compile(r"^(?:valid|test) accuracy .*$", re.MULTILINE)
    assert scores.findall(again) == scores.findall(whole)
    assert len(scores.findall(again)) == 2
