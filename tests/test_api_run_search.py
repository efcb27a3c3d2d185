"""The public `run_search`: what it takes, and what is there at its end."""

import builtins
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

import nas_tf
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search as inner
from tests import toy

ROOT = pathlib.Path(__file__).parent.parent
PARTS = (toy.ToySpace(), toy.ToyTask(), "random_search", toy.ToyEvaluator())


def search(**options):
    return nas_tf.run_search(*PARTS, **{"max_children": 6, **options})


def test_it_is_the_search_of_the_same_arguments(tmp_path):
    result = search(run_dir=tmp_path, seed=3)
    same = inner(*PARTS, max_children=6, seed=3)
    assert isinstance(result, nas_tf.SearchResult)
    assert [t.proposal for t in result.trials] == [
        t.proposal for t in same.trials
    ]
    assert result.run_dir == tmp_path
    assert not result.interrupted
    assert search(run_dir=tmp_path, seed=3).trials == result.trials


def test_known_architectures_come_first():
    first = search()
    again = search(start_from=first.best(2), max_children=2)
    assert [t.proposal.actions for t in again.trials] == [
        t.proposal.actions for t in first.best(2)
    ]


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({"observers": 3}, "`observers` to be a sequence. Received: 3"),
        ({"observers": "mlflow"}, "a sequence. Received: 'mlflow'"),
        ({"run_dir": ""}, "a directory in `run_dir`. Received: ''"),
    ],
)
def test_mistakes_are_told_in_one_line(options, wanted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nas_tf.UsageError, match=wanted):
        search(**options)
    assert not list(tmp_path.iterdir())


@dataclasses.dataclass
class InterruptAt(Observer):
    """Presses Ctrl-C after a number of children, or before the first."""

    count: int

    def on_start(self, archive, rule):
        if self.count == 0:
            raise KeyboardInterrupt

    def on_trial(self, archive, trial):
        if len(archive.trials) == self.count:
            raise KeyboardInterrupt


def test_an_interrupt_returns_what_is_there_so_far(tmp_path, capsys):
    result = search(run_dir=tmp_path, observers=[InterruptAt(4)])
    assert result.interrupted
    assert len(result.trials) == 4
    assert "interrupted" in repr(result)
    assert capsys.readouterr().err == (
        "Interrupted after 4 children; the result has these. The same call "
        "continues the search.\n"
    )
    # The run was closed in good order.
    whole = search(run_dir=tmp_path)
    assert whole.trials[:4] == result.trials
    assert len(whole.trials) == 6


def test_without_a_child_an_interrupt_stays_one(capsys):
    with pytest.raises(KeyboardInterrupt):
        search(observers=[InterruptAt(0)])
    result = search(observers=[InterruptAt(1)])
    assert len(result.trials) == 1
    assert capsys.readouterr().err == (
        "Interrupted after 1 child; the result has these.\n"
    )


def test_progress_is_shown_where_a_person_is_watching(monkeypatch, capsys):
    search()
    assert capsys.readouterr().err == ""
    search(progress=True)
    assert "6/6 children in" in capsys.readouterr().err
    monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
    # A notebook gets a bar although it is no terminal.
    search()
    assert "6/6 [" in capsys.readouterr().err
    search(progress=False)
    assert capsys.readouterr().err == ""
    with pytest.raises(nas_tf.UsageError, match="`progress` to be None, True"):
        search(progress="yes")


SCRIPT = """
import nas_tf
from tests import toy

result = nas_tf.run_search(
    toy.ToySpace(),
    toy.ToyTask(),
    "random_search",
    toy.ToyEvaluator(seconds=0.1),
    executor="EXECUTOR",
    run_dir="RUN",
    max_children=3000,
)
print("found", len(result.trials), result.interrupted)
"""


@pytest.mark.slow  # starts a script to interrupt it
@pytest.mark.parametrize("executor", ["inline", "process(workers=2)"])
def test_ctrl_c_ends_the_search_of_a_script_and_not_the_script(
    tmp_path, executor
):
    run_dir = tmp_path / "run"
    code = SCRIPT.replace("EXECUTOR", executor).replace("RUN", str(run_dir))
    script = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    trials = run_dir / "trials.jsonl"
    while not trials.exists() or trials.read_text().count("\n") < 3:
        assert script.poll() is None, script.stderr.read()
        time.sleep(0.1)
    # As a terminal does, to all processes.
    os.killpg(script.pid, signal.SIGINT)
    out, error = script.communicate(timeout=60)
    assert script.returncode == 0, error
    word, count, interrupted = out.split()
    assert (word, interrupted) == ("found", "True")
    assert int(count) >= 3
    assert f"Interrupted after {count} children; the result has" in error
    assert "Traceback" not in error
    kept = nas_tf.open_run(run_dir).trials
    # The interrupt may fall between a line of the journal and its counting.
    assert len(kept) - int(count) in (0, 1)
