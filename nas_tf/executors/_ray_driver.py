"""The process that communicates with Ray; `_ray_link` says why it exists."""

import contextlib
import logging
import math
import multiprocessing.connection
import os
import pickle
import secrets
import signal
import socket
import tempfile
import threading
import time

from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.executors import _ray_keeper
from nas_tf.executors.process import find_gpus
from nas_tf.machine import processors

# How often a child is started again whose machine or Ray worker failed, or
# which Ray ended to free memory.
MAX_RETRIES = 3
# Seconds for which a cluster may be unreachable: a head node whose state is
# stored elsewhere may be replaced.
GONE_AFTER = 10
LOOPBACK = "127.0.0.1"
# Children's data is not transferred through Ray's object store.
OBJECT_STORE_BYTES = 100_000_000
# Bytes of the temporary folder's name that leave room for Ray's own names.
LONGEST_FOLDER = 14


def main(handle):
    """Serves the search at the other end of a connection, until it closes.

    Args:
        handle: File descriptor of the connection.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = multiprocessing.connection.Connection(handle)
    options = connection.recv()
    folder = None
    if options["address"] is None:
        folder = _own_folder()
    _ray_keeper.keep(connection, folder)
    try:
        if folder is not None:
            _start(options["num_cpus"], folder)
        else:
            _join(options["address"])
    except Exception as error:
        connection.send(("refused", _line(error)))
        return
    driver = _Driver(connection, options["home"])
    connection.send(("ready", driver.nodes()))
    with contextlib.suppress(EOFError, OSError):
        driver.serve()
    import ray

    ray.shutdown()


def _own_folder():
    """Makes a folder for Ray's sockets and logs that only this user can enter.

    Ray's own is open to everybody. The name of a socket has at most 107 bytes,
    most of which Ray takes.
    """
    temporary = tempfile.gettempdir()
    too_long = len(os.fsencode(temporary)) > LONGEST_FOLDER
    return tempfile.mkdtemp(
        prefix="nas_tf_ray_", dir="/tmp" if too_long else temporary
    )


def _start(num_cpus, folder):
    """Starts Ray on this machine, reachable from this machine only.

    Args:
        num_cpus: CPU cores that Ray may use, or None for all.
        folder: Folder of its sockets and logs.
    """
    for name in ("RAY_ADDRESS", "RAY_AUTH_TOKEN_PATH"):
        os.environ.pop(name, None)
    os.environ.update(
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN=secrets.token_hex(32),
        # Ray calls it a cluster if other machines can reach it.
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",
        # The executor's `memory_limit` is used instead.
        RAY_memory_monitor_refresh_ms="0",
        # Ray's workers have to stay in the process group that the keeper kills.
        RAY_process_group_cleanup_enabled="0",
    )
    num_cpus = num_cpus or processors.count()
    context = _init(
        address="local",
        num_cpus=math.ceil(num_cpus),
        num_gpus=len(find_gpus()),
        include_dashboard=False,
        object_store_memory=OBJECT_STORE_BYTES,
        _node_ip_address=LOOPBACK,
        # Ray opens its own folder to everybody, but not the one around it.
        _temp_dir=os.path.join(folder, "r"),
    )
    if context.address_info["node_ip_address"] != LOOPBACK:
        raise RuntimeError("this version of Ray does not keep to loopback")


def _join(address):
    if address == "auto":
        address = _noted_address()
    if not _is_reachable(address, timeout=5):
        raise ConnectionError("nothing that answers")
    if "RAY_AUTH_MODE" not in os.environ and (
        os.environ.get("RAY_AUTH_TOKEN")
        or os.environ.get("RAY_AUTH_TOKEN_PATH")
        or os.path.exists(os.path.expanduser("~/.ray/auth_token"))
    ):
        # Otherwise Ray would not look for a token.
        os.environ["RAY_AUTH_MODE"] = "token"
    _init(address=address)


def _noted_address():
    """Returns the address that `ray start` recorded on this machine.

    Ray's own "auto" also finds instances that other searches started.
    """
    from ray._private.utils import read_ray_address

    address = os.environ.get("RAY_ADDRESS") or read_ray_address()
    if not address:
        raise ConnectionError("none that `ray start` started")
    return address


def _init(**arguments):
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
        # By default a child that needs more memory than any machine has is
        # started again forever.
        RAY_task_oom_retries=str(MAX_RETRIES),
    )
    import ray

    return ray.init(
        logging_level=logging.ERROR, log_to_driver=False, **arguments
    )


class _Driver:
    """Submits children and reports their outcomes."""

    def __init__(self, connection, home):
        import ray

        self._ray = ray
        self._connection = connection
        self._home = home
        self._lock = threading.Lock()
        self._refs = {}
        # Ray would replace workers with GPUs after each child.
        self._task = ray.remote(max_calls=0)(_make_task())
        self._own_node = ray.get_runtime_context().get_node_id()
        self._head = ray.get_runtime_context().gcs_address
        self._raylet = None
        self.nodes()

    def nodes(self):
        """Returns for each live machine a dict with "CPU" and "GPU"."""
        found = []
        for node in self._ray.nodes():
            if node["NodeID"] == self._own_node:
                host, port = node["NodeManagerAddress"], node["NodeManagerPort"]
                self._raylet = f"{host}:{port}"
            if node["Alive"]:
                resources = node["Resources"]
                found.append({k: resources.get(k, 0) for k in ("CPU", "GPU")})
        return found

    def serve(self):
        threading.Thread(target=self._watch, daemon=True).start()
        while True:
            kind, *content = self._connection.recv()
            if kind == "submit":
                self._submit(*content)
            elif kind == "cancel":
                self._cancel(*content)
            elif kind == "stop":
                return

    def _submit(self, number, *call):
        pickled, limits, resources, warm = call
        ref = self._task.options(
            num_cpus=resources["CPU"],
            num_gpus=resources["GPU"],
            max_retries=MAX_RETRIES,
            retry_exceptions=False,
        ).remote(self._home, limits, resources["GPU"] > 0, pickled, warm)
        self._refs[number] = ref
        ref.future().add_done_callback(
            lambda future: self._report(number, call, future)
        )

    def _cancel(self, number):
        ref = self._refs.pop(number, None)
        if ref is not None:
            self._ray.cancel(ref, force=True)

    def _report(self, number, call, future):
        error = future.exception()
        if error is None:
            outcome = future.result()
        elif self._is_gone():
            # The loss of a cluster is not the children's failure.
            threading.Thread(
                target=self._submit_again, args=(number, call), daemon=True
            ).start()
            return
        else:
            outcome = self._outcome(error)
        self._refs.pop(number, None)
        self._send("done", number, *outcome)

    def _submit_again(self, number, call):
        """Submits a child when the cluster can be reached again.

        `_watch` ends this process if that takes too long.
        """
        while self._is_gone():
            time.sleep(1)
        # Cancelled ones are no longer there.
        if number in self._refs:
            self._submit(number, *call)

    def _outcome(self, error):
        exceptions = self._ray.exceptions
        if isinstance(error, exceptions.RayTaskError):
            if isinstance(error.cause, ModuleNotFoundError):
                error = UsageError(
                    f"Expected nas_tf on every machine of the cluster. "
                    f"Received: {error.cause}"
                )
            else:
                error = RuntimeError(str(error))
            return "raised", pickle.dumps(error), ""
        if isinstance(error, exceptions.OutOfMemoryError):
            reason = f"Ray ended its worker {MAX_RETRIES + 1} times for memory"
            return "failed", trial.OOM, reason
        return "failed", trial.CRASHED, _line(error)

    def _watch(self):
        """Reports changes of the machines, and the loss of the cluster."""
        known = None
        last_seen = time.monotonic()
        while True:
            if self._is_gone():
                if time.monotonic() - last_seen > GONE_AFTER:
                    with contextlib.suppress(OSError):
                        self._send("gone")
                    # A regular exit would wait for the cluster.
                    os._exit(1)
            else:
                last_seen = time.monotonic()
                with contextlib.suppress(Exception):
                    nodes = self.nodes()
                    if nodes != known:
                        self._send("nodes", nodes)
                        known = nodes
            time.sleep(1)

    def _is_gone(self):
        return not (_is_reachable(self._head) and _is_reachable(self._raylet))

    def _send(self, *message):
        with self._lock:
            self._connection.send(message)


def _make_task():
    def task(home, *arguments):
        # Ray's workers find this package only if it is installed, or in the
        # search's own paths. Ray sends a nested function with its code.
        import os
        import sys

        paths = [path for path in home["sys_path"] if os.path.isdir(path)]
        sys.path[:] = paths + [p for p in sys.path if p not in paths]
        from nas_tf.executors import _ray_worker

        return _ray_worker.run(home, *arguments)

    return task


def _is_reachable(address, timeout=2):
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout):
            return True
    except OSError:
        return False


def _line(error):
    return " ".join(str(error).split("\n")[0].split()) or type(error).__name__
