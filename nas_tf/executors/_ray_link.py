"""The search's end of the link to the process that communicates with Ray.

When a cluster is lost, Ray ends the process that joined it. Ray also changes
the signal handlers of that process and reads its environment once. Ray
therefore runs in a process of its own, which may die while the search
continues.
"""

import concurrent.futures
import contextlib
import itertools
import multiprocessing
import multiprocessing.spawn
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time

from nas_tf.errors import UsageError
from nas_tf.executors import _main_module
from nas_tf.machine import loopback

# Longest times to wait, in seconds: for a cluster's response, and for the end
# of a process before it is killed.
PATIENCE = 60
GRACE = 10

_DRIVER = (
    "import sys; sys.path[:] = {paths}; "
    "from nas_tf.executors import _ray_driver; _ray_driver.main({handle})"
)


class ClusterGone(ConnectionError):
    """The error of a future whose cluster was lost before its child ended."""


class Failed(Exception):
    """The error of a future whose child was ended.

    Args:
        status: One of `trial.STATUSES`.
        reason: One line of text.
    """

    def __init__(self, status, reason):
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason


class Link:
    """The search's access to a cluster that is joined or started.

    Args:
        address: See `Ray`.
        num_cpus: CPU cores that Ray may use if it is started here, or None
            for all.

    Attributes:
        nodes: List of a dict with "CPU" and "GPU" for each machine that is
            currently in the cluster.

    Raises:
        UsageError: If there is no such cluster, or it refuses access.
    """

    def __init__(self, address, num_cpus):
        self.nodes = []
        self._name = {
            None: "on this machine",
            "auto": "that this machine is part of",
        }.get(address, f"at {address}")
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._futures = {}
        self._lost = None
        self._log = tempfile.TemporaryFile()
        self._connection, theirs = multiprocessing.Pipe()
        home = _home()
        code = _DRIVER.format(paths=home["sys_path"], handle=theirs.fileno())
        hosts = [] if address in (None, "auto") else [address.rsplit(":", 1)[0]]
        with loopback.without_proxy(hosts):
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
            )
        theirs.close()
        try:
            self._send({"address": address, "num_cpus": num_cpus, "home": home})
            self._wait_until_ready()
        except BaseException:
            self._end_process(0)
            raise
        threading.Thread(target=self._listen, daemon=True).start()

    def submit(self, call, limits, resources, warm=False):
        """Lets a worker of the cluster call a function.

        Args:
            call: Tuple of function, arguments and keyword arguments.
            limits: Options of the supervised process, see `Process`.
            resources: Dict with "CPU" and "GPU", the needs of the call.
            warm: Whether the call warms the worker up, without a time limit.

        Returns:
            A `concurrent.futures.Future`. It holds `Failed` if the worker was
            ended, `ClusterGone` if the cluster was lost.

        Raises:
            UsageError: If the cluster was lost.
        """
        future = _Future(self._cancel, next(self._numbers))
        pickled = _main_module.dumps(call)
        with self._lock:
            if self._lost:
                raise UsageError(self._lost)
            self._futures[future.number] = future
        self._tell("submit", future.number, pickled, limits, resources, warm)
        return future

    def stop(self):
        """Ends this search's children, and Ray if it was started here."""
        with self._lock:
            self._lost = self._lost or "The executor was stopped."
        self._tell("stop")
        self._end_process(GRACE)

    def _end_process(self, seconds):
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _cancel(self, future):
        if self._futures.pop(future.number, None) is not None:
            self._tell("cancel", future.number)

    def _send(self, message):
        with self._lock:
            self._connection.send(message)

    def _tell(self, *message):
        # If the process is gone, the listener notices it too.
        with contextlib.suppress(OSError):
            self._send(message)

    def _wait_until_ready(self):
        until = time.monotonic() + PATIENCE
        while not self._connection.poll(0.1):
            # Ray itself repeats its request for 20 s.
            if "InvalidAuthToken" in self._log_text():
                raise UsageError(
                    f"Expected the token of the Ray cluster {self._name}, in "
                    f"~/.ray/auth_token or RAY_AUTH_TOKEN. Received: another "
                    f"or none"
                )
            if time.monotonic() > until:
                raise UsageError(self._refusal(f"no answer in {PATIENCE} s"))
        try:
            kind, content = self._connection.recv()
        except (EOFError, OSError):
            kind, content = "refused", self._last_words()
        if kind == "refused":
            raise UsageError(self._refusal(content))
        self.nodes = content

    def _refusal(self, reason):
        return f"Expected a Ray cluster {self._name}. Received: {reason}"

    def _last_words(self):
        return (self._log_text().strip().splitlines() or ["no answer"])[-1]

    def _log_text(self):
        # Read at a position, because the file offset is shared with the writer.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def _listen(self):
        reason = "it cannot be reached"
        try:
            while True:
                kind, *content = self._connection.recv()
                if kind == "nodes":
                    (self.nodes,) = content
                elif kind == "done":
                    self._finish(*content)
                elif kind == "gone":
                    break
        except (EOFError, OSError):
            reason = self._last_words()
        with self._lock:
            self._lost = self._lost or (
                f"The Ray cluster {self._name} is gone: {reason}. The same "
                f"command resumes when there is a cluster."
            )
            lost, self._futures = self._futures, {}
        for future in lost.values():
            future.settle(error=ClusterGone(self._lost))

    def _finish(self, number, kind, content, detail):
        future = self._futures.pop(number, None)
        if future is None:
            return
        if kind == "failed":
            future.settle(error=Failed(content, detail))
            return
        try:
            value = pickle.loads(content)
        except Exception as error:
            kind, value, detail = "raised", error, ""
        if kind == "raised":
            value.__cause__ = RuntimeError(detail) if detail else None
            future.settle(error=value)
        else:
            future.settle(value)


def _home():
    """Returns what another machine needs to find this process's modules."""
    told = multiprocessing.spawn.get_preparation_data("ray")
    names = ("dir", "init_main_from_name", "init_main_from_path")
    return {
        "sys_path": [os.path.abspath(path) for path in sys.path],
        **{name: told[name] for name in names if name in told},
    }


class _Future(concurrent.futures.Future):
    """A future whose cancellation ends its child."""

    def __init__(self, on_cancel, number):
        super().__init__()
        self.number = number
        self._on_cancel = on_cancel

    def cancel(self):
        cancelled = super().cancel()
        if cancelled:
            self._on_cancel(self)
        return cancelled

    def settle(self, value=None, error=None):
        if not self.set_running_or_notify_cancel():
            return
        if error is None:
            self.set_result(value)
        else:
            self.set_exception(error)
