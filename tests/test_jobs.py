"""Commands that an experiment runs, several at a time."""

import pathlib
import signal
import subprocess
import sys
import time

import pytest

from experiments import agree
from experiments import jobs
from nas_tf.runs import journal

ROOT = pathlib.Path(__file__).parent.parent


def small_search(folder, name="toy_0", **flags):
    own = {
        "space": "conv(num_layers=1, filter_heights=(1, 3), "
        "filter_widths=(1,), num_filters=(2, 4))",
        "task": "digits(epochs=1)",
        "strategy": "reinforce",
        "max_children": 4,
        "children_per_replica": 2,
    }
    return jobs.search(folder, name, **{**own, **flags})


@pytest.mark.slow
def test_failed_job_is_told_and_the_others_go_on(tmp_path, capsys):
    wrong = small_search(tmp_path, "wrong", space="no_such_space")
    right = small_search(
        tmp_path, "right", strategy="random_search", max_children=2
    )
    assert jobs.run([wrong, right], 2) == [wrong]
    assert right.share_done() == 1
    assert "wrong FAILED" in capsys.readouterr().out
    assert "no_such_space" in wrong.log.read_text()
    assert jobs.run([right], 1) == []


@pytest.mark.slow
def test_second_run_agrees_and_a_killed_one_goes_on(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert jobs.run([small_search(first)], 1) == []
    killed = small_search(second)
    code = (
        "import pathlib, sys; from experiments import jobs; "
        "from tests.test_jobs import small_search; "
        "jobs.run([small_search(pathlib.Path(sys.argv[1]))], 1)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(second)], cwd=ROOT
    )
    trials = killed.folder / journal.TRIALS
    deadline = time.time() + 120
    while not trials.exists() or trials.read_bytes().count(b"\n") < 2:
        assert time.time() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.time() + 30
    while _in_use(killed.folder):
        assert time.time() < deadline
        time.sleep(0.1)
    assert killed.share_done() < 1
    assert jobs.run([killed], 1) == []
    [(line, same)] = agree.compare(first, second)
    assert same, line
    assert "4 of 4 children agree" in line


def _in_use(folder):
    import filelock

    try:
        with filelock.FileLock(folder / "lock", timeout=0):
            return False
    except filelock.Timeout:
        return True


def test_finished_journal_has_paths_below_the_project(tmp_path):
    job = small_search(tmp_path)
    path = job.folder / "recipes" / journal.TRIALS
    path.parent.mkdir(parents=True)
    path.write_text(f'{{"error": "{ROOT}/nas_tf/x.py"}}\n')
    job.finish()
    assert path.read_text() == '{"error": "nas_tf/x.py"}\n'
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_output_of_a_benchmark_is_kept_once_it_ended_well(tmp_path):
    good = jobs.benchmark(tmp_path, "good", "this")
    bad = jobs.benchmark(tmp_path, "bad", "experiments.no_such_module")
    assert jobs.run([good, bad], 2) == [bad]
    assert good.share_done() == 1
    assert "Beautiful is better" in good.output.read_text(encoding="utf-8")
    assert bad.share_done() == 0
    assert "no_such_module" in bad.log.read_text(encoding="utf-8")
    assert jobs.run([good], 1) == []
