"""Messages to and from the process that opens exported files."""

import io
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from nas_tf.train import stranger


class Counting:
    """A language model that expects each symbol to be one more than the last.

    Its state counts what it has read.
    """

    def encode(self, lines):
        return np.array([[ord(character) - 97 for character in lines[0]]])

    def zeros(self):
        return [np.zeros((1, 1))]

    def advance(self, tokens, states):
        logits = np.eye(8)[(tokens + 1) % 8] * 3.0
        return logits, [states[0] + tokens.shape[1]]


def test_messages_come_out_as_they_went_in():
    arrays = [np.arange(6.0).reshape(2, 3), np.array(["a", "\u3042b"])]
    stream = io.BytesIO()
    stranger.send(stream, {"file": "x"}, arrays)
    stranger.send(stream, {"file": "y"}, [])
    stream.seek(0)
    head, found = stranger.receive(stream)
    assert head["file"] == "x"
    for mine, theirs in zip(found, arrays, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert stranger.receive(stream)[1] == []
    assert stranger.receive(stream) is None


def test_objects_are_not_sent():
    with pytest.raises(ValueError, match="pickle"):
        stranger.send(io.BytesIO(), {}, [np.array([object()])])


@pytest.mark.parametrize("window", [1, 3, 200])
def test_nats_of_a_text_do_not_depend_on_windows(monkeypatch, window):
    monkeypatch.setattr(stranger, "WINDOW", window)
    expected = np.log(np.exp(3) + 7) - 3
    unexpected = np.log(np.exp(3) + 7)
    text = np.array(["abcdb"], object)
    found = stranger.nats(Counting(), text)
    np.testing.assert_allclose(found, [expected] * 3 + [unexpected])
    numbers = np.array([[0, 1, 2, 3, 1]])
    np.testing.assert_array_equal(stranger.nats(Counting(), numbers), found)


# Starts the process with this one's input, which stays open, and waits.
STARTER = """
import subprocess, sys, time
process = subprocess.Popen([sys.executable, "-P", *sys.argv[1:]])
print(process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a call of Linux")
def test_it_ends_with_the_process_that_started_it(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, stranger.__file__, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        other = psutil.Process(int(starter.stdout.readline()))
        # It waits for its input once it has loaded NumPy.
        until = time.monotonic() + 30
        while "stranger.py" not in " ".join(other.cmdline()):
            assert time.monotonic() < until
        time.sleep(2)
        assert other.is_running()
        starter.kill()
        psutil.wait_procs([other], timeout=10)
        assert not other.is_running() or other.status() == "zombie"
