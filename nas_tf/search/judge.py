"""Decides which trainings end early, while workers wait for the answer."""

import contextlib
import json
import math
import os
import shutil
import socketserver
import tempfile
import threading

from nas_tf import checks
from nas_tf.pruning.base import Course
from nas_tf.pruning.reports import STOP
from nas_tf.pruning.reports import Reports
from nas_tf.search.observer import Observer

# The path of a socket has at most 107 bytes.
LONGEST_FOLDER = 70
LONGEST_LINE = 1000


class Judge(Observer):
    """Applies a pruning rule to what children report.

    It listens on a socket that only this user can open. Children that finished
    are known from the journal, also after a search is resumed. It is used as a
    context manager and as an observer.

    Args:
        rule: `PruningRule`.
    """

    def __init__(self, rule):
        self.rule = rule
        self._courses = {}  # proposal_id -> Course
        self._lock = threading.Lock()
        self._server = None
        self._handle = None

    def reports(self, proposal):
        """Returns the `Reports` of a proposal."""
        return Reports(self._address, proposal.proposal_id)

    def stops(self, child, epoch, value):
        """Takes in a report and returns whether the training ends.

        Args:
            child: Number of the proposal.
            epoch: Number of this report of the child, from 1.
            value: The reward that it has now, a float.
        """
        with self._lock:
            if epoch == 1:
                # Also where a child is tried again, on another machine.
                self._courses[child] = Course([], False)
            course = self._courses.get(child)
            if course is None or len(course.values) != epoch - 1:
                return False
            course.values.append(value)
            others = [c for k, c in self._courses.items() if k != child]
            return self.rule.stops(course.values, others)

    def on_ready(self, archive, search):
        for trial in archive.trials:
            self.on_trial(archive, trial)

    def __enter__(self):
        temporary = tempfile.gettempdir()
        too_long = len(os.fsencode(temporary)) > LONGEST_FOLDER
        self._folder = tempfile.mkdtemp(
            prefix="nas_tf_", dir="/tmp" if too_long else temporary
        )
        self._address = os.path.join(self._folder, "reports")
        self._server = _Server(self._address, _Handler)
        self._server.judge = self
        self._hold()
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        ).start()
        return self

    def _hold(self):
        """Removes the folder on Linux, so that no end of this process keeps it.

        The socket is reached by a file descriptor of this process, which the
        system shows to its user alone.
        """
        if not hasattr(os, "O_PATH"):
            return
        handle = os.open(self._address, os.O_PATH | os.O_CLOEXEC)
        shown = f"/proc/{os.getpid()}/fd/{handle}"
        if not os.path.exists(shown):
            # A container may have no /proc.
            os.close(handle)
            return
        self._handle, self._address = handle, shown
        shutil.rmtree(self._folder, ignore_errors=True)

    def on_trial(self, archive, trial):
        if trial.reused is not None:
            return
        with self._lock:
            self._courses[trial.proposal.proposal_id] = Course(
                list(trial.result.reports), trial.ok
            )

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()
        if self._handle is not None:
            os.close(self._handle)
        shutil.rmtree(self._folder, ignore_errors=True)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A child that is ended while it reports is no error of the search."""


class _Handler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        report = _parsed(self.rfile.readline(LONGEST_LINE))
        stops = report is not None and self.server.judge.stops(**report)
        with contextlib.suppress(OSError):
            self.wfile.write(STOP if stops else b"go on\n")


def _parsed(line):
    """Returns a report as a dict, None for anything else."""
    try:
        report = json.loads(line)
    except ValueError:
        return None
    good = (
        isinstance(report, dict)
        and report.keys() == {"child", "epoch", "value"}
        and checks.is_whole(report["child"], minimum=0)
        and checks.is_whole(report["epoch"])
        and checks.is_number(report["value"])
        and math.isfinite(report["value"])
    )
    return report if good else None
