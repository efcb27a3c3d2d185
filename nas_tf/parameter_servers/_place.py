"""A cluster as a controller's placement; see `nas_tf.strategies.placement`."""

import concurrent.futures
import contextlib
import queue
import threading
import time

import numpy as np
import tensorflow as tf

from nas_tf.errors import UsageError
from nas_tf.machine import standard_streams
from nas_tf.parameter_servers import _cluster
from nas_tf.parameter_servers._errors import ServerGone
from nas_tf.strategies._tensorflow_steps import Step

# Seconds without a result after which the servers are checked.
PATIENCE = 2.0
# Seconds after which it is said that they do not answer.
SILENCE = 10.0
# Longest time in seconds for a coordinator's threads to end.
SECONDS_TO_STOP = 10.0
# Longest time in seconds to wait for a value whose worker died.
RECOVERY = 300.0


class Remote:
    """Variables on parameter servers, steps on whichever worker is free.

    Steps begin in the order in which they were scheduled or called; with one
    worker they also end in that order. If its worker dies, a step is run again
    from the beginning by another one. TensorFlow guarantees at-least-once
    execution, so an update may then be added twice to some variables.

    Args:
        cluster: `Cluster`, all of whose tasks but the chief are running.
    """

    def __init__(self, cluster):
        _hold_back_notes()
        self._servers = cluster.jobs[_cluster.SERVER]
        self._silence = _Silence(cluster)
        self._strategy = tf.distribute.experimental.ParameterServerStrategy(
            tf.distribute.cluster_resolver.SimpleClusterResolver(
                tf.train.ClusterSpec(cluster.jobs),
                task_type=cluster.job,
                task_id=cluster.index,
                rpc_layer="grpc",
            )
        )
        self._coordinator = tf.distribute.coordinator.ClusterCoordinator(
            self._strategy
        )
        self._scheduled = queue.SimpleQueue()
        threading.Thread(
            target=_collect, args=(self._scheduled,), daemon=True
        ).start()
        self._readers = {}

    def close(self):
        """Stops using the cluster, so that it can be ended."""
        self._silence.end()
        self._scheduled.put(None)
        self._readers.clear()
        # The coordinator stops its threads when it is garbage-collected, which
        # may be after the servers have ended. A thread would then wait for them
        # forever, and so would this process.
        coordinator, self._coordinator = self._coordinator, None
        self._strategy = None
        stopping = threading.Thread(
            target=coordinator._cluster.stop, daemon=True
        )
        stopping.start()
        stopping.join(SECONDS_TO_STOP)
        coordinator._cluster = _Stopped()

    @contextlib.contextmanager
    def scope(self):
        if self._strategy is None:
            raise UsageError(
                "Expected parameter servers that run. Received: ended ones"
            )
        with (
            self._silence.told(),
            self._errors_told(),
            self._strategy.scope(),
        ):
            yield

    def compile(self, function, variables=()):
        del variables
        return Step(function)

    def call(self, step, *arrays):
        value = self._send(step, arrays)
        future = concurrent.futures.Future()
        # In a thread of its own, because the thread for scheduled steps may be
        # waiting for a worker that hangs.
        threading.Thread(
            target=_fetch, args=(value, future), daemon=True
        ).start()
        return self._wait(future.result)

    def schedule(self, step, *arrays):
        value = self._send(step, arrays)
        future = concurrent.futures.Future()
        self._scheduled.put((value, future))
        return _Outcome(self, future)

    def join(self):
        if self._coordinator is None:
            return

        def wait(seconds):
            deadline = time.monotonic() + seconds
            while not self._coordinator.done():
                if time.monotonic() > deadline:
                    raise TimeoutError
                time.sleep(0.001)

        self._wait(wait)

    def read(self, variables):
        key = tuple(id(variable) for variable in variables)
        if key not in self._readers:
            # The step holds the variables, so their ids are not reused.
            self._readers[key] = self.compile(
                lambda: [tf.identity(v.value) for v in variables]
            )
        return self.call(self._readers[key])

    def write(self, variables, values):
        with self.scope():
            for variable, value in zip(variables, values):
                variable.assign(value)

    def _send(self, step, arrays):
        with self.scope():
            compiled, tensors = step.bind(arrays)
            return self._coordinator.schedule(compiled, args=tuple(tensors))

    def _wait(self, wait):
        """Calls `wait(seconds)` until it does not time out, for its result.

        A server that is stopped, but not gone, may go on.
        """
        with self._silence.told():
            while True:
                try:
                    with self._errors_told():
                        return wait(PATIENCE)
                except TimeoutError:
                    self._check_servers()

    @contextlib.contextmanager
    def _errors_told(self):
        try:
            yield
        except tf.errors.OpError as error:
            if _is_server_gone(error):
                raise ServerGone from error
            self._check_servers()
            raise

    def _check_servers(self):
        # A closed port refuses at once, but a slow network may need time.
        if not all(_cluster.answers(a, seconds=10) for a in self._servers):
            raise ServerGone


