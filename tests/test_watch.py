"""A page is made anew as its run goes on, and a last time at its end."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from nas_tf import trial
from nas_tf.report import run as runs
from nas_tf.report import run_page
from nas_tf.report import watch
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from tests.report_runs import check_alone
from tests.report_runs import search

ROOT = pathlib.Path(__file__).parent.parent
REFRESH = f'<meta http-equiv="refresh" content="{watch.RELOAD_SECONDS}">'


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def add(archive, number, reward):
    proposal = Proposal(number, number, (number % 4,), 0.0, 0)
    archive.add_batch(Batch(number, number, 0, (proposal,)))
    status = trial.ERROR if reward is None else trial.OK
    archive.add_trial(proposal, Result(status, reward or 0.0, spec={"a": 1}))


def test_a_page_follows_a_search_to_its_end(tmp_path):
    pages = []

    def make(**live):
        return run_page.make(runs.read(tmp_path), **live)

    with Archive(tmp_path, {"seed": 0}) as archive:
        (tmp_path / "flags.txt").write_text("--max_children=3\n")
        thread = threading.Thread(
            target=watch.watch, args=(tmp_path, make, pages.append, 0.01)
        )
        thread.start()
        until(lambda: len(pages) == 1)
        assert "no child has finished successfully yet" in pages[0]
        add(archive, 0, None)
        until(lambda: len(pages) == 2)
        assert "no child has finished successfully yet" in pages[1]
        add(archive, 1, 0.5)
        until(lambda: "2 of 3 children finished" in pages[-1])
        add(archive, 2, 0.75)
        until(lambda: "3 children finished" in pages[-1])
    thread.join(60)
    assert "0.7500" in pages[-1] and "In progress" not in pages[-1]
    assert REFRESH not in pages[-1]
    for page in pages[:-1]:
        assert REFRESH in page
        check_alone(page)


def test_a_search_that_has_ended_is_one_page(tmp_path):
    search(tmp_path, max_children=8)
    pages = []
    assert watch.watch(tmp_path, lambda **live: str(live), pages.append)
    assert pages == ["{'live': '', 'reload_seconds': None}"]


def test_a_search_that_only_failed_is_refused(tmp_path):
    with Archive(tmp_path, {}) as archive:
        add(archive, 0, None)

    def make(**live):
        return run_page.make(runs.read(tmp_path), **live)

    with pytest.raises(runs.NothingYet, match="with a successful child"):
        watch.watch(tmp_path, make, None)


@pytest.mark.slow
def test_the_command_ends_with_ctrl_c_and_leaves_a_page(tmp_path):
    """As a user does it, in a process of its own."""
    output = tmp_path / "report.html"
    with Archive(tmp_path, {"seed": 0}) as archive:
        add(archive, 0, 0.5)
        command = [sys.executable, "-m", "nas_tf.report", tmp_path, "--watch"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout.readline() == f"{output}\n"
            until(output.exists)
            assert REFRESH in output.read_text()
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(60) == 0
    assert rest.endswith("The search goes on.\n")
    text = output.read_text()
    assert REFRESH not in text
    assert re.search(r"In progress: 1 child finished, as of [\d:]+\.<", text)
