"""Ctrl-C is told from a `KeyboardInterrupt` that code raises."""

import signal
import threading

import pytest

from nas_tf.machine import interrupts


def test_the_signal_is_noticed_and_has_its_effect():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts.noticed() as came:
        assert not came()
        signal.raise_signal(signal.SIGINT)
    assert came()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_exception_alone_is_no_signal():
    with pytest.raises(KeyboardInterrupt), interrupts.noticed() as came:
        raise KeyboardInterrupt
    assert not came()


def test_a_handler_that_was_set_meanwhile_stays():
    before = signal.getsignal(signal.SIGINT)
    try:
        with interrupts.noticed():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        with interrupts.noticed() as came:
            assert not came()
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_cannot_tell():
    found = []

    def ask():
        with interrupts.noticed() as came:
            found.append(came())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [True]
