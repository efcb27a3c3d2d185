"""A pool of worker processes, as the process that uses it sees it.

One thread assigns calls to workers, takes their results, and has workers ended
whose time is over. Only monotonic clocks are used, and neither semaphores nor
temporary files, so that a full or read-only file system is no obstacle.
"""

import collections
import concurrent.futures
import contextlib
import dataclasses
import multiprocessing.connection
import multiprocessing.spawn
import os
import pickle
import threading
import time

from nas_tf.executors._call import CannotStart
from nas_tf.executors._call import Died
from nas_tf.executors._call import Future
from nas_tf.executors._call import NeverBegan
from nas_tf.executors._call import OutOfTime
from nas_tf.executors._keeper_link import KeeperLink

# Seconds for a worker that is replaced to end by itself.
GRACE = 10.0


@dataclasses.dataclass
class _Worker:
    """A worker process: its place, its connection and what it does."""

    place: int
    connection: multiprocessing.connection.Connection
    ready: bool = False
    future: Future | None = None
    began: float = 0.0
    calls: int = 0
    ends_at: float | None = None


class Pool:
    """Worker processes below a keeper, started with the first call.

    Args:
        size: Number of workers.
        settings: `worker.Settings`. The keeper becomes its `driver`.
        recycle: Number of calls after which a worker is replaced, or None.
            Those that only warm it up are not counted.
    """

    def __init__(self, size, settings, recycle=None):
        self._settings = settings
        self._recycle = recycle
        self._lock = threading.Lock()
        self._waiting = collections.deque()
        self._abandoned = collections.deque()
        self._workers = {}  # number -> worker
        self._started = 0
        # Places whose last worker never was ready wait for the next call.
        self._places = dict.fromkeys(range(size), True)
        self._keeper = None
        self._stopped = False
        # Why the thread has ended and nothing that is submitted would be done.
        self._broken = None
        self._wake, self._waking = os.pipe()
        for end in (self._wake, self._waking):
            os.set_blocking(end, False)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def submit(self, call, limit=None, warm=False):
        """Returns the `Future` of a pickled call, see `worker.call`.

        Args:
            call: The pickled call.
            limit: Seconds after which it is ended, or None (default).
            warm: Whether it only warms a worker up. Default: False.

        Raises:
            CannotStart: If no process can be started, now or earlier.
        """
        future = Future(self, call, limit, warm)
        # The thread looks for calls that wait when it ends, with this lock.
        with self._lock:
            if self._broken is not None:
                raise self._broken
            if self._keeper is None:
                self._begin()
            self._waiting.append(future)
        self._awake()
        return future

    def _begin(self):
        """Starts keeper and thread, or neither."""
        try:
            keeper = KeeperLink()
        except OSError as error:
            raise CannotStart(error) from error
        self._keeper = keeper
        try:
            self._thread.start()
        except RuntimeError as error:
            self._keeper = None
            keeper.end()
            keeper.close()
            raise CannotStart(error) from error

    def abandon(self, future):
        """Ends the worker that runs a call."""
        self._abandoned.append(future)
        self._awake()

    def stop(self):
        """Ends all workers, whatever they are doing."""
        self._stopped = True
        with self._lock:
            begun = self._keeper is not None
        if begun:
            self._awake()
            self._keeper.end()
            self._thread.join()
        for end in (self._wake, self._waking):
            with contextlib.suppress(OSError):
                os.close(end)
        self._wake = self._waking = -1

    def _awake(self):
        with contextlib.suppress(OSError):
            os.write(self._waking, b".")

    def _serve(self):
        reason = concurrent.futures.CancelledError()
        try:
            while not self._stopped:
                self._staff()
                self._wait()
                self._end_late_ones()
        except (OSError, RuntimeError) as error:
            # No file can be opened, for instance.
            reason = CannotStart(error)
            reason.__cause__ = error
        except Exception as error:
            reason = error
        self._fail_all(reason)
        for worker in self._workers.values():
            worker.connection.close()
        self._keeper.close()

    def _fail_all(self, error):
        """Fails all calls, and those that are still to come."""
        failed = [w.future for w in self._workers.values() if w.future]
        with self._lock:
            self._broken = error
            waiting = list(self._waiting)
            self._waiting.clear()
        failed += [f for f in waiting if f.set_running_or_notify_cancel()]
        for future in failed:
            future.settle(error=error)

    def _staff(self):
        """Starts missing workers, and gives those that are idle a call."""
        for place, good in self._places.items():
            taken = any(w.place == place for w in self._workers.values())
            if not taken and (good or self._waiting):
                self._start_worker(place)
        for worker in self._workers.values():
            idle = worker.ready and not worker.future and not worker.ends_at
            while idle and self._waiting:
                future = self._waiting.popleft()
                if future.set_running_or_notify_cancel():
                    worker.future, worker.began = future, time.monotonic()
                    self._send(worker, future.call)
                    break

    def _start_worker(self, place):
        ours, theirs = multiprocessing.Pipe()
        number = self._started
        self._started += 1
        self._places[place] = True
        self._workers[number] = worker = _Worker(place, ours)
        with contextlib.closing(theirs):
            self._keeper.start(number, theirs.fileno())
        settings = dataclasses.replace(
            self._settings, driver=self._keeper.pid, number=place
        )
        self._send(worker, pickle.dumps((settings, _preparation())))

    def _send(self, worker, message):
        # That a worker has ended is told by the keeper.
        with contextlib.suppress(OSError):
            worker.connection.send_bytes(message)

    def _wait(self):
        """Waits for the next event and deals with it."""
        now = time.monotonic()
        deadlines = [
            worker.began + worker.future.limit
            for worker in self._workers.values()
            if worker.future and worker.future.limit
        ] + [w.ends_at for w in self._workers.values() if w.ends_at]
        timeout = max(0.0, min(deadlines) - now) if deadlines else None
        connections = {
            worker.connection: number
            for number, worker in self._workers.items()
            if not worker.connection.closed
        }
        ready = multiprocessing.connection.wait(
            [self._wake, self._keeper, *connections], timeout
        )
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
        for connection in ready:
            if connection in connections:
                self._hear(self._workers[connections[connection]])
        if self._keeper in ready:
            self._obey_keeper()
        while self._abandoned:
            future = self._abandoned.popleft()
            self._end_call(future, concurrent.futures.CancelledError())

    def _hear(self, worker):
        """Takes what a worker has sent."""
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            worker.connection.close()
            return
        if not worker.ready:
            worker.ready = True
            return
        future, worker.future = worker.future, None
        if future is None:
            # The worker is about to be ended.
            return
        worker.calls += not future.warm
        if self._recycle and worker.calls >= self._recycle:
            self._send(worker, b"")
            worker.ends_at = time.monotonic() + GRACE
        try:
            value, error, text = pickle.loads(message)
        except Exception as failed:
            future.settle(error=failed)
            return
        if error is not None:
            error.__cause__ = RuntimeError(text)
        future.settle(value, error)

    def _obey_keeper(self):
        ended = self._keeper.events()
        if ended is None:
            self._replace_keeper()
            return
        for number, exit_code in ended:
            self._bury(self._workers.pop(number), exit_code)

    def _bury(self, worker, exit_code):
        # The last result may have arrived with the end.
        with contextlib.suppress(OSError, EOFError):
            while not worker.connection.closed and worker.connection.poll():
                self._hear(worker)
        worker.connection.close()
        if worker.future is not None:
            worker.future.settle(error=Died(exit_code))
        elif not worker.ready:
            self._places[worker.place] = False
            self._fail_next()

    def _fail_next(self):
        while self._waiting:
            future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                future.settle(error=NeverBegan())
                return

    def _replace_keeper(self):
        """Starts another keeper, as the first was ended by somebody."""
        if self._stopped:
            return
        self._keeper.end()
        self._keeper.close()
        exit_code = self._keeper.exit_code
        workers, self._workers = self._workers, {}
        begun = any(worker.ready for worker in workers.values())
        for worker in workers.values():
            self._bury(worker, exit_code)
        if not begun and workers:
            raise OSError(0, f"exit code {exit_code}")
        self._keeper = KeeperLink()

    def _end_late_ones(self):
        now = time.monotonic()
        for number, worker in self._workers.items():
            future = worker.future
            if future and future.limit and now >= worker.began + future.limit:
                self._end_call(future, OutOfTime())
            elif worker.ends_at and now >= worker.ends_at:
                worker.ends_at = now + GRACE
                self._keeper.kill(number)

    def _end_call(self, future, error):
        for number, worker in self._workers.items():
            if worker.future is future:
                worker.future = None
                worker.ends_at = time.monotonic() + GRACE
                self._keeper.kill(number)
                future.settle(error=error)


def _preparation():
    """Returns what `multiprocessing` tells a new process of this one."""
    told = multiprocessing.spawn.get_preparation_data("worker")
    # A secret that is never sent.
    told.pop("authkey", None)
    return told
