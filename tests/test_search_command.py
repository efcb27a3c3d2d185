"""What the search command says and keeps when a run is started again."""

import json
import re
import shutil
import signal
import time

import pytest

from nas_tf.runs import flagfile
from nas_tf.runs.directory import RunDirectory
from nas_tf.runs.journal import read_trials
from nas_tf.search.run_search import run_search
from tests import forked
from tests import toy

PARTS = (
    "--space=tests.toy_space",
    "--task=tests.toy_task",
    "--strategy=random_search",
    "--executor=inline",
)
# Parts of these tests stand in flagfiles.
TRUST = "--trust_run"
TOYS = (*PARTS, "--evaluator=tests.toy_evaluator")


def search(folder, *flags):
    return forked.command("nas_tf.search", *flags, cwd=folder)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with the run `run` of six children, made by the command."""
    folder = tmp_path_factory.mktemp("finished")
    done = search(folder, *TOYS, "--run_dir=run", "--max_children=6")
    assert "Ended at 6 children. 6 children finished." in done.stdout
    return folder


@pytest.fixture
def folder(tmp_path, finished):
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_smaller_limit_adds_nothing_and_keeps_the_flags(folder):
    before = (folder / "run" / "flags.txt").read_bytes()
    done = search(folder, *TOYS, "--run_dir=run", "--max_children=3")
    assert done.returncode == 0, done.stderr
    assert (
        "--max_children=3 adds no child to this run. 6 children finished."
    ) in done.stdout
    assert "Ended" not in done.stdout
    assert (folder / "run" / "flags.txt").read_bytes() == before

    search(folder, *TOYS, "--run_dir=run", "--max_children=8")
    flags = flagfile.read(folder / "run" / "flags.txt")
    assert flags["max_children"] == "8"


def test_a_run_that_has_derived_goes_on_and_derives_again(tmp_path):
    for count in (8, 16):
        done = search(
            tmp_path,
            *PARTS,
            "--evaluator=tests.toy_deriving",
            "--run_dir=run",
            f"--max_children={count}",
        )
        assert done.returncode == 0, done.stderr
        assert f"{count} children finished. The best of them:" in done.stdout
        best = RunDirectory(tmp_path / "run").best[0]
        assert best.derived and best.trial_id >= count
        written = (tmp_path / "run" / "best" / "spec.json").read_text()
        assert json.loads(written)["spec"] == best.result.spec


def test_a_moved_run_goes_on_where_it_lies(folder):
    (folder / "run").rename(folder / "moved")
    done = search(
        folder, "--flagfile=moved/flags.txt", TRUST, "--max_children=7"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == (
        "Continuing the run in moved, where the flagfile lies. It was written "
        "for run."
    )
    assert not (folder / "run").exists()
    assert len(read_trials(folder / "moved")) == 7
    # From another directory the relative name of the run is another place.
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    flags = f"--flagfile={folder / 'moved' / 'flags.txt'}"
    search(elsewhere, flags, TRUST, "--max_children=8")
    assert list(elsewhere.iterdir()) == []
    assert len(read_trials(folder / "moved")) == 8


def test_known_architectures_come_first_and_are_in_the_flags(folder):
    best = json.loads((folder / "run" / "best" / "spec.json").read_text())
    done = search(
        folder,
        *TOYS,
        *("--run_dir=second", "--max_children=4", "--seed=5"),
        *("--start_from=run", "--start_from=run/best/spec.json"),
    )
    assert done.returncode == 0, done.stderr
    first, second, *_ = read_trials(folder / "second")
    assert first.result.spec == second.result.spec == best["spec"]
    # The flagfile resumes the run, also when the first run is gone.
    shutil.rmtree(folder / "run")
    flags = "--flagfile=second/flags.txt"
    done = search(folder, flags, TRUST, "--max_children=5")
    assert done.returncode == 0, done.stderr
    assert len(read_trials(folder / "second")) == 5


@pytest.mark.slow  # starts a process to interrupt it
def test_an_interrupt_shows_what_is_there_so_far(tmp_path):
    evaluator = "--evaluator=tests.toy_evaluator(seconds=0.1)"
    run = forked.Command(
        *("nas_tf.search", *PARTS, evaluator),
        *(f"--run_dir={tmp_path / 'run'}", "--max_children=2000"),
    )
    trials = tmp_path / "run" / "trials.jsonl"
    while not trials.exists() or trials.read_text().count("\n") < 3:
        assert run.poll() is None
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in error
    counted = re.search(r"Stopped. (\d+) children finished. The best of", out)
    # The interrupt may fall between a line of the journal and its counting.
    assert len(read_trials(tmp_path / "run")) - int(counted[1]) in (0, 1)
    assert "trial  quality  reward" in out


def test_a_limit_of_minutes_ends_a_start_and_not_the_search(tmp_path):
    evaluator = "--evaluator=tests.toy_evaluator(seconds=0.1)"
    flags = (*PARTS, evaluator, "--run_dir=run", "--max_minutes=0.03")
    done = search(tmp_path, *flags, "--max_children=200")
    assert done.returncode == 75, done.stderr
    assert done.stderr.splitlines()[-2] == (
        "Stopped: --max_minutes=0.03. Run the same command again to continue."
    )
    count = len(read_trials(tmp_path / "run"))
    assert 0 < count < 18
    done = search(
        tmp_path,
        *("--flagfile=run/flags.txt", TRUST, "--max_minutes=1"),
        f"--max_children={count + 1}",
    )
    assert done.returncode == 0, done.stderr
    assert len(read_trials(tmp_path / "run")) == count + 1


@pytest.mark.parametrize("minutes", ["0", "-1", "nan"])
def test_a_limit_is_more_than_no_time(tmp_path, minutes):
    flags = (*TOYS, "--run_dir=run", f"--max_minutes={minutes}")
    done = search(tmp_path, *flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "Expected `max_minutes` to be None or a number in (0, 60000000]"
        in done.stderr
    )
    assert not (tmp_path / "run").exists()


def test_a_run_of_a_function_has_no_flags_and_gets_them(tmp_path):
    run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        run_dir=tmp_path / "run",
        max_children=2,
    )
    search(tmp_path, *TOYS, "--run_dir=run", "--max_children=2")
    flags = flagfile.read(tmp_path / "run" / "flags.txt")
    assert flags["max_children"] == "2"