class _Silence:
    """Says in a line which tasks do not answer while they are waited for.

    A call to a server may wait in compiled code, so a thread looks at the time.

    Args:
        cluster: `Cluster`.
    """

    def __init__(self, cluster):
        self._cluster = cluster
        self._waiting = {}  # Moments at which somebody began to wait.
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @contextlib.contextmanager
    def told(self):
        """Context that waits for the cluster."""
        key = object()
        self._waiting[key] = time.monotonic()
        try:
            yield
        finally:
            del self._waiting[key]

    def end(self):
        self._over.set()

    def _watch(self):
        says_at = 0.0
        while not self._over.wait(1.0):
            now = time.monotonic()
            seconds = now - min([*list(self._waiting.values()), now])
            if seconds < SILENCE:
                says_at = 0.0
            elif now >= says_at:
                silent = _cluster.silent(self._cluster)
                # To build a step takes seconds too.
                said = bool(silent) or seconds >= 6 * SILENCE
                if said:
                    self._say(silent, seconds)
                says_at = now + (6 if said else 1) * SILENCE

    def _say(self, silent, seconds):
        shown = ", ".join(silent[:3]) + ", ..." * (len(silent) > 3)
        what = (
            f"{shown}, silent for {seconds:.0f} s and maybe stopped"
            if silent
            else f"a step of the controller for {seconds:.0f} s, though all "
            f"servers and workers answer"
        )
        print(
            f"Waiting for {what}. The search goes on when it can; Ctrl-C ends "
            f"it, and the same command resumes it.",
            file=standard_streams.stderr(),
            flush=True,
        )


class _Stopped:
    """Replaces a coordinator's cluster that has been stopped."""

    def stop(self):
        pass


class _Outcome:
    def __init__(self, place, future):
        self._place = place
        self._future = future
        self.done = future.done

    def result(self):
        return self._place._wait(self._future.result)


def _collect(scheduled):
    """Fetches the results of scheduled steps, in their order."""
    for value, future in iter(scheduled.get, None):
        _fetch(value, future)


def _fetch(value, future):
    """Fetches a remote value and sets it, or its error, in a future."""
    deadline = time.monotonic() + RECOVERY
    while True:
        try:
            outputs = [np.asarray(output) for output in _fetched(value)]
        except Exception as error:
            if not _is_worker_gone(error) or time.monotonic() > deadline:
                return future.set_exception(error)
            time.sleep(0.05)
        else:
            return future.set_result(outputs)


def _fetched(value):
    """Returns what a remote value has.

    Raises:
        UnavailableError: If TensorFlow has nothing. That happens when a worker
            fails between the two moments at which TensorFlow looks at it. It
            would remember that there is nothing, also when another worker has
            computed the value.
    """
    outputs = value.fetch()
    if outputs is None:
        value._has_fetched_to_local = False
        raise tf.errors.UnavailableError(
            None, None, "A worker of /job:worker failed before it sent a value"
        )
    return outputs


def _is_server_gone(error):
    """Returns whether an error means that a server is lost.

    A server that was restarted without its variables is lost as well.
    """
    return "/job:ps" in str(error) and isinstance(
        error,
        (
            tf.errors.AbortedError,
            tf.errors.FailedPreconditionError,
            tf.errors.NotFoundError,
            tf.errors.UnavailableError,
        ),
    )


def _is_worker_gone(error):
    """Returns whether a worker died between computing a value and sending it.

    The coordinator then has another worker compute the same remote value. The
    error is about an unknown tensor if the worker has been replaced already.
    """
    text = str(error)
    return (
        "/job:worker" in text
        and "/job:ps" not in text
        and (
            isinstance(
                error, (tf.errors.UnavailableError, tf.errors.AbortedError)
            )
            or "remote_handle" in text
            or "unknown device" in text.lower()
        )
    )


def _hold_back_notes():
    """Hides the coordinator's long messages about workers that it replaces."""
    tf.get_logger().addFilter(
        lambda record: record.module != "cluster_coordinator"
    )
