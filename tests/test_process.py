"""Worker processes, including ones that fail, and their children."""

import collections
import concurrent.futures
import contextlib
import dataclasses
import os
import signal
import sys
import time

import psutil
import pytest

from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.executors import process
from nas_tf.executors.process import Process
from nas_tf.machine import control_groups
from nas_tf.machine import memory
from nas_tf.machine import processors
from nas_tf.search.failures import SearchFailed
from nas_tf.search.run_search import run_search
from nas_tf.seeds import derive_seed
from tests import calls
from tests.toy import ToyEvaluator
from tests.toy import ToySpace
from tests.toy import ToyTask

ACTIONS = (1, 0, 1, 2, 0)
# The seed, 0 to 7, selects what the child does.
MISDEEDS = tuple(
    enumerate(
        [
            "none",
            "exit",
            "kill",
            "hang",
            "hang_native",
            "allocate",
            "bug",
            "exit_0",
        ]
    )
)


def evaluate(executor, misdeed):
    """Submits one child; returns its future when it has finished."""
    seed = [name for _, name in MISDEEDS].index(misdeed)
    future = executor.submit(
        ToyEvaluator(misdeeds=MISDEEDS).evaluate,
        ToySpace(),
        ToyTask(),
        ACTIONS,
        seed,
    )
    concurrent.futures.wait([future], timeout=30)
    assert future.done()
    return future


