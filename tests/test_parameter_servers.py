"""Clusters on this machine; each test runs its driver in its own process.

A process cannot be a driver twice, because TensorFlow keeps its connections.
"""

import concurrent.futures
import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from nas_tf import parameter_servers
from nas_tf.errors import UsageError
from nas_tf.parameter_servers import _cluster
from nas_tf.parameter_servers import _processes
from nas_tf.search.run_search import run_search
from nas_tf.strategies.random_search import RandomSearch
from nas_tf.strategies.reinforce import Reinforce
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)


def round_of(strategy, number, count=8):
    samples = strategy.propose(count, LENGTH, seed=number)
    trials = [
        Trial(
            count * number + i,
            Proposal(count * number + i, number, s.actions, s.log_prob, 0),
            Result(OK, toy.toy_reward(s.actions)),
        )
        for i, s in enumerate(samples)
    ]
    strategy.update(trials)
    return trials


def trained(strategy, rounds=10):
    strategy.start(SPACE, seed=1)
    for number in range(rounds):
        round_of(strategy, number)
    strategy.settle()
    return strategy


def difference(one, two):
    """Returns the largest difference between two states."""
    assert set(one) == set(two)
    assert all(one[name].shape == two[name].shape for name in one)
    # What was tried is empty where nothing was proposed.
    return max(
        float(np.abs(one[name] - two[name]).max())
        for name in one
        if one[name].size
    )


def two_servers(workers):
    """Starts two servers, whoever else uses this machine."""
    return parameter_servers.start(2, workers, allow_other_users=True)


def placed(place, **options):
    strategy = Reinforce(**options)
    strategy.place_on(place)
    return strategy


def processes(job):
    """Returns this driver's processes of a job, by their numbers."""
    prefix = f"nas_{job}_"
    return sorted(
        (
            process
            for process in psutil.Process().children(recursive=True)
            if process.name().startswith(prefix)
        ),
        key=psutil.Process.name,
    )


def report(**facts):
    print("report " + json.dumps(facts), flush=True)


def command(code):
    return [
        sys.executable,
        "-c",
        f"from tests.{__name__.split('.')[-1]} import *; {code}",
    ]


