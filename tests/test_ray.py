"""Children on Ray clusters whose parts fail, one after the other."""

import concurrent.futures
import contextlib
import importlib.util
import json
import os
import pathlib
import pickle
import queue
import re
import secrets
import signal
import subprocess
import sys
import time
import types

import psutil
import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.executors import _ray_driver
from nas_tf.executors.ray import Ray
from nas_tf.machine import processors
from nas_tf.search.run_search import run_search
from nas_tf.seeds import derive_seed
from tests import exposure
from tests import reporting
from tests.calls import Unloadable
from tests.calls import describe_worker
from tests.calls import leave
from tests.calls import raise_awkward
from tests.calls import raise_refusal
from tests.calls import raise_timeout
from tests.test_resume import PROPOSALS
from tests.test_resume import ROOT
from tests.test_resume import Run
from tests.test_resume import records
from tests.toy import ToyEvaluator
from tests.toy import ToySpace
from tests.toy import ToyTask

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed"
)
STATUSES = {
    "none": trial.OK,
    "exit": trial.CRASHED,
    "kill": trial.CRASHED,
    "hang": trial.TIMEOUT,
    "hang_native": trial.TIMEOUT,
    "allocate": trial.OOM,
}
ACTIONS = (1, 0, 1, 2, 0)
# Commands that start the nodes of a cluster, the head first.
NODES = """
import json, sys
from ray.cluster_utils import Cluster
cluster = Cluster()
for line in sys.stdin:
    node = cluster.add_node(
        node_ip_address="127.0.0.1", include_dashboard=False,
        object_store_memory=80_000_000, **json.loads(line))
    [raylet] = node.all_processes["raylet"]
    print(json.dumps([cluster.address, raylet.process.pid]), flush=True)
"""