def live_workers():
    """Returns the workers that were started for this process."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            words = " ".join(child.cmdline())
            if "worker.main" in words and "_keeper.main" not in words:
                found.append(child)
    return found


@pytest.fixture
def executor():
    executor = Process(workers=1, time_limit=2, memory_limit=0.1)
    yield executor
    executor.stop()
    assert live_workers() == []


@pytest.mark.parametrize(
    "misdeed, status, reason",
    [
        ("exit", trial.CRASHED, "the worker exited with code 3"),
        ("exit_0", trial.CRASHED, "the worker exited with code 0"),
        ("kill", trial.CRASHED, "the worker was ended by SIGKILL"),
        ("hang", trial.TIMEOUT, "ended after 2 s"),
        ("hang_native", trial.TIMEOUT, "ended after 2 s"),
        (
            "allocate",
            trial.OOM,
            "the worker was over its memory limit of 0.1 GB",
        ),
    ],
)
def test_a_worker_that_fails_is_named_and_replaced(
    executor, misdeed, status, reason
):
    began = time.monotonic()
    future = evaluate(executor, misdeed)
    assert executor.failure(future) == (status, reason)
    # At most the time limit and the start of a worker.
    assert time.monotonic() - began < 10

    future = evaluate(executor, "none")
    assert executor.failure(future) is None
    assert future.result().status == trial.OK


def test_a_kill_that_the_kernel_counts_is_for_lack_of_memory(
    tmp_path, monkeypatch
):
    # Version 2 of control groups, which has such a file.
    (tmp_path / "own").write_text("0::/\n")
    events = tmp_path / "memory.events"
    events.write_text("oom 0\noom_kill 5\n")
    monkeypatch.setattr(control_groups, "ROOT", tmp_path)
    monkeypatch.setattr(control_groups, "OWN", tmp_path / "own")
    executor = Process(workers=1)
    found = []
    try:
        for kills in (5, 6, 6):
            future = evaluate(executor, "kill")
            events.write_text(f"oom 0\noom_kill {kills}\n")
            found.append(executor.failure(future))
    finally:
        executor.stop()
    crash = (trial.CRASHED, "the worker was ended by SIGKILL")
    lack = (trial.OOM, "the kernel ended the worker for lack of memory")
    # The third is not explained by the kill of the second.
    assert found == [crash, lack, crash]


@pytest.mark.parametrize(
    "machine, workers, share", [(21, 2, 8.95), (21, 17, 1.5), (1, 1, 1.5)]
)
def test_a_worker_has_its_share_of_the_machines_memory(
    monkeypatch, machine, workers, share
):
    monkeypatch.setattr(memory, "machine", lambda: machine * 10**9)
    executor = Process(workers=workers)
    assert executor._settings.memory_limit == pytest.approx(share)
    executor.stop()
    executor = Process(workers=workers, memory_limit=50)
    assert executor._settings.memory_limit == 50
    executor.stop()


def test_a_worker_knows_what_it_may_use(executor):
    assert executor.submit(memory.allowed).result(30) == 0.1e9


def test_an_exception_of_the_function_is_no_failure_of_the_worker(executor):
    future = evaluate(executor, "bug")
    assert executor.failure(future) is None
    with pytest.raises(IndexError) as caught:
        future.result()
    # The worker's traceback is attached.
    assert "tests/toy.py" in str(caught.value.__cause__)


def test_a_timeout_raised_by_the_function_is_not_a_time_limit(executor):
    future = executor.submit(calls.raise_timeout)
    with pytest.raises(TimeoutError, match="of its own"):
        future.result(30)
    assert executor.failure(future) is None


@pytest.mark.parametrize("function", ["raise_awkward", "leave"])
def test_what_cannot_travel_is_an_exception_with_its_traceback(
    executor, function
):
    future = executor.submit(getattr(calls, function))
    with pytest.raises(RuntimeError, match="Awkward: 1 2|SystemExit: 5"):
        future.result(30)
    assert executor.failure(future) is None
    assert evaluate(executor, "none").result().status == trial.OK


def test_arguments_that_cannot_be_unpickled_are_an_exception(executor):
    future = executor.submit(len, calls.Unloadable())
    with pytest.raises(ZeroDivisionError):
        future.result(30)
    assert evaluate(executor, "none").result().status == trial.OK


def test_an_idle_worker_may_die(executor):
    evaluate(executor, "none")
    for _ in range(2):
        (worker,) = live_workers()
        worker.kill()
        # Long enough to be noticed.
        time.sleep(0.5)
        assert evaluate(executor, "none").result().status == trial.OK


def test_a_warm_up_may_fail_or_end_its_worker():
    executor = Process(workers=1)
    try:
        executor.warm_up(calls.raise_timeout)
        executor.warm_up(os._exit, 4)
        assert evaluate(executor, "none").result().status == trial.OK
    finally:
        executor.stop()


def test_workers_that_cannot_start_are_crashes_not_a_hang():
    executor = Process(workers=2)
    executor._settings = dataclasses.replace(
        executor._settings, memory_limit="no number"
    )
    try:
        for _ in range(2):
            status, reason = executor.failure(evaluate(executor, "none"))
            assert status == trial.CRASHED
            assert reason == "its worker ended before the child began"
    finally:
        executor.stop()


def test_workers_that_cannot_start_end_a_search_in_one_line():
    executor = Process(workers=1, memory_limit=1e-4)
    try:
        with pytest.raises(SearchFailed, match="3 children failed"):
            search(executor, max_children=9, children_per_replica=3)
    finally:
        executor.stop()


def test_workers_are_replaced_after_so_many_children():
    executor = Process(workers=1, recycle=3)
    try:
        pids = [executor.submit(os.getpid).result(30) for _ in range(9)]
    finally:
        executor.stop()
    assert pids[0:3] == [pids[0]] * 3
    assert pids[3:6] == [pids[3]] * 3
    assert pids[6:9] == [pids[6]] * 3
    assert len(set(pids)) == 3


def test_workers_share_cores_and_gpus_and_outlive_nobody(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    monkeypatch.setattr(processors, "count", lambda: 9)
    executor = Process(recycle=1)
    assert executor.num_workers == 2
    try:
        # Two at a time, so that both slots are taken.
        futures = [
            executor.submit(calls.describe_worker, 0.3) for _ in range(6)
        ]
        workers = [future.result(30) for future in futures]
    finally:
        executor.stop()
    assert len({worker["pid"] for worker in workers}) == 6
    for worker in workers:
        for name in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM"):
            assert worker[f"{name}_THREADS"] == "4"
        assert worker["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
        assert worker["SIGINT"] == signal.SIG_IGN
        if sys.platform == "linux":
            assert worker["death_signal"] == signal.SIGKILL
    # Children that overlap in time are never on the same GPU.
    gpus = [worker["CUDA_VISIBLE_DEVICES"] for worker in workers]
    assert set(gpus) == {"5", "7"}
    for one in workers:
        for other in workers:
            overlap = min(one["until"], other["until"]) > max(
                one["since"], other["since"]
            )
            if one is not other and overlap:
                key = "CUDA_VISIBLE_DEVICES"
                assert one[key] != other[key]


@pytest.mark.parametrize(
    "workers, devices, num_workers, shares",
    [
        (None, 2, 2, {"4,5", "6,7"}),
        (None, 3, 1, {"4,5,6"}),
        (None, 1, 5, {"4", "5", "6", "7", "8"}),
        # There are more workers than GPUs, so they share.
        (3, 2, 3, {"4,5", "6,7", "8,4"}),
    ],
)
def test_a_worker_has_the_gpus_reserved_for_a_child(
    monkeypatch, workers, devices, num_workers, shares
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7,8")
    monkeypatch.setattr(processors, "count", lambda: 8)
    executor = Process(workers=workers)
    try:
        executor.reserve(devices)
        assert executor.num_workers == num_workers
        futures = [
            executor.submit(calls.describe_worker, 1)
            for _ in range(num_workers)
        ]
        found = [future.result(60) for future in futures]
    finally:
        executor.stop()
    assert {worker["CUDA_VISIBLE_DEVICES"] for worker in found} == shares
    assert {worker["OMP_NUM_THREADS"] for worker in found} == {
        str(8 // num_workers)
    }


def test_more_gpus_than_there_are_cannot_be_reserved(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    executor = Process()
    with pytest.raises(UsageError, match="Received: 3"):
        executor.reserve(3)
    executor.stop()
    # Parts of a CPU are not assigned to workers.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    executor = Process(workers=2)
    executor.reserve(3)
    assert executor.num_workers == 2
    executor.stop()


def test_the_threads_of_a_worker_can_be_chosen():
    executor = Process(workers=1, threads=5)
    try:
        worker = executor.submit(calls.describe_worker, 0).result(30)
    finally:
        executor.stop()
    assert worker["OMP_NUM_THREADS"] == "5"


def test_without_gpus_there_is_a_worker_a_core(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(processors, "count", lambda: 9)
    executor = Process()
    assert executor.num_workers == 9
    assert executor._settings.threads == 1
    assert executor._settings.gpus == ()
    assert executor.describe() == "9 worker processes on the CPU, 1 thread each"
    executor.stop()


def test_gpus_are_part_of_the_description(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    executor = Process(workers=1)
    assert executor.describe() == "1 worker process on 2 GPUs"
    executor.stop()


@pytest.mark.parametrize(
    "visible, gpus",
    [
        ("", ()),
        ("-1", ()),
        ("0", ("0",)),
        ("2, 3", ("2", "3")),
        ("0,-1,1", ("0",)),
        ("GPU-8932f937", ("GPU-8932f937",)),
        ("MIG-8932f937/1/0", ("MIG-8932f937/1/0",)),
        ("NoDevFiles", ()),
        ("none", ()),
        ("void", ()),
        ("all", ()),
        ("0,none", ("0",)),
    ],
)
def test_gpus_are_those_cuda_would_see(monkeypatch, visible, gpus):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert process.find_gpus() == gpus


@pytest.mark.parametrize("misdeed", ["hang", "hang_native"])
def test_stop_ends_workers_at_once_whatever_they_do(misdeed):
    executor = Process(workers=2)
    seed = [name for _, name in MISDEEDS].index(misdeed)
    evaluator = ToyEvaluator(misdeeds=MISDEEDS)
    futures = [
        executor.submit(
            evaluator.evaluate, ToySpace(), ToyTask(), ACTIONS, seed
        )
        for _ in range(4)
    ]
    while sum(future.running() for future in futures) < 2:
        time.sleep(0.02)
    time.sleep(0.2)
    assert len(live_workers()) == 2

    began = time.monotonic()
    executor.stop()

    assert time.monotonic() - began < 2
    assert live_workers() == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"workers": 0},
        {"workers": -1},
        {"workers": 1.5},
        {"workers": True},
        {"workers": "2"},
        {"time_limit": 0},
        {"time_limit": "1"},
        {"time_limit": True},
        {"memory_limit": -0.5},
        {"recycle": 0},
        {"recycle": False},
        {"threads": 0},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    ((name, value),) = arguments.items()
    with pytest.raises(UsageError) as caught:
        Process(**arguments)
    wanted = {
        "recycle": "a whole number from 1",
        "time_limit": "a number in (0, 3600000000]",
        "memory_limit": "a number in (0, 1000000]",
    }.get(name, "a whole number from 1 to 1024")
    assert str(caught.value) == (
        f"Expected `{name}` to be None or {wanted}. Received: {value!r}"
    )


def search(executor, evaluator=None, **arguments):
    return run_search(
        ToySpace(),
        ToyTask(),
        strategy="random_search",
        evaluator=evaluator or ToyEvaluator(),
        executor=executor,
        **arguments,
    )


@pytest.mark.slow
def test_a_search_counts_every_misdeed_and_ends():
    count = 40
    misdeeds = ((1, "exit"), (3, "kill"), (5, "hang"), (7, "allocate"))
    statuses = {
        "exit": trial.CRASHED,
        "kill": trial.CRASHED,
        "hang": trial.TIMEOUT,
        "allocate": trial.OOM,
        "none": trial.OK,
    }
    expected = {}
    for number in range(count):
        ending = derive_seed(0, "child", number) % 10
        expected[number] = statuses[dict(misdeeds).get(ending, "none")]
    # By hand, so that the test notices a change of seeds.
    assert collections.Counter(expected.values()) == {
        trial.OK: 27,
        trial.CRASHED: 7,
        trial.TIMEOUT: 3,
        trial.OOM: 3,
    }

    executor = Process(workers=2, time_limit=2, memory_limit=0.1, recycle=4)
    try:
        archive = search(
            executor, ToyEvaluator(misdeeds=misdeeds), max_children=count
        )
    finally:
        executor.stop()

    assert {
        t.proposal.proposal_id: t.result.status for t in archive.trials
    } == expected
    assert len(archive.trials) == count
    for finished in archive.trials:
        if finished.result.status != trial.OK:
            assert finished.reward == 0.0
            assert finished.result.error != ""
            spec = ToySpace().decode(finished.proposal.actions)
            assert finished.result.spec == spec.to_json()
    assert live_workers() == []


def test_a_bug_in_the_evaluator_is_an_error_of_its_child():
    endings = [derive_seed(0, "child", number) % 10 for number in range(3)]
    assert endings == [0, 6, 0]
    evaluator = ToyEvaluator(misdeeds=((6, "bug"),))
    archive = search("process(workers=1)", evaluator, max_children=3)
    statuses = [each.result.status for each in archive.trials]
    assert statuses == [trial.OK, trial.ERROR, trial.OK]
    assert archive.trials[1].result.error.endswith(
        "IndexError: list index out of range\n"
    )


def test_an_executor_given_as_an_object_is_left_running():
    executor = Process(workers=1)
    try:
        search(executor, max_children=2)
        (worker,) = live_workers()
        search(executor, max_children=2)
        assert live_workers() == [worker]
    finally:
        executor.stop()


def test_an_executor_given_by_name_is_stopped():
    search("process(workers=1)", max_children=1)
    assert live_workers() == []


@pytest.mark.parametrize("threads", [1, 3])
def test_jax_computes_with_the_threads_of_a_worker(threads):
    pytest.importorskip("jax")
    executor = Process(workers=1, threads=threads)
    try:
        assert executor.submit(calls.jax_threads).result() == threads
    finally:
        executor.stop()
