"""The journal neither loses nor changes what was written."""

import json
import logging
import os
import pathlib
import resource
import signal
import subprocess
import sys

import pytest

from nas_tf.errors import UsageError
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.runs.journal import read_trials
from nas_tf.trial import NAN
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result

ROOT = pathlib.Path(__file__).parent.parent
CONFIGURATION = {
    "format": 2,
    "space": "conv(num_layers=6, num_filters=(4, 8))",
    "seed": 0,
}
# Doubles without a short decimal form, and the limits of their range.
FLOATS = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 2.0**-1074]


def proposal(number, batch=0):
    return Proposal(number, batch, (number, 2), FLOATS[number % 6], 7 + number)


def result(reward=0.5, status=OK, spec=None):
    return Result(
        status=status,
        reward=reward,
        metrics={"val_accuracy": 1 / 3},
        spec={"actions": [1]} if spec is None else spec,
        params=12,
        started=1.5e9 + 0.1,
        seconds=0.1,
        error='two\nlines, "quoted" \u00fc',
    )


def contents(folder):
    """Returns the content of each file but the lock."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


@pytest.fixture
def run_dir(tmp_path):
    """A closed run with one batch of six proposals and five trials."""
    folder = tmp_path / "run"
    with Archive(folder, CONFIGURATION) as archive:
        archive.add_batch(Batch(0, 0, 3, tuple(map(proposal, range(6)))))
        for number, reward in enumerate((0.2, 0.8, 0.4, 0.8)):
            spec = {"actions": [number]}
            archive.add_trial(proposal(number), result(reward, spec=spec))
        archive.add_trial(proposal(4), result(0.0, NAN))
    return folder


def test_what_was_added_is_read_back_exactly(tmp_path):
    with Archive(tmp_path, CONFIGURATION) as archive:
        archive.add_batch(Batch(0, 0, 0, tuple(map(proposal, range(6)))))
        archive.add_batch(Batch(1, 1, 2, (proposal(6, 1),)))
        for number, reward in enumerate(FLOATS):
            archive.add_trial(proposal(number), result(reward))
        archive.add_trial(proposal(6, 1), result(), reused=2)
        batches, trials = archive.batches, archive.trials

    with Archive(tmp_path, CONFIGURATION) as again:
        assert again.batches == batches
        assert again.trials == trials
        rewards = [t.reward for t in again.trials]
        assert list(map(repr, rewards[:6])) == list(map(repr, FLOATS))
        assert [t.reused for t in again.trials] == [None] * 6 + [2]
    assert read_trials(tmp_path) == trials


def test_each_line_is_one_record_and_on_disk_when_the_call_returns(tmp_path):
    with Archive(tmp_path, CONFIGURATION) as archive:
        archive.add_batch(Batch(0, 0, 0, (proposal(0), proposal(1))))
        lines = (tmp_path / "proposals.jsonl").read_text().splitlines()
        assert [json.loads(line)["batch"] for line in lines] == [0]
        for number in range(2):
            archive.add_trial(proposal(number), result())
            lines = (tmp_path / "trials.jsonl").read_text().splitlines()
            assert len(lines) == number + 1
            record = json.loads(lines[number])
            assert record["trial_id"] == number
            assert record["actions"] == [number, 2]
            assert record["error"] == 'two\nlines, "quoted" \u00fc'


def test_a_line_is_synced_before_it_counts(tmp_path, monkeypatch):
    archive = Archive(tmp_path, CONFIGURATION)
    monkeypatch.setattr(os, "fsync", lambda _: 1 / 0)
    with archive, pytest.raises(ZeroDivisionError):
        archive.add_trial(proposal(0), result())
    assert archive.trials == []
    assert archive.tally.statuses.total() == 0


@pytest.mark.parametrize("name", ["trials.jsonl", "proposals.jsonl"])
@pytest.mark.parametrize("torn", [b"{", b'{"trial_id": 5}', b"\x00" * 300])
def test_a_torn_last_line_is_dropped_with_a_notice(run_dir, name, torn, caplog):
    whole = contents(run_dir)
    with open(run_dir / name, "ab") as file:
        file.write(torn)

    with caplog.at_level(logging.WARNING):
        archive = Archive(run_dir, CONFIGURATION)

    with archive:
        assert len(archive.trials) == 5
        assert len(archive.batches) == 1
        assert [r.getMessage() for r in caplog.records] == [
            f"Dropped a torn last line of {run_dir / name}"
        ]
        assert contents(run_dir) == whole
        archive.add_trial(proposal(5), result(0.9))
    assert read_trials(run_dir)[-1].reward == 0.9


def test_a_whole_journal_is_opened_without_a_notice(run_dir, caplog):
    before = contents(run_dir)
    with caplog.at_level(logging.WARNING):
        Archive(run_dir, CONFIGURATION).close()
    assert caplog.records == []
    assert contents(run_dir) == before


@pytest.mark.parametrize(
    "broken",
    [
        b"oops",
        b"",
        b"[]",
        b"5",
        b"null",
        b'{"trial_id": 1}',
        b"\xff\xfe{",
        b"{}",
    ],
)
@pytest.mark.parametrize("name", ["trials.jsonl", "proposals.jsonl"])
def test_a_broken_line_is_named_and_nothing_changed(run_dir, name, broken):
    path = run_dir / name
    lines = path.read_bytes().split(b"\n")
    lines.insert(1, broken)
    # The incomplete last line has to stay as well.
    path.write_bytes(b"\n".join(lines) + b"torn")
    before = contents(run_dir)

    with pytest.raises(UsageError, match=f"line 2 of {path}"):
        Archive(run_dir, CONFIGURATION)

    assert contents(run_dir) == before


@pytest.mark.parametrize(
    "name, line", [("trials.jsonl", 2), ("proposals.jsonl", 1)]
)
def test_a_missing_line_is_an_error(run_dir, name, line):
    with Archive(run_dir, CONFIGURATION) as archive:
        archive.add_batch(Batch(1, 1, 0, (proposal(6, 1),)))
    path = run_dir / name
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[line - 1]
    path.write_bytes(b"".join(lines))
    before = contents(run_dir)

    with pytest.raises(UsageError, match=f"line {line} of {path}"):
        Archive(run_dir, CONFIGURATION)

    assert contents(run_dir) == before


def test_a_trial_twice_is_an_error(run_dir):
    path = run_dir / "trials.jsonl"
    last = path.read_bytes().splitlines(keepends=True)[-1]
    with open(path, "ab") as file:
        file.write(last.replace(b'"trial_id": 4', b'"trial_id": 5'))
    before = contents(run_dir)
    with pytest.raises(UsageError, match=r"trial 5 of .*no other"):
        Archive(run_dir, CONFIGURATION)
    assert contents(run_dir) == before


@pytest.mark.parametrize("name", ["proposals.jsonl", "configuration.json"])
def test_trials_without_what_they_belong_to_are_an_error(run_dir, name):
    (run_dir / name).unlink()
    before = contents(run_dir)
    with pytest.raises(UsageError, match=name):
        Archive(run_dir, CONFIGURATION)
    assert contents(run_dir) == before


def test_another_configuration_is_refused_with_old_and_new(run_dir):
    before = contents(run_dir)
    other = {
        **CONFIGURATION,
        "space": "conv(num_layers=8, num_filters=(4, 8))",
        "seed": 1,
    }

    with pytest.raises(UsageError) as caught:
        Archive(run_dir, other)

    assert str(caught.value) == (
        f"Directory {run_dir} belongs to another configuration: "
        "seed was 0, is now 1; space.num_layers was 6, is now 8"
    )
    assert contents(run_dir) == before


def test_another_part_is_named_without_its_options(run_dir):
    other = {**CONFIGURATION, "space": "tree(base=8)"}
    with pytest.raises(UsageError) as caught:
        Archive(run_dir, other)
    message = str(caught.value)
    assert message.endswith("configuration: space was 'conv', is now 'tree'")


def test_a_directory_belongs_to_nobody_until_something_is_proposed(tmp_path):
    Archive(tmp_path, CONFIGURATION).close()
    other = {**CONFIGURATION, "seed": 1}
    with Archive(tmp_path, other) as archive:
        archive.add_batch(Batch(0, 0, 0, (proposal(0),)))
    with pytest.raises(UsageError, match="seed was 1, is now 0"):
        Archive(tmp_path, CONFIGURATION)
    Archive(tmp_path, other).close()


@pytest.mark.parametrize(
    "name, text",
    [
        ("configuration.json", '{"port": 80}'),
        ("configuration.json", "[1]"),
        ("configuration.json", "port: 80"),
        ("configuration.json", '{"format": 2, "name": "training"}'),
        ("flags.txt", "--port=80"),
        ("derived.jsonl", "mine"),
        ("best/spec.json", "{}"),
        ("checkpoint/state.npz", ""),
    ],
)
def test_what_others_have_put_there_is_kept(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    before = {each: each.is_dir() for each in tmp_path.rglob("*")}
    with pytest.raises(UsageError, match="Expected .* Received: ") as caught:
        Archive(tmp_path, CONFIGURATION)
    assert "\n" not in str(caught.value)
    assert path.read_text() == text
    assert {each: each.is_dir() for each in tmp_path.rglob("*")} == before


def test_other_files_may_lie_beside_a_run(tmp_path):
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / "trained").mkdir()
    Archive(tmp_path, CONFIGURATION).close()
    (tmp_path / "flags.txt").write_text("--seed=0\n")
    Archive(tmp_path, CONFIGURATION).close()
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_a_run_of_format_1_is_opened_and_goes_on(run_dir):
    path = run_dir / "configuration.json"
    old = {
        "format": 1,
        "space": {"name": "Conv", "num_layers": 6, "num_filters": [4, 8]},
        "seed": 0,
    }
    path.write_text(json.dumps(old))
    trials = run_dir / "trials.jsonl"
    lines = trials.read_bytes().replace(b'"multiply_adds": null, ', b"")
    assert b"multiply" not in lines
    trials.write_bytes(lines)
    with Archive(run_dir, CONFIGURATION) as archive:
        assert [t.result.multiply_adds for t in archive.trials] == [None] * 5
        assert trials.read_bytes() == lines
        archive.add_trial(proposal(5), result(0.9))
    assert trials.read_bytes().startswith(lines)
    assert json.loads(path.read_text()) == old
    assert read_trials(run_dir)[-1].reward == 0.9


def test_a_broken_configuration_is_refused(run_dir):
    path = run_dir / "configuration.json"
    path.write_text('{"format":')
    before = contents(run_dir)
    with pytest.raises(UsageError, match=str(path)):
        Archive(run_dir, CONFIGURATION)
    assert contents(run_dir) == before


def test_one_process_at_a_time_and_free_when_it_is_killed(run_dir):
    before = contents(run_dir)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import json, sys, time\n"
            "from nas_tf.runs.archive import Archive\n"
            "archive = Archive(sys.argv[1], json.loads(sys.argv[2]))\n"
            "print('ready', flush=True)\n"
            "time.sleep(600)",
            str(run_dir),
            json.dumps(CONFIGURATION),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"ready\n"
        with pytest.raises(UsageError, match="is in use by a live process"):
            Archive(run_dir, CONFIGURATION)
        # Reading the trials is allowed.
        assert len(read_trials(run_dir)) == 5
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    Archive(run_dir, CONFIGURATION).close()
    assert contents(run_dir) == before


def test_one_archive_at_a_time_in_a_process(run_dir):
    with (
        Archive(run_dir, CONFIGURATION),
        pytest.raises(UsageError, match="in use"),
    ):
        Archive(run_dir, CONFIGURATION)
    Archive(run_dir, CONFIGURATION).close()


def test_a_refused_directory_is_let_go(run_dir):
    with pytest.raises(UsageError, match="another configuration"):
        Archive(run_dir, {})
    Archive(run_dir, CONFIGURATION).close()


def test_best_are_distinct_successful_and_in_order():
    archive = Archive()
    rows = [
        (0.5, OK, 1, None),
        (0.9, OK, 2, None),
        (0.9, OK, 3, None),  # an equal one, later
        (0.7, OK, 2, None),  # the architecture of the second again
        (9.0, NAN, 4, None),  # a failure, whatever its reward
        (0.95, OK, 5, 1),  # took over another's result
        (0.6, OK, 6, None),
    ]
    for number, (reward, status, spec, reused) in enumerate(rows):
        outcome = result(reward, status, {"actions": [spec]})
        archive.add_trial(proposal(number), outcome, reused)

    assert [t.trial_id for t in archive.best(10)] == [1, 2, 6, 0]
    assert [t.trial_id for t in archive.best(2)] == [1, 2]
    assert [t.trial_id for t in archive.best()] == [1]
    assert Archive().best(3) == []


def test_the_tally_is_right_after_reopening(run_dir):
    with Archive(run_dir, CONFIGURATION) as archive:
        archive.add_batch(Batch(1, 1, 4, (proposal(6, 1),)))
        archive.add_trial(proposal(5), result(0.9), reused=1)
    with Archive(run_dir, CONFIGURATION) as archive:
        tally = archive.tally
        assert tally.statuses == {OK: 5, NAN: 1}
        assert tally.failed == 1
        assert tally.redrawn == 3 + 4
        assert tally.reused == 1
        assert tally.total_reward == pytest.approx(0.2 + 0.8 + 0.4 + 0.8 + 0.9)
        assert tally.best is archive.trials[5]


def test_the_tally_keeps_the_first_of_equal_bests(run_dir):
    with Archive(run_dir, CONFIGURATION) as archive:
        assert archive.tally.best.trial_id == 1


def test_without_a_directory_all_is_in_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Archive() as archive:
        archive.add_batch(Batch(0, 0, 0, (proposal(0),)))
        archive.add_trial(proposal(0), result())
    assert len(archive.trials) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_none_is_never_written(run_dir):
    before = contents(run_dir)
    with Archive(run_dir, CONFIGURATION) as archive:
        with pytest.raises(ValueError, match="Out of range float"):
            archive.add_trial(proposal(5), result(float("nan")))
        assert len(archive.trials) == 5
    assert contents(run_dir) == before


@pytest.mark.parametrize("below", ["file", "file/run", "/proc/run"])
def test_a_directory_that_cannot_be_made_is_refused(tmp_path, below):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="that can be written") as caught:
        Archive(tmp_path / below, CONFIGURATION)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.fixture(params=["mount", "chattr"])
def read_only_run(request, run_dir):
    """A run on a read-only mount, or in an immutable folder."""
    steps = {
        "mount": (
            ["mount", "--bind", run_dir, run_dir],
            ["mount", "-o", "remount,ro,bind", run_dir],
            ["umount", run_dir],
        ),
        "chattr": (
            ["chattr", "-R", "+i", run_dir],
            ["true"],
            ["chattr", "-R", "-i", run_dir],
        ),
    }
    first, second, undo = steps[request.param]
    for command in (first, second):
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            if command is second:
                subprocess.run(undo, check=True)
            pytest.skip(f"{request.param} is not possible here")
    yield run_dir
    subprocess.run(undo, check=True)


def test_a_read_only_run_is_refused_and_can_be_read(read_only_run):
    before = contents(read_only_run)
    with pytest.raises(UsageError, match="that can be written"):
        Archive(read_only_run, CONFIGURATION)
    assert contents(read_only_run) == before
    assert len(read_trials(read_only_run)) == 5


def test_a_full_disk_is_said_in_one_line_and_tears_a_line_only(run_dir):
    before = contents(run_dir)
    archive = Archive(run_dir, CONFIGURATION)
    trials = run_dir / "trials.jsonl"
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = trials.stat().st_size + 50
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, old[1]))
    try:
        with archive, pytest.raises(UsageError) as caught:
            archive.add_trial(proposal(5), result())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)

    assert str(caught.value).startswith(f"Cannot write {trials}: File too")
    assert "\n" not in str(caught.value)
    assert len(archive.trials) == 5
    assert trials.stat().st_size == room
    Archive(run_dir, CONFIGURATION).close()
    assert contents(run_dir) == before


@pytest.mark.parametrize(
    "moment, kept", [("before", 5), ("half way", 5), ("after", 6)]
)
def test_an_interrupt_in_an_append_leaves_a_journal_that_opens(
    run_dir, moment, kept
):
    archive = Archive(run_dir, CONFIGURATION)
    file = archive._files["trials.jsonl"]
    archive._files["trials.jsonl"] = _Interrupted(file, moment)
    with archive, pytest.raises(KeyboardInterrupt):
        archive.add_trial(proposal(5), result(0.9))

    with Archive(run_dir, CONFIGURATION) as archive:
        assert len(archive.trials) == kept
        archive.add_batch(Batch(1, 1, 0, (proposal(6, 1),)))
        archive.add_trial(proposal(6, 1), result(0.3))
    assert read_trials(run_dir)[-1].reward == 0.3


class _Interrupted:
    """A file whose `write` is interrupted."""

    def __init__(self, file, moment):
        self.file = file
        self.share = {"before": 0, "half way": 0.5, "after": 1}[moment]

    def write(self, data):
        self.file.write(data[: int(len(data) * self.share)])
        raise KeyboardInterrupt

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_trials_are_not_read_where_there_is_no_run(tmp_path):
    with pytest.raises(UsageError, match="Expected a run directory"):
        read_trials(tmp_path)
