"""Children that fail in many ways. Each becomes a trial with its status."""

import collections

import pytest

from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.executors.process import Process
from nas_tf.runs.journal import read_trials
from nas_tf.search.failures import SearchFailed
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.seeds import derive_seed
from tests import faulty_task

SPACE = "conv(num_layers=1, filter_heights=(1, 3), num_filters=(2, 3))"
# Status of each fault, and words of its reason.
STATUSES = {
    None: (trial.OK, ""),
    "exception": (trial.ERROR, "ValueError: a child's own mistake"),
    "exit": (trial.CRASHED, "the worker exited with code 3"),
    "nan": (trial.NAN, "NonFiniteLoss: Expected a finite loss."),
    "hang": (trial.TIMEOUT, "ended after 25 s"),
    "hang_native": (trial.TIMEOUT, "ended after 25 s"),
    "allocate": (trial.OOM, "the worker was over its memory limit"),
    "exhaust": (trial.OOM, "OOM when allocating tensor"),
    "kill": (trial.CRASHED, "the worker was ended by SIGKILL"),
}


def expected(seed, count, faults=faulty_task.FAULTS):
    """Returns the fault of each child of a search, by its number."""
    return [
        faulty_task.fault(derive_seed(seed, "child", number), faults)
        for number in range(count)
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_fault_is_a_status_and_none_stops_the_search():
    count = 13
    # Every fault at least once, and those that take long once.
    seed = next(
        seed
        for seed in range(100_000)
        if set(faults := expected(seed, count)) == set(STATUSES)
        and faults.count("hang") == faults.count("hang_native") == 1
    )
    faults = expected(seed, count)
    executor = Process(workers=2, time_limit=25, memory_limit=1.7)
    try:
        archive = run_search(
            SPACE,
            faulty_task.FaultyTask(),
            "random_search",
            executor=executor,
            max_children=count,
            seed=seed,
        )
    finally:
        executor.stop()
    found = {
        t.proposal.proposal_id: (t.result.status, t.result.error)
        for t in archive.trials
    }
    assert len(archive.trials) == len(found) == count
    for number, fault in enumerate(faults):
        status, reason = STATUSES[fault]
        assert found[number][0] == status, (fault, found[number])
        assert reason in found[number][1], (fault, found[number])
    wanted = collections.Counter(STATUSES[fault][0] for fault in faults)
    assert archive.tally.statuses == wanted
    for finished in archive.trials:
        assert finished.ok or finished.reward == 0.0


class Removing(Observer):
    def __init__(self, path):
        self.path = path

    def on_trial(self, archive, trial):
        self.path.unlink(missing_ok=True)


@pytest.mark.slow
def test_a_text_that_vanishes_is_no_failure_of_children(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the cat sat on the mat\n" * 100)
    # The second child has a worker of its own, which reads the text again.
    executor = Process(workers=1, recycle=1)
    try:
        with pytest.raises(UsageError, match="text file.*not there") as told:
            run_search(
                "recurrent(skeleton='language_model(units=8, num_layers=1)')",
                f"text(path={str(path)!r}, epochs=1, batch_size=4, steps=9)",
                "random_search",
                executor=executor,
                run_dir=tmp_path / "run",
                max_children=50,
                observers=[Removing(path)],
            )
    finally:
        executor.stop()
    assert "\n" not in str(told.value)
    statuses = [t.result.status for t in read_trials(tmp_path / "run")]
    assert statuses and set(statuses) == {trial.OK}


def test_a_first_batch_that_fails_whole_names_the_commonest_cause():
    # If half of the children fail, some first batches fail entirely.
    faults = ("exception", "nan")
    seed = next(
        seed
        for seed in range(10_000)
        if sorted(map(str, expected(seed, 3, faults)))
        == ["exception", "exception", "nan"]
    )
    with pytest.raises(
        SearchFailed,
        match="The last 3 children failed, so the search stops. 2 of them: "
        "error: ValueError: a child's own mistake",
    ):
        run_search(
            SPACE,
            faulty_task.FaultyTask(faults=faults),
            "random_search",
            seed=seed,
            children_per_replica=3,
        )