def run(code, timeout=280, **environment):
    """Runs a driver and returns what it reported."""
    driver = subprocess.run(
        command(code),
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    lines = driver.stdout.splitlines()
    found = [line for line in lines if line.startswith("report ")]
    assert driver.returncode == 0 and found, driver.stderr[-3000:]
    return json.loads(found[-1].removeprefix("report "))


def drive_one_worker():
    options = [{}, {"accumulate": 3, "clip_norm": 0.02}]
    # A process loses its variables when it joins a cluster.
    here = [trained(Reinforce(**each)).state() for each in options]
    local = trained(Reinforce(accumulate=2), rounds=5)
    halfway = local.state()
    for number in range(5, 9):
        round_of(local, number)
    finished = local.state()
    with two_servers(1) as place:
        there = [trained(placed(place, **each)) for each in options]
        differences = [difference(h, t.state()) for h, t in zip(here, there)]
        iterations = [int(t.optimizer.iterations.numpy()) for t in there]
        remote = placed(place, accumulate=2)
        remote.start(SPACE, seed=7)
        remote.set_state(halfway)
        taken_over = difference(remote.state(), halfway)
        for number in range(5, 9):
            round_of(remote, number)
        gone_on = difference(remote.state(), finished)
        finished = remote.state()
        # It forgets everything, and reuses the compiled steps.
        again = difference(trained(remote, rounds=5).state(), halfway)
    back = Reinforce(accumulate=2)
    back.start(SPACE, seed=3)
    back.set_state(finished)
    try:
        round_of(remote, 1)
    except UsageError as error:
        told = str(error)
    report(
        differences=differences,
        iterations=iterations,
        taken_over=taken_over,
        gone_on=gone_on,
        again=again,
        back=difference(back.state(), finished),
        told=told,
    )


@pytest.fixture(scope="module")
def one_worker():
    return run("drive_one_worker()")


@pytest.mark.slow
def test_one_worker_learns_what_the_plain_controller_does(one_worker):
    assert max(one_worker["differences"]) <= 1e-6
    assert one_worker["iterations"] == [10, 3]


@pytest.mark.slow
def test_states_go_to_servers_and_back(one_worker):
    assert one_worker["taken_over"] == 0
    for name in ("gone_on", "again", "back"):
        assert one_worker[name] <= 1e-6, name


@pytest.mark.slow
def test_ended_servers_are_told_of(one_worker):
    assert "ended ones" in one_worker["told"]


def drive_four_workers():
    with two_servers(4) as place:
        strategy = trained(placed(place), rounds=4)
        before = [sum(p.cpu_times()[:2]) for p in processes("worker")]
        trials = round_of(strategy, 4)
        started = time.monotonic()
        for _ in range(195):
            scalars = strategy.update(trials)
        scheduled = time.monotonic() - started
        strategy.settle()
        listening = [
            connection.laddr.port
            for each in [
                psutil.Process(),
                *processes("ps"),
                *processes("worker"),
            ]
            for connection in each.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        ]
        facts = {
            "devices": sorted(
                {v.value.device for v in strategy.controller.variables}
            ),
            "iterations": int(strategy.optimizer.iterations.numpy()),
            "worked": [
                sum(p.cpu_times()[:2]) - b
                for p, b in zip(processes("worker"), before)
            ],
            "scheduled": scheduled,
            "settled": time.monotonic() - started,
            "scalars": sorted(scalars),
            "reached": [
                _cluster.answers(f"{a}:{p}")
                for p in listening
                for a in addresses()
            ],
            "ports": len(listening),
        }
        report(**facts, **after_a_death(strategy, trials))


def after_a_death(strategy, trials):
    """Kills a worker between 60 updates; returns what became of them."""
    before = int(strategy.optimizer.iterations.numpy())
    for _ in range(20):
        strategy.update(trials)
    killed = processes("worker")[0].pid
    os.kill(killed, signal.SIGKILL)
    for number in range(20):
        round_of(strategy, number)
    strategy.settle()
    deadline = time.monotonic() + 30
    while len(processes("worker")) < 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    for number in range(20):
        round_of(strategy, number)
    strategy.settle()
    return {
        "afterwards": int(strategy.optimizer.iterations.numpy()) - before,
        "killed": killed,
        "workers": [p.pid for p in processes("worker")],
    }


def addresses():
    """Returns this machine's addresses on networks."""
    return [
        address.address
        for card in psutil.net_if_addrs().values()
        for address in card
        if address.family == socket.AF_INET
        and not address.address.startswith("127.")
    ]


@pytest.fixture(scope="module")
def four_workers():
    return run("drive_four_workers()")


@pytest.mark.slow
def test_four_workers_share_the_work_and_two_servers_the_variables(
    four_workers,
):
    facts = four_workers
    assert [device.split("/")[3] for device in facts["devices"]] == [
        "task:0",
        "task:1",
    ]
    assert all("/job:ps/" in device for device in facts["devices"])
    assert facts["iterations"] == 200
    assert len(facts["worked"]) == 4
    assert min(facts["worked"]) > 0.05
    assert facts["scheduled"] < facts["settled"]
    assert {"controller/baseline", "controller/loss", "entropy/op"} <= set(
        facts["scalars"]
    )
    # Two servers, four workers, the driver: none for other machines.
    assert facts["ports"] == 7
    assert not any(facts["reached"])


@pytest.mark.slow
def test_goes_on_when_a_worker_dies(four_workers):
    # Work that the worker had not finished or reported is repeated.
    assert 60 <= four_workers["afterwards"] <= 61
    assert len(four_workers["workers"]) == 4
    assert four_workers["killed"] not in four_workers["workers"]


def stopped_for_a_while(strategy):
    """Stops a server while a step waits for it; returns what was said."""
    from nas_tf.parameter_servers import _place

    _place.SILENCE = 1.0
    server, said = processes("ps")[1], io.StringIO()
    server.suspend()

    def go_on():
        deadline = time.monotonic() + 60
        while not said.getvalue() and time.monotonic() < deadline:
            time.sleep(0.1)
        server.resume()

    thread = threading.Thread(target=go_on)
    before = int(strategy.optimizer.iterations.numpy())
    with contextlib.redirect_stderr(said):
        thread.start()
        round_of(strategy, 2)
        strategy.settle()
        thread.join()
    learned = int(strategy.optimizer.iterations.numpy()) - before
    return {"said": said.getvalue(), "learned": learned}


def drive_dying_server(busy):
    with two_servers(2) as place:
        strategy = trained(placed(place), rounds=2)
        stopped = {} if busy else stopped_for_a_while(strategy)
        trials = round_of(strategy, 2)
        for _ in range(20 if busy else 0):
            strategy.update(trials)
        if not busy:
            strategy.settle()
        os.kill(processes("ps")[1].pid, signal.SIGKILL)
        started = time.monotonic()
        errors = []
        for action in (
            lambda: [round_of(strategy, n) for n in range(9)],
            strategy.settle,
            strategy.state,
            lambda: strategy.start(SPACE, 1),
        ):
            try:
                action()
            except parameter_servers.ServerGone as error:
                errors.append(str(error))
        report(errors=errors, seconds=time.monotonic() - started, **stopped)


@pytest.mark.slow
@pytest.mark.parametrize("busy", [True, False])
def test_a_dead_server_is_told_of_in_one_line(busy):
    facts = run(f"drive_dying_server({busy})")
    line = "A parameter server is gone. The same command resumes."
    assert facts["errors"] == [line] * 4
    assert facts["seconds"] < 60
    if not busy:
        # One that was stopped is named, and goes on.
        assert re.fullmatch(
            r"Waiting for parameter server 1 at 127\.0\.0\.1:\d+, silent for "
            r"\d+ s and maybe stopped\. .* resumes it\.\n",
            facts["said"],
        )
        assert facts["learned"] == 1


def drive_for_ever():
    with two_servers(2) as place:
        strategy = trained(placed(place), rounds=1)
        report(pids=[p.pid for p in psutil.Process().children(recursive=True)])
        for number in range(1, 10**6):
            round_of(strategy, number)


@pytest.mark.slow
def test_nothing_outlives_the_driver():
    driver = subprocess.Popen(
        command("drive_for_ever()"), stdout=subprocess.PIPE, text=True
    )
    lines = iter(driver.stdout.readline, "")
    line = next(line for line in lines if line.startswith("report "))
    pids = json.loads(line.removeprefix("report "))["pids"]
    assert len(pids) == 5
    driver.kill()
    driver.wait()
    deadline = time.monotonic() + 10
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(pids)


def alive(pids):
    living = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                living.append(pid)
        except psutil.NoSuchProcess:
            pass
    return living


def drive_search(run_dir):
    for max_children in (40, 80):
        archive = run_search(
            SPACE,
            toy.ToyTask(),
            evaluator=toy.ToyEvaluator(),
            run_dir=run_dir,
            max_children=max_children,
            num_replicas=2,
            parameter_servers=2,
            allow_other_users=True,
        )
    report(
        trials=sorted(t.proposal.proposal_id for t in archive.trials),
        best=archive.best()[0].reward,
    )


@pytest.mark.slow
def test_searches_and_goes_on(tmp_path):
    facts = run(f"drive_search({str(tmp_path)!r})")
    assert facts["trials"] == list(range(80))
    assert facts["best"] >= 0.8


def test_the_strategy_has_to_have_a_controller():
    with pytest.raises(UsageError, match="with a controller.*RandomSearch"):
        RandomSearch().place_on(None)


@pytest.mark.parametrize("sizes", [(0, 1), (1, 0), (1, True), (1.5, 1)])
def test_bad_sizes_are_refused(sizes):
    with (
        pytest.raises(UsageError, match="whole number"),
        parameter_servers.start(*sizes),
    ):
        pass


def test_servers_that_do_not_start_are_told_of(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with (
        pytest.raises(UsageError, match="servers to start. Received: no"),
        two_servers(1),
    ):
        pass


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_no_server_is_started_where_somebody_else_could_use_it():
    with subprocess.Popen(["sleep", "60"], user=12345) as other:
        try:
            with (
                pytest.raises(
                    UsageError, match="--allow_other_users.*processes of.*12345"
                ),
                parameter_servers.start(1, 1),
            ):
                pass
        finally:
            other.kill()


# Two machines, joined by a cable. At the first a server starts; from the second
# somebody connects: before there is a server, at once, once it is bound.
TWO_MACHINES = """
import socket, subprocess, sys
from nas_tf.parameter_servers import _processes

def run(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True)

other = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec sleep 60"],
    stdout=subprocess.PIPE)
other.stdout.readline()
there = f"nsenter -t {other.pid} -n "
for command in (
    "ip link set lo up", "ip link add name near0 type veth peer name far0",
    f"ip link set far0 netns {other.pid}", "ip addr add 10.9.9.1/24 dev near0",
    "ip link set near0 up", there + "ip addr add 10.9.9.2/24 dev far0",
    there + "ip link set far0 up",
):
    assert run(command).returncode == 0, command
CONNECT = "import socket; socket.create_connection((%r, %d), %g)"

def reached(port):
    from_here, from_there = [
        not run(f'{prefix}{sys.executable} -S -c "{CONNECT % arguments}"')
        .returncode
        for prefix, arguments in (
            ("", ("127.0.0.1", port, 0.2)), (there, ("10.9.9.1", port, 0.2)))]
    return from_here, from_there

with _processes.reserve_port() as reserved, socket.socket(family) as server:
    port = reserved.getsockname()[1]
    found = []
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("", port))
    if not open_to_all:
        with _processes.guarded(port):
            found.append(reached(port))
            server.listen()
            found.append(reached(port))
    else:
        server.listen()
    found.append(reached(port))
other.kill()
print(found)
"""


def two_machines(open_to_all):
    script = (
        f"import socket; family = socket.AF_INET6; "
        f"open_to_all = {open_to_all}\n{TWO_MACHINES}"
    )
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def has_namespaces():
    try:
        command = "ip link add name near0 type veth peer name far0"
        return not subprocess.run(
            ["unshare", "-rn", "sh", "-c", command], capture_output=True
        ).returncode
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not has_namespaces(), reason="no namespaces of networks")
def test_no_other_machine_reaches_a_server_at_any_moment():
    # Without the guard one does, so the two machines are joined.
    assert two_machines(open_to_all=True) == "[(True, True)]"
    assert (
        two_machines(open_to_all=False)
        == "[(False, False), (True, False), (True, False)]"
    )


JOBS = {
    "chief": ["127.0.0.1:5001"],
    "ps": ["127.0.0.1:5002"],
    "worker": ["127.0.0.1:5003"],
}


def config(job="ps", index=0, **jobs):
    task = {"type": job, "index": index}
    return json.dumps({"cluster": {**JOBS, **jobs}, "task": task})


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        "{}",
        config(chief=["a:1", "b:2"]),
        config(ps=[]),
        config(evaluator=["a:1"]),
        config(worker=["nowhere"]),
        config(worker=["host:99999"]),
        config(worker=["host:²"]),
        config(worker=7),
        config("evaluator"),
        config("ps", 1),
        config("ps", "one"),
    ],
)
def test_a_bad_tf_config_is_refused_in_one_line(text, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UsageError, match="TF_CONFIG.*Received: ") as caught:
        parameter_servers.serves()
    assert "\n" not in str(caught.value)