class Cluster:
    """Nodes of Ray on this machine, reached by loopback only.

    Args:
        *nodes: Keyword arguments of each node, the head's first.
        token: What lets a driver in.
    """

    def __init__(self, *nodes, token="s" * 40):
        self.nodes = nodes
        self.env = {
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": token,
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        self.raylets = []

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", NODES],
            env={**os.environ, **self.env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        for node in self.nodes:
            self.add(**node)
        return self

    def add(self, **node):
        self.process.stdin.write(json.dumps(node) + "\n")
        self.process.stdin.flush()
        self.address, raylet = json.loads(self.process.stdout.readline())
        self.raylets.append(psutil.Process(raylet))

    def children(self):
        """Returns the supervised processes of all nodes."""
        return spawned(psutil.Process(self.process.pid))

    def __exit__(self, *_):
        kill(psutil.Process(self.process.pid))
        self.process.wait()


def spawned(process):
    """Returns the processes of children below a process."""
    return [
        child
        for child in process.children(recursive=True)
        if is_alive(child) and _is_worker(" ".join(child.cmdline()))
    ]


def _is_worker(command):
    # The keeper of workers is told their command.
    return "worker.main" in command and "_keeper.main" not in command


def ray_worker(child):
    """Returns the worker of Ray that a child belongs to, above its keeper."""
    return child.parent().parent()


def is_alive(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def kill(process):
    for child in [*process.children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def wait_for(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextlib.contextmanager
def running(**arguments):
    """Yields a `Ray`, and checks that no process of it remains."""
    executor = Ray(**arguments)
    # Clusters in other sessions belong to other tests.
    processes = psutil.Process(executor._link._process.pid)
    members = [processes, *processes.children(recursive=True)]
    try:
        yield executor
        members += processes.children(recursive=True)
    finally:
        executor.stop()
    wait_for(lambda: not any(map(is_alive, members)), seconds=5)


@pytest.fixture(scope="module")
def here():
    with running(workers=2, time_limit=12, memory_limit=0.2) as executor:
        yield executor


def search(executor, evaluator=None, **arguments):
    return run_search(
        ToySpace(),
        ToyTask(),
        strategy="random_search",
        evaluator=evaluator or ToyEvaluator(),
        executor=executor,
        **arguments,
    )


def assert_all_ok(run_dir, count):
    """Asserts that a number of proposals were tried once each, and are ok."""
    done = records(run_dir)
    proposed = {
        proposal["proposal_id"]: proposal["actions"]
        for batch in records(run_dir, PROPOSALS)
        for proposal in batch["proposals"]
    }
    assert [record["trial_id"] for record in done] == list(range(count))
    assert len({record["proposal_id"] for record in done}) == count
    for record in done:
        assert record["status"] == "ok", record["error"]
        assert record["actions"] == proposed[record["proposal_id"]]


# What becomes of a child.


@needs_ray
@pytest.mark.slow
def test_a_search_counts_every_misdeed_as_with_processes(here):
    count = 12
    misdeeds = (
        (1, "exit"),
        (3, "kill"),
        (5, "hang"),
        (7, "allocate"),
        (9, "hang_native"),
    )

    def expected(seed):
        """Returns what each child does, by its number."""
        endings = (derive_seed(seed, "child", n) % 10 for n in range(count))
        return [dict(misdeeds).get(ending, "none") for ending in endings]

    seed = next(n for n in range(10_000) if set(expected(n)) == set(STATUSES))

    archive = search(
        here, ToyEvaluator(misdeeds=misdeeds), max_children=count, seed=seed
    )

    assert len(archive.trials) == count
    found = {t.proposal.proposal_id: t.result.status for t in archive.trials}
    wanted = [STATUSES[misdeed] for misdeed in expected(seed)]
    assert found == dict(enumerate(wanted))


@needs_ray
@pytest.mark.slow
@pytest.mark.parametrize(
    "misdeed, reason",
    [
        ("exit", "the worker exited with code 3"),
        ("kill", "the worker was ended by SIGKILL"),
        ("hang", "ended after 12 s"),
        ("hang_native", "ended after 12 s"),
        ("allocate", "the worker was over its memory limit of 0.2 GB"),
    ],
)
def test_a_child_that_fails_is_named_and_not_tried_again(
    here, tmp_path, misdeed, reason
):
    future = here.submit(count_and_do, str(tmp_path / "count"), misdeed)
    concurrent.futures.wait([future], 30)
    assert here.failure(future) == (STATUSES[misdeed], reason)
    assert (tmp_path / "count").read_text() == "x"
    assert here.submit(len, "abc").result(30) == 3


@needs_ray
@pytest.mark.slow
def test_an_exception_comes_home_with_its_traceback(here):
    future = here.submit(count_and_do, os.devnull, "bug")
    with pytest.raises(IndexError) as caught:
        future.result(30)
    assert here.failure(future) is None
    assert "tests/toy.py" in str(caught.value.__cause__)


@needs_ray
@pytest.mark.slow
@pytest.mark.parametrize(
    "function, kind, words",
    [
        (raise_timeout, TimeoutError, "of its own"),
        # Data that is gone is no child's failure, and ends the search.
        (raise_refusal, UsageError, "the data where it was"),
        (raise_awkward, RuntimeError, "Awkward: 1 2"),
        (leave, RuntimeError, "SystemExit: 5"),
        (Unloadable, ZeroDivisionError, None),
    ],
)
def test_what_is_raised_or_cannot_travel_is_an_exception(
    here, function, kind, words
):
    future = here.submit(function)
    with pytest.raises(kind, match=words):
        future.result(30)
    assert here.failure(future) is None


@needs_ray
@pytest.mark.slow
def test_arguments_that_cannot_be_unpickled_are_an_exception(here):
    with pytest.raises(ZeroDivisionError):
        here.submit(len, Unloadable()).result(30)


@needs_ray
@pytest.mark.slow
def test_a_warm_up_may_fail_and_has_no_time_limit(here):
    here.warm_up(raise_timeout)
    here.warm_up(os._exit, 4)
    here.warm_up(time.sleep, 4.5)
    assert here.submit(len, "abc").result(30) == 3


@needs_ray
@pytest.mark.slow
def test_a_cancelled_child_is_ended(here, tmp_path):
    future = here.submit(count_and_do, str(tmp_path / "count"), "hang")
    wait_for((tmp_path / "count").exists)
    driver = psutil.Process(here._link._process.pid)
    before = spawned(driver)
    assert before
    assert future.cancel()
    wait_for(lambda: not all(map(is_alive, before)))
    assert here.submit(len, "abc").result(30) == 3


@needs_ray
@pytest.mark.slow
def test_a_worker_of_rays_that_dies_is_no_fault_of_its_child(here, tmp_path):
    future = here.submit(count_and_wait, str(tmp_path / "count"))
    wait_for((tmp_path / "count").exists)
    pid = int((tmp_path / "count").read_text().split()[0])
    ray_worker(psutil.Process(pid)).kill()
    wait_for(lambda: not psutil.pid_exists(pid), seconds=5)
    assert future.result(30) == "done"
    assert len((tmp_path / "count").read_text().split()) == 2


# What a child is given.


@needs_ray
@pytest.mark.slow
def test_a_child_finds_what_the_search_finds(here):
    found = here.submit(describe_place).result(30)
    assert found == {"directory": os.getcwd(), "main": "__main__"}


@needs_ray
@pytest.mark.slow
def test_what_a_script_itself_defines_travels(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from nas_tf.executors.ray import Ray\n"
        "class Double:\n"
        "    def __init__(self, number): self.number = 2 * number\n"
        "if __name__ == '__main__':\n"
        "    executor = Ray(workers=1)\n"
        "    print(executor.submit(Double, 4).result(30).number)\n"
        "    executor.stop()\n"
    )
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("8\n", "")


@needs_ray
@pytest.mark.slow
def test_nothing_listens_beyond_loopback_and_a_token_is_asked_for(here):
    driver = psutil.Process(here._link._process.pid)
    processes = [driver, *driver.children(recursive=True)]
    assert {"127.0.0.1"} <= exposure.listening(processes) <= exposure.LOOPBACK
    # Ray's sockets and logs are in a folder of the user's own.
    [folder] = {
        found.group()
        for process in processes
        for word in process.cmdline()
        if (found := re.search(r"/[^=:,]*/nas_tf_ray_\w+", word))
    }
    assert pathlib.Path(folder).stat().st_mode & 0o777 == 0o700
    assert exposure.writable(folder) == []
    [head] = [p for p in driver.children() if p.name() == "gcs_server"]
    environment = head.environ()
    assert environment["RAY_AUTH_MODE"] == "token"
    assert len(environment["RAY_AUTH_TOKEN"]) == 64


@needs_ray
@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, num_workers, threads",
    [
        ({"workers": 3, "num_cpus": 0.5}, 3, "1"),
        ({"workers": 2, "num_cpus": 3}, 2, "3"),
    ],
)
def test_ray_started_here_has_room_for_the_workers(
    tmp_path, arguments, num_workers, threads
):
    with running(**arguments) as executor:
        assert executor.num_workers == num_workers
        assert f"{num_workers} worker" in executor.describe()
        assert " of Ray with " in executor.describe()
        workers = together(executor, tmp_path, num_workers)
    for worker in workers:
        for name in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM"):
            assert worker[f"{name}_THREADS"] == threads
        assert worker["CUDA_VISIBLE_DEVICES"] == ""
        assert worker["death_signal"] == signal.SIGKILL


@needs_ray
@pytest.mark.slow
def test_children_share_out_processors_of_each_machine(monkeypatch):
    monkeypatch.setattr(processors, "count", lambda: 2)
    nodes = ({"num_cpus": 3}, {"num_cpus": 2}, {"num_cpus": 1})
    with Cluster(*nodes) as cluster:
        for name, value in cluster.env.items():
            monkeypatch.setenv(name, value)
        with running(address=cluster.address, num_cpus=2) as executor:
            assert executor.num_workers == 2
            cluster.add(num_cpus=4)
            wait_for(lambda: executor.num_workers == 4)
        with pytest.raises(UsageError) as caught:
            Ray(address=cluster.address, num_cpus=5)
        assert str(caught.value) == (
            "Expected a machine with 5 CPUs and 0 GPUs for each child. "
            "Received: 1 CPUs and 0 GPUs or 2 CPUs and 0 GPUs or 3 CPUs and 0 "
            "GPUs or 4 CPUs and 0 GPUs"
        )


@needs_ray
@pytest.mark.slow
@pytest.mark.parametrize(
    "num_gpus, devices, num_workers, shares",
    [
        (None, 1, 2, {"5", "7"}),
        (None, 2, 1, {"5,7"}),
        (0.5, 1, 4, {"5", "7"}),
        (0, 1, 4, {""}),
        (2, 1, 1, {"5,7"}),
    ],
)
def test_children_share_out_gpus(
    tmp_path, monkeypatch, num_gpus, devices, num_workers, shares
):
    # The GPUs need not exist: Ray believes what it is told.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    with running(workers=4, num_gpus=num_gpus) as executor:
        executor.reserve(devices)
        assert executor.num_workers == num_workers
        workers = together(executor, tmp_path, num_workers)
    gpus = [worker["CUDA_VISIBLE_DEVICES"] for worker in workers]
    assert {",".join(sorted(names.split(","))) for names in gpus} == shares


def together(executor, folder, count):
    """Returns what describes the workers of so many children at a time."""
    futures = [executor.submit(meet, folder, count) for _ in range(count)]
    return [future.result(90) for future in futures]


# What becomes of a search.


@needs_ray
@pytest.mark.slow
def test_a_search_survives_the_loss_of_a_machine(tmp_path, monkeypatch):
    with Cluster({"num_cpus": 2}, {"num_cpus": 2}) as cluster:
        for name, value in cluster.env.items():
            monkeypatch.setenv(name, value)
        with running(address=cluster.address) as executor:
            assert executor.num_workers == 4
            ended = end_last_node(cluster, tmp_path / "trials.jsonl")
            search(
                executor,
                ToyEvaluator(seconds=0.5),
                run_dir=tmp_path,
                max_children=24,
            )
            assert ended.result(1) == 2
            wait_for(lambda: executor.num_workers == 2)
    assert_all_ok(tmp_path, 24)


def end_last_node(cluster, journal):
    """Kills a cluster's last node when children run on all of them.

    Returns:
        A future.
    """
    node = cluster.raylets[-1]

    def end():
        wait_for(lambda: journal.exists() and len(spawned(node)) == 2, 60)
        wait_for(lambda: journal.read_bytes().count(b"\n") > 5)
        children = spawned(node)
        node.kill()
        wait_for(lambda: not any(map(is_alive, children)), seconds=5)
        return len(children)

    return concurrent.futures.ThreadPoolExecutor(1).submit(end)


def run_on(cluster, run_dir, seconds=0.5):
    address = "" if cluster is None else f"address='{cluster.address}'"
    return Run(
        run_dir,
        f"--executor=ray({address or 'workers=2'})",
        "--strategy=random_search",
        evaluator=f"tests.toy_evaluator(seconds={seconds})",
        max_children=20,
    )


@needs_ray
@pytest.mark.slow
def test_a_driver_killed_leaves_nothing_and_its_run_goes_on(tmp_path):
    with run_on(None, tmp_path) as run:
        run.wait_for(lambda: run.num_trials() >= 5)
        assert any("raylet" in process.name() for process in run.members())
        run.kill()
        assert run.is_gone()
    assert 5 <= run.num_trials() < 20
    with run_on(None, tmp_path) as run:
        code, _, error = run.end()
        assert run.is_gone()
    assert code == 0, error
    assert_all_ok(tmp_path, 20)


@needs_ray
@pytest.mark.slow
def test_a_driver_killed_leaves_nothing_on_a_cluster_it_joined(
    tmp_path, monkeypatch
):
    with Cluster({"num_cpus": 2}, {"num_cpus": 1}) as cluster:
        for name, value in cluster.env.items():
            monkeypatch.setenv(name, value)
        with run_on(cluster, tmp_path) as run:
            run.wait_for(
                lambda: run.num_trials() >= 2 and len(cluster.children()) == 3
            )
            children = cluster.children()
            workers = list(map(ray_worker, children))
            run.kill()
            assert run.is_gone()
        wait_for(lambda: not any(map(is_alive, children + workers)), seconds=10)
        assert all(map(is_alive, cluster.raylets))
        with run_on(cluster, tmp_path) as run:
            code, _, error = run.end()
        assert code == 0, error
        wait_for(lambda: not cluster.children(), seconds=10)
    assert_all_ok(tmp_path, 20)


@needs_ray
@pytest.mark.slow
def test_an_interrupt_ends_everything_and_says_how_to_go_on(tmp_path):
    with run_on(None, tmp_path, seconds=30) as run:
        run.wait_for(lambda: (tmp_path / PROPOSALS).exists())
        time.sleep(1)
        os.killpg(run.process.pid, signal.SIGINT)
        code, _, error = run.end()
        assert run.is_gone()
    assert code == 130
    assert "Traceback" not in error
    assert (
        error.splitlines()[-2]
        == "Stopped. Run the same command again to continue."
    )
    assert run.num_trials() == 0


@needs_ray
@pytest.mark.slow
def test_the_loss_of_the_cluster_is_told_and_no_childs_fault(
    tmp_path, monkeypatch
):
    with Cluster({"num_cpus": 2}) as cluster:
        for name, value in cluster.env.items():
            monkeypatch.setenv(name, value)
        with run_on(cluster, tmp_path) as run:
            run.wait_for(lambda: run.num_trials() >= 5)
            kill(psutil.Process(cluster.process.pid))
            began = time.monotonic()
            code, _, error = run.end()
            assert run.is_gone()
    assert time.monotonic() - began < 45
    assert code == 2
    assert error.splitlines()[-1].startswith(
        f"error: The Ray cluster at {cluster.address} is gone: "
    )
    assert "Traceback" not in error
    assert 5 <= run.num_trials() < 20
    with Run(
        tmp_path,
        "--executor=inline",
        "--strategy=random_search",
        evaluator="tests.toy_evaluator(seconds=0.5)",
        max_children=20,
    ) as run:
        assert run.end()[0] == 0
    assert_all_ok(tmp_path, 20)


@needs_ray
def test_what_ray_itself_raises_is_told_in_a_line():
    import ray

    driver = object.__new__(_ray_driver._Driver)
    driver._ray = ray
    kind, status, reason = driver._outcome(ray.exceptions.WorkerCrashedError())
    assert (kind, status) == ("failed", trial.CRASHED)
    assert reason.startswith("The worker died unexpectedly")
    assert driver._outcome(ray.exceptions.OutOfMemoryError("...")) == (
        "failed",
        trial.OOM,
        "Ray ended its worker 4 times for memory",
    )
    missing = ray.exceptions.RayTaskError(
        "task", "traceback", ModuleNotFoundError("No module named 'nas_tf'")
    )
    kind, pickled, _ = driver._outcome(missing)
    error = pickle.loads(pickled)
    assert kind == "raised"
    assert type(error) is UsageError
    assert str(error) == (
        "Expected nas_tf on every machine of the cluster. Received: No module "
        "named 'nas_tf'"
    )


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_child_lost_while_the_cluster_was_away_is_submitted_again(
    monkeypatch, cancelled
):
    """Nothing would ever be said of it otherwise, and the search would wait."""
    driver = object.__new__(_ray_driver._Driver)
    driver._refs = {} if cancelled else {7: "ref"}
    away = [True, True, False]
    monkeypatch.setattr(driver, "_is_gone", lambda: away.pop(0))
    at_once = types.SimpleNamespace(sleep=lambda seconds: None)
    monkeypatch.setattr(_ray_driver, "time", at_once)
    submitted, sent = queue.Queue(), []
    monkeypatch.setattr(driver, "_submit", lambda *call: submitted.put(call))
    monkeypatch.setattr(driver, "_send", lambda *message: sent.append(message))
    future = concurrent.futures.Future()
    future.set_exception(RuntimeError("The worker died unexpectedly"))
    driver._report(7, (b"call", {}, {"CPU": 1, "GPU": 0}, False), future)
    if cancelled:
        with pytest.raises(queue.Empty):
            submitted.get(timeout=0.2)
    else:
        call = submitted.get(timeout=5)
        assert call == (7, b"call", {}, {"CPU": 1, "GPU": 0}, False)
    assert sent == []


# What is refused.


@pytest.mark.parametrize(
    "arguments",
    [
        {"workers": 0},
        {"workers": 1.5},
        {"workers": True},
        {"num_cpus": 0},
        {"num_cpus": None},
        {"num_cpus": "1"},
        {"time_limit": 0},
        {"memory_limit": -0.5},
        {"recycle": 0},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    ((name, value),) = arguments.items()
    with pytest.raises(UsageError) as caught:
        Ray(**arguments)
    wanted = {
        "workers": "None or a whole number from 1 to 1024",
        "num_cpus": "a number in (0, 1024]",
        "time_limit": "None or a number in (0, 3600000000]",
        "memory_limit": "None or a number in (0, 1000000]",
    }.get(name, "None or a whole number from 1")
    assert str(caught.value) == (
        f"Expected `{name}` to be {wanted}. Received: {value!r}"
    )


@pytest.mark.parametrize("value", [-1, 1.5, "1", True, -0.5])
def test_gpus_are_whole_or_a_fraction(value):
    with pytest.raises(UsageError) as caught:
        Ray(num_gpus=value)
    assert str(caught.value) == (
        f"Expected `num_gpus` to be None, a whole number or a fraction below "
        f"1. Received: {value!r}"
    )


@pytest.mark.parametrize(
    "value",
    ["", "here", ":1", "host:", "host:x", "h:0", "h:65536", "ray://h:1", 6379],
)
def test_addresses_are_a_host_and_a_port(value):
    with pytest.raises(UsageError) as caught:
        Ray(address=value)
    assert str(caught.value) == (
        f"Expected `address` to be None, 'auto' or 'host:port'. Received: "
        f"{value!r}"
    )


def test_without_ray_one_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        registry.make("executors", "ray")
    assert str(caught.value) == (
        "executor 'ray': Expected Ray for the executor 'ray': pip install "
        "'ray>=2.52'. Received: no module named 'ray'"
    )


@needs_ray
@pytest.mark.slow
def test_where_there_is_no_cluster_one_line_says_so():
    with pytest.raises(UsageError) as caught:
        Ray(address="127.0.0.1:9")
    assert str(caught.value) == (
        "Expected a Ray cluster at 127.0.0.1:9. Received: nothing that answers"
    )


@needs_ray
@pytest.mark.slow
def test_auto_without_a_cluster_is_refused(monkeypatch, tmp_path):
    # The address that `ray start` records, not that of another search.
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(UsageError) as caught:
        Ray(address="auto")
    assert str(caught.value) == (
        "Expected a Ray cluster that this machine is part of. Received: none "
        "that `ray start` started"
    )


@needs_ray
@pytest.mark.slow
def test_only_who_has_the_token_is_let_in(monkeypatch, tmp_path):
    token = secrets.token_hex(16)
    with Cluster({"num_cpus": 1}, token=token) as cluster:
        for name, value in cluster.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HOME", str(tmp_path))
        refusal = (
            f"Expected the token of the Ray cluster at {cluster.address}, in "
            f"~/.ray/auth_token or RAY_AUTH_TOKEN. Received: another or none"
        )
        # A wrong one; none; and none is wanted.
        for mode, given in (
            ("token", "w" * 40),
            (None, None),
            ("disabled", None),
        ):
            for name, value in (
                ("RAY_AUTH_MODE", mode),
                ("RAY_AUTH_TOKEN", given),
            ):
                if value is None:
                    monkeypatch.delenv(name)
                else:
                    monkeypatch.setenv(name, value)
            with pytest.raises(UsageError) as caught:
                Ray(address=cluster.address)
            assert str(caught.value) == refusal
            monkeypatch.setenv("RAY_AUTH_TOKEN", "")
        # The file in which Ray itself keeps the token is enough.
        monkeypatch.delenv("RAY_AUTH_MODE")
        monkeypatch.delenv("RAY_AUTH_TOKEN")
        (tmp_path / ".ray").mkdir()
        (tmp_path / ".ray" / "auth_token").write_text(token)
        with running(address=cluster.address) as executor:
            assert executor.submit(len, "abc").result(30) == 3


def meet(folder, count):
    """Waits until a number of processes have reached this point."""
    (folder / str(os.getpid())).touch()
    wait_for(lambda: len(list(folder.iterdir())) == count, seconds=80)
    return describe_worker(0)


def count_and_do(path, misdeed):
    with open(path, "a") as file:
        file.write("x")
    evaluator = ToyEvaluator(misdeeds=((0, misdeed),))
    return evaluator.evaluate(ToySpace(), ToyTask(), ACTIONS, 0)


def count_and_wait(path):
    """Waits to be killed, and finishes at the second attempt."""
    with open(path, "a") as file:
        file.write(f"{os.getpid()} ")
    if len(pathlib.Path(path).read_text().split()) == 1:
        time.sleep(60)
    return "done"


def describe_place():
    return {"directory": os.getcwd(), "main": sys.modules["__main__"].__name__}


@pytest.mark.slow
def test_trainings_that_do_not_pay_are_ended(here):
    archive = run_search(
        ToySpace(),
        reporting.Task(),
        strategy="random_search",
        evaluator=reporting.Reporting(),
        executor=here,
        max_children=12,
        pruning="median(startup=1)",
    )
    assert archive.tally.pruned > 0
    assert all(t.result.reports for t in archive.trials)
