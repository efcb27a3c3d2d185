"""Runs that are stopped in many ways and resume with the same results."""

import collections
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from nas_tf import registry
from nas_tf.commands import typed_program
from nas_tf.errors import UsageError
from nas_tf.runs import journal as journals
from nas_tf.runs.archive import Archive
from nas_tf.search import checkpoint
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from tests import exposure
from tests import forked
from tests.toy import ToyEvaluator
from tests.toy import ToySpace
from tests.toy import ToyTask

ROOT = pathlib.Path(__file__).parent.parent
TRIALS = "trials.jsonl"
PROPOSALS = "proposals.jsonl"
CHECKPOINT = "checkpoint/state.npz"
# Fields that differ between equal runs.
TIMES = ("started", "seconds")


def records(run_dir, name=TRIALS):
    """Returns a journal's records without their times."""
    found = []
    for line in (run_dir / name).read_text().splitlines():
        record = json.loads(line)
        for key in TIMES:
            record.pop(key, None)
        found.append(record)
    return found


def journal(run_dir):
    return records(run_dir), records(run_dir, PROPOSALS)


# In this process: a crash is an exception, raised at critical steps.


class Crash(Exception):
    pass


class CrashAt(Observer):
    """Raises at the n-th event of a kind, counted over the whole run."""

    def __init__(self, event, count):
        self.event = event
        self.count = count

    def on_trial(self, archive, trial):
        if self.event == "trial" and len(archive.trials) == self.count:
            raise Crash

    def on_update(self, archive, scalars):
        self.count -= self.event == "update"
        if self.event == "update" and self.count == 0:
            raise Crash


def search(run_dir, **arguments):
    return run_search(
        **{
            "space": ToySpace(),
            "task": ToyTask(),
            "strategy": "random_search",
            "evaluator": ToyEvaluator(),
            "run_dir": run_dir,
            "max_children": 18,
            "children_per_replica": 4,
            **arguments,
        }
    )


@pytest.fixture(scope="module")
def reinforce():
    """One strategy for all searches: it compiles once, `start` resets it."""
    # Workers of other tests import this module, and have no room for Keras.
    from tests.strategies import made

    return made("reinforce", ToySpace(), 0)