def test_tf_config_says_who_serves(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert not parameter_servers.serves()
    for job, expected in (("chief", False), ("ps", True), ("worker", True)):
        monkeypatch.setenv("TF_CONFIG", config(job))
        assert parameter_servers.serves() is expected


def test_sizes_are_those_of_tf_config(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", config("chief"))
    with (
        pytest.raises(UsageError, match="Expected 1 .* Received: 2 and 1"),
        parameter_servers.start(2, 1),
    ):
        pass


def drive_cluster():
    with two_servers(2) as place:
        strategy = trained(placed(place))
        report(
            iterations=int(strategy.optimizer.iterations.numpy()),
            devices=len(
                {v.value.device for v in strategy.controller.variables}
            ),
        )


@pytest.mark.slow
def test_joins_a_cluster_by_tf_config():
    reserved = [_processes.reserve_port() for _ in range(5)]
    hosts = [f"127.0.0.1:{r.getsockname()[1]}" for r in reserved]
    for each in reserved:
        each.close()
    jobs = {"chief": hosts[:1], "ps": hosts[1:3], "worker": hosts[3:]}
    servers = [
        subprocess.Popen(
            command("parameter_servers.serve(seconds=3)"),
            env={**os.environ, "TF_CONFIG": config(job, index, **jobs)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for job in ("ps", "worker")
        for index in range(2)
    ]
    try:
        facts = run("drive_cluster()", TF_CONFIG=config("chief", **jobs))
        assert facts == {"iterations": 10, "devices": 2}
        # The chief is done, so they end.
        written = [server.communicate(timeout=90)[0] for server in servers]
        assert [server.returncode for server in servers] == [0] * 4
        assert written[3] == (
            f"Serving as worker 1 at {hosts[4]}, until the chief at {hosts[0]} "
            "has been gone for 3 seconds.\n"
        )
    finally:
        for server in servers:
            server.kill()


class LostAndComputed:
    """A remote value that TensorFlow remembers as nothing, then has."""

    _has_fetched_to_local = False
    fetches = 0

    def fetch(self):
        self.fetches += 1
        self._has_fetched_to_local = True
        return None if self.fetches < 3 else [np.float32(7)]


def test_a_value_whose_worker_fails_while_it_is_fetched_is_fetched_again():
    from nas_tf.parameter_servers import _place

    value, future = LostAndComputed(), concurrent.futures.Future()
    _place._fetch(value, future)
    assert future.result(0) == [7] and value.fetches == 3


def test_nothing_is_not_remembered_as_a_value():
    import tensorflow as tf

    from nas_tf.parameter_servers import _place

    value = LostAndComputed()
    with pytest.raises(tf.errors.UnavailableError, match="/job:worker"):
        _place._fetched(value)
    assert not value._has_fetched_to_local
