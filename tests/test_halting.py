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


# A command of many small steps, whose end takes many too.
MANY = """
import os, random, signal, sys, tempfile, time
from nas_tf import commands
from nas_tf.machine import halting
KINDS = (signal.SIGINT, *halting.SIGNALS)

def step():
    for _ in range(300):
        time.sleep(0.0001)

def work():
    for kind in KINDS:
        signal.signal(kind, signal.default_int_handler)
    with commands.orderly_end("nas_tf.search", "no flags"):
        os.write(ready, b".")
        try:
            while True:
                step()
        finally:
            try:
                step()
            finally:
                step()

for case in range(12):
    rng = random.Random(case)
    with tempfile.TemporaryFile() as said:
        waiting, ready = os.pipe()
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 2)
            try:
                work()
            except SystemExit as end:
                sys.stderr.flush()
                os._exit(end.code)
            except BaseException as error:
                os.write(2, repr(error).encode())
            os._exit(1)
        os.read(waiting, 1)
        for _ in range(10):
            os.kill(child, rng.choice(KINDS))
            time.sleep(rng.choice((0, 0.002)))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        print(code, repr(said.read().decode()), flush=True)
"""


def test_any_ten_signals_within_20_ms_end_with_how_to_go_on():
    done = subprocess.run(
        [sys.executable, "-c", MANY], capture_output=True, text=True, timeout=60
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 12, done.stderr
    for line in lines:
        code, said = line.split(" ", 1)
        assert int(code) in (halting.EXIT_CODE, halting.INTERRUPTED_EXIT_CODE)
        assert "Run the same command again to continue" in said
        assert "Error" not in said and "Traceback" not in said


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
