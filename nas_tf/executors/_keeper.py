"""The process that starts worker processes and leaves nothing of them alive.

The keeper is the parent of all workers. Whatever a worker started, in whatever
session, becomes a child of the keeper when the worker has ended (a "subreaper",
see prctl(2)), and is killed. When the process that started the keeper is gone,
in whatever way, the keeper kills all that is left and ends.

It is told what to do by lines, "start NUMBER" with a file descriptor for the
new worker, or "kill NUMBER". It answers "ended NUMBER EXITCODE" and "refused
NUMBER REASON".
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
import time

import psutil

# From Linux's prctl.h: orphans below this process become its children.
PR_SET_CHILD_SUBREAPER = 36
# Seconds between looks at whether the parent is still there.
LOOK_UP_SECONDS = 0.5
# Seconds between attempts to kill what a worker has left, and how long it is
# tried: a process in an uninterruptible system call stays for a while.
SWEEP_SECONDS = 0.02
PATIENCE = 10.0


def adopt_orphans():
    """Makes orphaned descendants children of this process, on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main(handle, driver, command):
    """Serves the process at the other end of a socket, until it is gone.

    Args:
        handle: File descriptor of the socket.
        driver: Process id of that process, the parent of this one.
        command: List of the words of a worker's command, but for the last,
            its file descriptor.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit())
    adopt_orphans()
    keeper = _Keeper(socket.socket(fileno=handle), command)
    try:
        while os.getppid() == driver and keeper.step():
            pass
    finally:
        keeper.end()


class _Keeper:
    def __init__(self, link, command):
        self._link = link
        self._command = command
        self._workers = {}  # pid -> number
        self._received = b""
        self._handles = []
        self._sweep_until = 0.0
        # A signal of a child's end is written to a pipe, which wakes `select`.
        self._wake, waking = os.pipe()
        for end in (self._wake, waking):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)

    def step(self):
        """Waits for an event; returns whether there is still a driver."""
        sweeping = time.monotonic() < self._sweep_until
        seconds = SWEEP_SECONDS if sweeping else LOOK_UP_SECONDS
        ready, _, _ = select.select([self._link, self._wake], [], [], seconds)
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
        self._reap()
        if sweeping and not self._kill_orphans():
            self._sweep_until = 0.0
        return self._link not in ready or self._obey()

    def _obey(self):
        try:
            data, handles, _, _ = socket.recv_fds(self._link, 65536, 64)
        except OSError:
            return False
        if not data:
            return False
        self._handles += handles
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            order, number = line.decode().split()
            if order == "start":
                self._start(int(number), self._handles.pop(0))
            else:
                self._kill(int(number))
        return True

    def _start(self, number, handle):
        os.set_inheritable(handle, True)
        words = [*self._command, str(handle)]
        try:
            pid = os.posix_spawn(words[0], words, os.environ)
        except OSError as error:
            self._tell(f"refused {number} {error.strerror}")
        else:
            self._workers[pid] = number
        finally:
            os.close(handle)

    def _kill(self, number):
        for pid, own in self._workers.items():
            if own == number:
                _kill(pid)

    def _reap(self):
        """Takes note of the ends of workers and of orphans."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                number = self._workers.pop(pid, None)
                if number is None:
                    continue
                if sys.platform != "linux":
                    # There its group is all that is known of its children.
                    with contextlib.suppress(OSError):
                        os.killpg(pid, signal.SIGKILL)
                self._sweep_until = time.monotonic() + PATIENCE
                self._kill_orphans()
                code = os.waitstatus_to_exitcode(status)
                self._tell(f"ended {number} {code}")

    def _kill_orphans(self):
        """Kills what ended workers have left; returns whether there was any."""
        orphans = [
            child
            for child in psutil.Process().children()
            if child.pid not in self._workers
        ]
        for orphan in orphans:
            below = []
            with contextlib.suppress(psutil.Error):
                below = orphan.children(recursive=True)
            for process in (orphan, *below):
                _kill(process.pid)
        return bool(orphans)

    def _tell(self, line):
        with contextlib.suppress(OSError):
            self._link.sendall(f"{line}\n".encode())

    def end(self):
        """Kills all workers and what they have started."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._workers.clear()
        until = time.monotonic() + PATIENCE
        while self._kill_orphans() and time.monotonic() < until:
            self._reap()
            time.sleep(SWEEP_SECONDS)


def _kill(pid):
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