SETTINGS = {
    "plain": {},
    "redraw": {"max_params": 800},
    "penalise": {"max_params": 800, "oversize": "penalise"},
    "reuse": {"reuse_rewards": True, "space": ToySpace(width=1)},
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_run_that_crashed_at_any_trial_goes_on_as_if_it_had_not(
    tmp_path, reinforce, setting
):
    arguments = dict(SETTINGS[setting])
    if setting in ("plain", "redraw"):
        arguments["strategy"] = reinforce
    search(tmp_path / "whole", **arguments)
    whole = journal(tmp_path / "whole")
    assert [r["trial_id"] for r in whole[0]] == list(range(18))
    assert [len(b["proposals"]) for b in whole[1]] == [4] * 5
    # A controller is slow: within, at the end and at the beginning of batches.
    counts = {"plain": (3, 4, 5, 17), "redraw": (3, 8)}
    for count in counts.get(setting, range(1, 18)):
        run_dir = tmp_path / str(count)
        with pytest.raises(Crash):
            observers = [CrashAt("trial", count)]
            search(run_dir, observers=observers, **arguments)
        lines = (run_dir / TRIALS).read_bytes()
        assert lines.count(b"\n") == count
        search(run_dir, **arguments)
        assert (run_dir / TRIALS).read_bytes().startswith(lines)
        assert journal(run_dir) == whole
    if setting == "redraw":
        assert sum(batch["redrawn"] for batch in whole[1]) > 0
        assert {r["status"] for r in whole[0]} == {"ok"}
        assert max(r["params"] for r in whole[0]) <= 800
    if setting == "penalise":
        assert {r["status"] for r in whole[0]} == {"ok", "invalid"}
    if setting == "reuse":
        assert any("reused" in record for record in whole[0])


@pytest.fixture(scope="module")
def whole(reinforce, tmp_path_factory):
    """The run directory of a search that nothing interrupted."""
    run_dir = tmp_path_factory.mktemp("whole")
    search(run_dir, strategy=reinforce)
    return run_dir


def corrupt(path, kind):
    """Damages a checkpoint in one of several ways."""
    data = path.read_bytes()
    if kind == "deleted":
        shutil.rmtree(path.parent)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "torn":
        path.write_bytes(data[: len(data) // 2])
    elif kind == "text":
        path.write_text("not a checkpoint")
    elif kind == "a folder":
        path.unlink()
        path.mkdir()
    elif kind == "one bit":
        middle = len(data) // 2
        flipped = bytes([data[middle] ^ 4])
        path.write_bytes(data[:middle] + flipped + data[middle + 1 :])


CORRUPTIONS = ["deleted", "empty", "torn", "text", "one bit", "older", "newer"]


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_whatever_the_checkpoint_is_the_journal_decides(
    tmp_path, reinforce, whole, kind
):
    run_dir = tmp_path / "run"
    search(run_dir, strategy=reinforce, max_children=5)
    older = (run_dir / CHECKPOINT).read_bytes()
    search(run_dir, strategy=reinforce, max_children=10)
    if kind == "older":
        (run_dir / CHECKPOINT).write_bytes(older)
    elif kind == "newer":
        shutil.copy(whole / CHECKPOINT, run_dir / CHECKPOINT)
    else:
        corrupt(run_dir / CHECKPOINT, kind)

    search(run_dir, strategy=reinforce)

    assert journal(run_dir) == journal(whole)


def test_a_checkpoint_with_any_byte_wrong_never_stops_a_run(
    tmp_path, reinforce
):
    run_dir = tmp_path / "run"
    search(run_dir, strategy=reinforce, max_children=10)
    search(tmp_path / "whole", strategy=reinforce, max_children=11)
    before = {
        name: (run_dir / name).read_bytes()
        for name in (TRIALS, PROPOSALS, CHECKPOINT)
    }
    data = before[CHECKPOINT]
    rng = random.Random(0)
    # Names and sizes are at the ends of the file, and weights between them.
    places = [
        *range(0, 180, 18),
        *range(len(data) - 400, len(data), 26),
        *(rng.randrange(len(data)) for _ in range(5)),
    ]
    for place in places:
        for name, content in before.items():
            (run_dir / name).write_bytes(content)
        wrong = bytes([data[place] ^ rng.randrange(1, 256)])
        changed = data[:place] + wrong + data[place + 1 :]
        (run_dir / CHECKPOINT).write_bytes(changed)
        search(run_dir, strategy=reinforce, max_children=11)
        assert journal(run_dir) == journal(tmp_path / "whole"), place


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_crash_after_an_update_does_not_repeat_it(
    tmp_path, reinforce, whole, count
):
    run_dir = tmp_path / "run"
    with pytest.raises(Crash):
        observers = [CrashAt("update", count)]
        search(run_dir, strategy=reinforce, observers=observers)
    assert len(records(run_dir)) == 4 * count
    search(run_dir, strategy=reinforce)
    assert journal(run_dir) == journal(whole)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_crash_around_writing_a_batch(
    tmp_path, reinforce, whole, monkeypatch, when, count
):
    add_batch = Archive.add_batch
    left = [count]

    def crashing(archive, batch):
        left[0] -= 1
        if when == "after" or left[0]:
            add_batch(archive, batch)
        if not left[0]:
            raise Crash

    monkeypatch.setattr(Archive, "add_batch", crashing)
    run_dir = tmp_path / "run"
    with pytest.raises(Crash):
        search(run_dir, strategy=reinforce)
    monkeypatch.undo()
    assert len(records(run_dir, PROPOSALS)) == count - (when == "before")
    search(run_dir, strategy=reinforce)
    assert journal(run_dir) == journal(whole)


@pytest.mark.parametrize("strategy", ["random_search", "reinforce"])
def test_a_longer_run_equals_one_that_was_longer_from_the_start(
    tmp_path, reinforce, strategy
):
    if strategy == "reinforce":
        strategy = reinforce
    search(tmp_path / "whole", strategy=strategy, max_children=18)
    run_dir = tmp_path / "run"
    for max_children in (1, 3, 4, 11, 18):
        search(run_dir, strategy=strategy, max_children=max_children)
        assert len(records(run_dir)) == max_children
    assert journal(run_dir) == journal(tmp_path / "whole")


def test_a_finished_run_is_left_as_it_is(tmp_path):
    search(tmp_path)
    before = {
        name: ((tmp_path / name).read_bytes(), (tmp_path / name).stat())
        for name in (TRIALS, PROPOSALS, "configuration.json", CHECKPOINT)
    }
    for max_children in (18, 5):
        archive = search(tmp_path, max_children=max_children)
        assert len(archive.trials) == 18
    for name, (content, stat) in before.items():
        assert (tmp_path / name).read_bytes() == content
        assert (tmp_path / name).stat().st_mtime_ns == stat.st_mtime_ns


def test_equal_seeds_give_equal_runs_and_others_do_not(tmp_path, reinforce):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        search(tmp_path / name, strategy=reinforce, seed=seed)
    assert journal(tmp_path / "a") == journal(tmp_path / "b")
    rows = {
        name: [record["actions"] for record in records(tmp_path / name)]
        for name in "ac"
    }
    assert rows["a"] != rows["c"]
    seeds = {r["seed"] for name in "ac" for r in records(tmp_path / name)}
    assert len(seeds) == 2 * 18


CHANGES = {
    "space.width": ({"space": ToySpace(width=4)}, "was 3, is now 4"),
    "task": (
        {"task": "digits"},
        "was 'tests.toy.ToyTask', is now 'digits'",
    ),
    "strategy": (
        {"strategy": "reinforce"},
        "was 'random_search', is now 'reinforce'",
    ),
    "evaluator.seconds": (
        {"evaluator": ToyEvaluator(seconds=0.5)},
        "was 0.0, is now 0.5",
    ),
    "seed": ({"seed": 7}, "was 0, is now 7"),
    "children_per_replica": ({"children_per_replica": 5}, "was 4, is now 5"),
    "max_params": ({"max_params": 9}, "was None, is now 9"),
    "oversize": (
        {"oversize": "penalise"},
        "was 'redraw', is now 'penalise'",
    ),
    "reuse_rewards": ({"reuse_rewards": True}, "was False, is now True"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_decides_a_run_may_not_change(tmp_path, name):
    arguments, change = CHANGES[name]
    search(tmp_path, max_children=2)
    before = journal(tmp_path)
    with pytest.raises(UsageError) as caught:
        search(tmp_path, **arguments)
    assert str(caught.value).endswith(f"configuration: {name} {change}")
    assert journal(tmp_path) == before


@pytest.mark.parametrize(
    "executor",
    [
        "inline",
        "process(workers=1)",
        "process(workers=2, time_limit=9, recycle=2, memory_limit=3)",
    ],
)
def test_where_children_run_may_change(tmp_path, executor):
    search(tmp_path, max_children=3)
    search(tmp_path, max_children=9, executor=executor)
    ids = [record["proposal_id"] for record in records(tmp_path)]
    assert sorted(ids) == list(range(9))


# As users do it: by the command and signals.


class Run:
    """The command with toy parts, in a session of its own.

    Args:
        run_dir: The run directory.
        *flags: Further flags.
        evaluator: The evaluator's call string.
        max_children: Number of trials to end at.
        fresh: Whether a new interpreter runs it, and no fork of one that has
            loaded TensorFlow.
    """

    def __init__(
        self,
        run_dir,
        *flags,
        evaluator="tests.toy_evaluator(seconds=0.05)",
        max_children=60,
        fresh=False,
    ):
        self.run_dir = run_dir
        self.fresh = fresh
        self.seen = set()
        self.command = [
            "nas_tf.search",
            "--space=tests.toy_space",
            "--task=tests.toy_task",
            f"--evaluator={evaluator}",
            f"--run_dir={run_dir}",
            f"--max_children={max_children}",
            *flags,
        ]

    def __enter__(self):
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            # The files that a killed driver leaves are removed with these.
            "TMPDIR": str(self.run_dir.parent),
        }
        if not self.fresh:
            self.process = forked.Command(*self.command, env=env)
            return self
        self.process = subprocess.Popen(
            [sys.executable, "-m", *self.command],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_):
        for process in self.members():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.communicate()

    def members(self):
        """Returns the live processes of the session and what they started."""
        found = set(self.seen)
        for process in psutil.process_iter():
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(process.pid) == self.process.pid:
                    found.add(process)
        # Workers are in a session of their own.
        for process in list(found):
            with contextlib.suppress(psutil.Error):
                found.update(process.children(recursive=True))
        self.seen = {process for process in found if lives(process)}
        return list(self.seen)

    def num_trials(self):
        path = self.run_dir / TRIALS
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def wait_for(self, condition):
        until = time.monotonic() + 120
        while not condition():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until
            time.sleep(0.01)

    def kill(self):
        """Sends SIGKILL to the driver alone."""
        self.process.kill()
        self.process.wait()

    def end(self):
        """Waits for the end and returns exit code, stdout and stderr."""
        out, error = self.process.communicate(timeout=120)
        return self.process.returncode, out, error

    def is_gone(self, seconds=10):
        """Returns whether all processes end within some seconds."""
        until = time.monotonic() + seconds
        while self.members():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True


def lives(process):
    with contextlib.suppress(psutil.Error):
        return process.is_running() and (
            process.status() != psutil.STATUS_ZOMBIE
        )
    return False


def finish(run_dir, *flags, **arguments):
    with Run(run_dir, *flags, **arguments) as run:
        code, out, error = run.end()
    assert code == 0, error
    return out


@pytest.mark.slow
def test_an_inline_run_killed_and_started_again_is_the_same_run(tmp_path):
    arguments = {"max_children": 40}
    finish(tmp_path / "whole", "--executor=inline", **arguments)
    whole = journal(tmp_path / "whole")
    assert len(whole[0]) == 40
    run_dir = tmp_path / "run"
    rng = random.Random(time.time_ns())
    then = {
        # After this many trials, and a random time in the next few.
        9: lambda: None,
        20: lambda: shutil.rmtree(run_dir / "checkpoint"),
        31: lambda: corrupt(run_dir / CHECKPOINT, "torn"),
    }
    for count, damage in then.items():
        with Run(run_dir, "--executor=inline", **arguments) as run:
            run.wait_for(lambda count=count: run.num_trials() >= count)
            time.sleep(rng.uniform(0, 0.15))
            assert exposure.listening(run.members()) == set()
            assert exposure.writable(tmp_path) == []
            run.kill()
            assert run.is_gone()
        lines = (run_dir / TRIALS).read_bytes()
        kept = lines[: lines.rindex(b"\n") + 1]
        damage()

    out = finish(run_dir, "--executor=inline", **arguments)

    assert "40 children finished" in out
    assert (run_dir / TRIALS).read_bytes().startswith(kept)
    assert journal(run_dir) == whole


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_of_workers_killed_in_each_phase_does_everything_once(tmp_path):
    """It is killed at moments that differ from one run of the test to another.

    Before the first child, within the first batch, between two batches and
    shortly before the end.
    """
    flags = ("--executor=process(workers=2, recycle=3)",)
    rng = random.Random(time.time_ns())
    kept = b""
    for target in (0, 3, 8 + rng.randint(-1, 2), 28):
        with Run(tmp_path, *flags, max_children=32) as run:
            if target:
                run.wait_for(lambda target=target: run.num_trials() >= target)
                time.sleep(rng.uniform(0, 0.05))
            else:
                run.wait_for((tmp_path / "flags.txt").exists)
                time.sleep(rng.uniform(0, 2))
            run.kill()
            assert run.is_gone()
        lines = read(tmp_path / TRIALS)
        assert lines.startswith(kept)
        kept = lines[: lines.rfind(b"\n") + 1]

    finish(tmp_path, *flags, max_children=32)

    assert read(tmp_path / TRIALS).startswith(kept)
    done = records(tmp_path)
    assert [record["trial_id"] for record in done] == list(range(32))
    ids = [record["proposal_id"] for record in done]
    assert len(set(ids)) == 32
    proposed = {
        proposal["proposal_id"]: proposal["actions"]
        for batch in records(tmp_path, PROPOSALS)
        for proposal in batch["proposals"]
    }
    for record in done:
        assert record["actions"] == proposed[record["proposal_id"]]
        assert record["status"] == "ok"
    follows_the_journal(tmp_path)


def read(path):
    return path.read_bytes() if path.exists() else b""


def follows_the_journal(run_dir):
    """Asserts that replaying the journal gives the saved controller."""
    strategy = registry.make("strategies", "reinforce")
    strategy.start(ToySpace(), 0)
    batches = collections.defaultdict(list)
    updates = 0
    for finished in journals.read_trials(run_dir):
        batch = batches[finished.proposal.batch]
        batch.append(finished)
        if len(batch) == 8:
            batch.sort(key=lambda t: t.proposal.proposal_id)
            strategy.update(batch)
            updates += 1
    expected = strategy.state()
    saved = registry.make("strategies", "reinforce")
    saved.start(ToySpace(), 1)
    arrays, note = checkpoint.read(run_dir / CHECKPOINT)
    assert note == {"updates": updates, "prepared": updates}
    saved.set_state(
        {name.removeprefix("strategy/"): a for name, a in arrays.items()}
    )
    found = saved.state()
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, atol=1e-6)


# All children hang, with or without holding the interpreter's lock.
BUSY = {
    kind: "tests.toy_evaluator(misdeeds=({}))".format(
        "".join(f"({ending}, '{kind}')," for ending in range(10))
    )
    for kind in ("hang", "hang_native")
}


def start_busy(run_dir, kind):
    executor = "--executor=process(workers=2)"
    return Run(
        run_dir, executor, "--strategy=random_search", evaluator=BUSY[kind]
    )


def wait_until_busy(run):
    run.wait_for(lambda: (run.run_dir / PROPOSALS).exists())
    # The driver, the keeper of workers and two workers. All but the driver
    # ignore Ctrl-C once they are set up.
    run.wait_for(lambda: sum(map(ignores_interrupts, run.members())) == 3)
    time.sleep(1.5)
    assert len(run.members()) == 4


def ignores_interrupts(process):
    """Returns whether a process ignores SIGINT, as the kernel knows it."""
    with contextlib.suppress(OSError):
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        (mask,) = re.findall(r"^SigIgn:\s*(\w+)", status, re.MULTILINE)
        return bool(int(mask, 16) >> (signal.SIGINT - 1) & 1)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", BUSY)
def test_no_worker_outlives_its_driver(tmp_path, kind):
    with start_busy(tmp_path, kind) as run:
        wait_until_busy(run)
        # Nor can anybody reach it while it runs. Its temporary files are here.
        assert exposure.listening(run.members()) == set()
        assert exposure.writable(tmp_path) == []
        run.kill()
        assert run.is_gone()


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, number",
    [
        ("hang_native", signal.SIGINT),
        ("hang", signal.SIGINT),
        ("hang_native", signal.SIGTERM),
    ],
)
def test_an_interrupt_ends_everything_and_says_how_to_go_on(
    tmp_path, kind, number
):
    with start_busy(tmp_path, kind) as run:
        wait_until_busy(run)
        if number == signal.SIGINT:
            # A terminal sends it to all processes.
            os.killpg(run.process.pid, number)
        else:
            run.process.send_signal(number)
        code, _, error = run.end()
        assert run.is_gone()
    stopped = "Stopped"
    if number != signal.SIGINT:
        stopped = "Stopped: SIGTERM"
    assert code == (130 if number == signal.SIGINT else 75)
    assert "Traceback" not in error
    assert error.splitlines()[-2:] == [
        f"{stopped}. Run the same command again to continue.",
        f"Or: {typed_program('python')} -m nas_tf.search "
        f"--flagfile={tmp_path}/flags.txt --trust_run",
    ]


@pytest.mark.slow
def test_a_run_goes_on_from_its_flags_file(tmp_path):
    fresh = Run(tmp_path, "--executor=inline", max_children=24, fresh=True)
    with fresh as run:
        run.wait_for(lambda: run.num_trials() >= 5)
        os.killpg(run.process.pid, signal.SIGINT)
        code, _, error = run.end()
    assert code == 130
    assert "Traceback" not in error
    done = run.num_trials()
    assert 5 <= done < 24

    (command,) = re.findall(r"^Or: \S*python -m (.*)$", error, re.MULTILINE)
    run.command = command.split()
    with run:
        code, out, _ = run.end()

    assert code == 0
    assert f"Resuming after {done} finished children." in out
    ids = [record["proposal_id"] for record in records(tmp_path)]
    assert ids == list(range(24))


@pytest.mark.slow
def test_an_interrupt_while_it_is_loading_is_no_traceback(tmp_path):
    with Run(tmp_path, "--executor=inline", fresh=True) as run:
        loaded = pathlib.Path(f"/proc/{run.process.pid}/maps")
        run.wait_for(lambda: "tensorflow" in loaded.read_text())
        os.killpg(run.process.pid, signal.SIGINT)
        code, _, error = run.end()
    assert code == 130
    assert error.split("\n")[1:] == [
        "Stopped. Run the same command again to continue.",
        "",
    ]


@pytest.mark.slow
def test_a_finished_run_says_its_result_again_and_can_be_prolonged(tmp_path):
    flags = ("--executor=inline", "--children_per_replica=5")
    finish(tmp_path / "whole", *flags, max_children=12)
    run_dir = tmp_path / "run"
    first = finish(run_dir, *flags, max_children=7)
    before = [(run_dir / name).read_bytes() for name in (TRIALS, PROPOSALS)]

    again = finish(run_dir, *flags, max_children=7)

    # Without children to train there is no header.
    _, ended, result = first.partition("\nEnded at 7 children.")
    assert ended
    assert again == f"\n--max_children=7 adds no child to this run.{result}"
    after = [(run_dir / name).read_bytes() for name in (TRIALS, PROPOSALS)]
    assert before == after

    finish(run_dir, *flags, max_children=12)
    assert journal(run_dir) == journal(tmp_path / "whole")


@pytest.mark.slow
def test_a_second_driver_and_another_seed_are_refused_in_one_line(tmp_path):
    with start_busy(tmp_path, "hang") as run:
        wait_until_busy(run)
        before = journal(tmp_path)
        with start_busy(tmp_path, "hang") as second:
            code, out, error = second.end()
        assert code == 2
        assert out == ""
        assert error == (
            f"error: Run directory {tmp_path} is in use by a live process.\n"
        )
        assert run.process.poll() is None
        run.kill()
    with Run(
        tmp_path,
        "--strategy=random_search",
        "--seed=5",
        evaluator=BUSY["hang"],
    ) as other:
        code, out, error = other.end()
    assert code == 2
    assert error == (
        f"error: Directory {tmp_path} belongs to another configuration: "
        "seed was 0, is now 5\n"
    )
    assert journal(tmp_path) == before


@pytest.mark.slow
def test_a_search_whose_children_all_fail_says_why_in_one_line(tmp_path):
    misdeeds = "".join(f"({ending}, 'exit')," for ending in range(10))
    with Run(
        tmp_path,
        "--executor=process(workers=1)",
        "--strategy=random_search",
        "--children_per_replica=3",
        evaluator=f"tests.toy_evaluator(misdeeds=({misdeeds}))",
    ) as run:
        code, _, error = run.end()
    assert code == 1
    assert error.splitlines()[-1] == (
        "error: The last 3 children failed, so the search stops. 3 of them: "
        "crashed: the worker exited with code 3"
    )
    assert "Traceback" not in error
    assert len(records(tmp_path)) == 3
