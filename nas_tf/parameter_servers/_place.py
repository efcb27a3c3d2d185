"""A cluster as a place where a controller lives.

See `nas_tf.strategies.placement` for what a place is.
"""

import concurrent.futures
import contextlib
import queue
import threading
import time

import numpy as np
import tensorflow as tf

from nas_tf.errors import UsageError
from nas_tf.parameter_servers import _cluster
from nas_tf.parameter_servers._errors import ServerGone
from nas_tf.strategies.placement import Step

# Seconds without news after which the servers are asked whether they live.
PATIENCE = 2.0
# Seconds that a coordinator's threads have to end.
SECONDS_TO_STOP = 10.0
# Seconds for which a value is waited for whose worker died.
RECOVERY = 300.0


class Remote:
    """Variables on parameter servers, steps on whichever worker is free.

    Steps are begun in the order they were scheduled or called in; with one
    worker they also end in it. A step whose worker dies is run again by
    another, from its beginning: TensorFlow promises at least once, so what it
    had already added to some variables is then added twice.

    Args:
        cluster: `Cluster`, all of whose tasks but the chief are running.
    """

    def __init__(self, cluster):
        _hold_back_notes()
        self._servers = cluster.jobs[_cluster.SERVER]
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
        """Lets go of the cluster, which is to be ended next."""
        self._scheduled.put(None)
        self._readers.clear()
        # TensorFlow has the coordinator stop its threads when it is forgotten,
        # which may be after the servers have ended. A thread that misses them
        # by then waits for ever, and the process with it.
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
        with self._errors_told(), self._strategy.scope():
            yield

    def compile(self, function):
        return Step(function)

    def call(self, step, *arrays):
        value = self._send(step, arrays)
        future = concurrent.futures.Future()
        # Not by the thread for what was scheduled: a worker that hangs would
        # hold this up.
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
            # The step keeps the variables, so their ids stay theirs.
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
        """Returns what `wait(seconds)` does, if need be after many tries."""
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
        # A port without a listener says so at once; a network may need time.
        if not all(_cluster.answers(a, seconds=10) for a in self._servers):
            raise ServerGone


class _Stopped:
    """Stands for a coordinator's cluster that was stopped already."""

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
    """Fetches what was scheduled, in that order."""
    for value, future in iter(scheduled.get, None):
        _fetch(value, future)


def _fetch(value, future):
    """Gives a future what a remote value turns out to be."""
    deadline = time.monotonic() + RECOVERY
    while True:
        try:
            outputs = [np.asarray(output) for output in value.fetch()]
        except Exception as error:
            if not _is_worker_gone(error) or time.monotonic() > deadline:
                return future.set_exception(error)
            time.sleep(0.05)
        else:
            return future.set_result(outputs)


def _is_server_gone(error):
    """Returns whether an error says so, also of one that is back but empty."""
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

    The coordinator then has another compute it anew, under the same value. It
    is an unknown tensor if the worker was replaced in the meantime.
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
    """The coordinator's about a lost worker, which it replaces, are long."""
    tf.get_logger().addFilter(
        lambda record: record.module != "cluster_coordinator"
    )
