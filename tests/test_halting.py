"""Commands stop before their time limit, and when a cluster asks them to."""

import signal
import subprocess
import sys
import time

import pytest

from nas_tf.machine import halting

START = """
import sys, time
from nas_tf.machine import halting
halting.AFTER_SIGNAL = 0.9
def last_words():
    print("last words", file=sys.stderr, flush=True)
def end():
    print(halting.reason(), flush=True)
    sys.exit(halting.EXIT_CODE)
minutes = float(sys.argv[1]) if len(sys.argv) > 1 else None
with halting.obeying(minutes, last_words):
    try:
"""
# What the command does when it is asked to stop.
WORK = {
    "waits": """
        print("ready", flush=True)
        time.sleep(60)
    except halting.Halted:
        end()
""",
    "saves": """
        with halting.patiently():
            print("ready", flush=True)
            while not halting.asked():
                time.sleep(0.01)
            print("saved", flush=True)
    except halting.Halted:
        end()
""",
    "is slow": """
        with halting.patiently():
            print("ready", flush=True)
            time.sleep(60)
    except halting.Halted:
        sys.exit("this is only for what was saved")
    except KeyboardInterrupt:
        end()
""",
    "is stuck": """
        for line in ["ready"] + 1000 * [""]:
            try:
                print(line, end=line and "\\n", flush=True)
                time.sleep(60)
            except KeyboardInterrupt:
                pass
    finally:
        pass
""",
}
PRINTED = {
    "waits": ["{}"],
    "saves": ["saved", "{}"],
    "is slow": ["{}"],
    "is stuck": [],
}


def start(kind, *arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", START + WORK[kind], *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def check(process, kind, reason):
    out, error = process.communicate(timeout=30)
    assert process.returncode == halting.EXIT_CODE, error
    expected = [line.format(reason) for line in PRINTED[kind]]
    assert out.splitlines() == expected
    assert error == ("last words\n" if kind == "is stuck" else "")


@pytest.mark.parametrize("kind", WORK)
def test_a_limit_is_kept_whatever_is_running(kind):
    began = time.monotonic()
    process = start(kind, "0.04")
    check(process, kind, "--max_minutes=0.04")
    # The start of Python is no part of what the process counts.
    assert time.monotonic() - began > 1.8


@pytest.mark.parametrize("number", halting.SIGNALS)
def test_signals_of_a_cluster_stop_it_too(number):
    kinds = WORK if number == halting.SIGNALS[0] else ("saves",)
    processes = [start(kind) for kind in kinds]
    for kind, process in zip(kinds, processes):
        process.send_signal(number)
        check(process, kind, signal.Signals(number).name)


def test_ten_signals_at_once_are_one():
    process = start("saves")
    for number in 5 * halting.SIGNALS:
        process.send_signal(number)
    out, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (halting.EXIT_CODE, "")
    assert out.splitlines()[0] == "saved"


def test_afterwards_signals_are_as_before():
    before = list(map(signal.getsignal, halting.SIGNALS))
    with (
        pytest.raises(halting.Halted, match="SIGUSR1"),
        halting.obeying(),
        halting.patiently(),
    ):
        signal.raise_signal(signal.SIGUSR1)
        assert halting.asked()
    assert not halting.asked()
    assert list(map(signal.getsignal, halting.SIGNALS)) == before
    with halting.patiently():
        halting.check()
