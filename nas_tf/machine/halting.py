"""Stops a command in order: before a time limit, or when a cluster asks.

A batch system ends a job at its time limit. SLURM sends SIGTERM and kills the
job about half a minute later, or sends a signal of one's choice earlier
(`sbatch --signal=USR1@60`). Both signals, and a time limit of the command's
own, stop it alike:

1. Work that can be saved at any of its steps, in `patiently()`, is asked to
   stop: it saves what it has and raises `Halted`. Any other work is ended by
   `Halted` at once.
2. If that takes longer than two thirds of the time there is, the command is
   interrupted wherever it is, as by Ctrl-C. What was saved before is kept.
3. When the time is over the process exits, also out of compiled code that no
   exception reaches.

Each time the exit code is `EXIT_CODE`, and the same command goes on.
"""

import contextlib
import os
import signal
import threading
import time

import psutil

# EX_TEMPFAIL of sysexits.h: what failed now may succeed later.
EXIT_CODE = 75
SIGNALS = (signal.SIGTERM, signal.SIGUSR1)
# Seconds from a signal to the exit. SLURM kills 30 s after SIGTERM.
AFTER_SIGNAL = 24.0
# The work is asked to stop this share of the time limit before it, but not
# more than so many seconds.
SHARE_BEFORE = 0.1
MOST_BEFORE = 30.0
# Signals that come together are obeyed once: a second exception would break
# into the end of the command. Pressed again after so many seconds, Ctrl-C ends
# the command without waiting for what it still does.
ONE_INTERRUPT = 3.0
INTERRUPTED_EXIT_CODE = 130


class Halted(KeyboardInterrupt):
    """Raised where work stops that the next start goes on with."""


class _State:
    """What this process has been asked.

    Attributes:
        began: Time at which the command started.
        reason: What asked it to stop, for people, or None.
        patient: Number of `patiently` that the main thread is in.
        due: Text of the time limit once that is near, else None.
        forced: Whether an exception is wanted wherever the command is.
        over: Event that ends the threads that watch the time.
        interrupted: Time of the first Ctrl-C, or None.
        obeyed: Time of the first signal that was obeyed, or None.
        leaving: Whether no signal matters any more.
    """

    def __init__(self):
        self.began = time.monotonic()
        self.reason = None
        self.patient = 0
        self.due = None
        self.forced = False
        self.over = threading.Event()
        self.interrupted = None
        self.obeyed = None
        self.leaving = False


_state = _State()


def starts():
    """Lets the time limit of the command count from the process's start."""
    passed = time.time() - psutil.Process().create_time()
    # The system's clock may have been set meanwhile.
    _state.began = time.monotonic() - min(max(0.0, passed), MOST_BEFORE)


def reason():
    """Returns what asked this process to stop, as text, or None."""
    return _state.reason


def asked():
    """Returns whether this process has been asked to stop."""
    return _state.reason is not None


def check():
    """Raises `Halted` if this process has been asked to stop."""
    if asked():
        raise Halted(_state.reason)


@contextlib.contextmanager
def patiently():
    """Context of work that calls `asked` or `check` between its steps.

    Raises:
        Halted: At its end, if the process was asked to stop meanwhile.
    """
    _state.patient += 1
    try:
        yield
    finally:
        _state.patient -= 1
    check()


@contextlib.contextmanager
def obeying(max_minutes=None, last_words=None):
    """Context in which signals and a time limit stop the command in order.

    It is for the main thread. Its end restores the signals.

    Args:
        max_minutes: Minutes, > 0, before which it has ended, counted from
            the process's start if `starts` was called; None (default) for no
            limit.
        last_words: Function without arguments that is called, in another
            thread, before the process exits out of compiled code.
    """
    global _state
    before = _state
    _state = state = _State()
    state.began = before.began
    handlers = {
        number: signal.signal(number, lambda n, _: _receive(n, last_words))
        for number in SIGNALS
    }
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        handlers[signal.SIGINT] = signal.signal(
            signal.SIGINT, lambda *_: _interrupt(state, last_words)
        )
    try:
        if max_minutes is not None:
            _limit(state, max_minutes, last_words)
        yield
    finally:
        state.over.set()
        for number, handler in handlers.items():
            signal.signal(number, signal.SIG_IGN if state.leaving else handler)
        _state = before


def leave():
    """Says that this process ends now, so that further signals are ignored."""
    _state.leaving = True
    for number in (signal.SIGINT, *SIGNALS):
        signal.signal(number, signal.SIG_IGN)


def _interrupt(state, last_words):
    """Handles Ctrl-C, which may come again while the command ends."""
    now = time.monotonic()
    if state.interrupted is None:
        state.interrupted = now
        if _is_first(state):
            raise KeyboardInterrupt
    elif now - state.interrupted >= ONE_INTERRUPT:
        if last_words is not None:
            last_words()
        os._exit(INTERRUPTED_EXIT_CODE)


def _is_first(state):
    """Returns whether a signal is to be obeyed, as none came with it."""
    now = time.monotonic()
    if state.obeyed is not None and now - state.obeyed < ONE_INTERRUPT:
        return False
    state.obeyed = now
    return True


def _limit(state, max_minutes, last_words):
    seconds = 60 * max_minutes
    end = state.began + seconds
    before = min(MOST_BEFORE, SHARE_BEFORE * seconds)

    def ask():
        state.due = f"--max_minutes={max_minutes:g}"
        _wake()

    _at(state, end - before, ask)
    _at_last(state, end, before, last_words)


def _receive(number, last_words):
    """Handles a signal, in the main thread."""
    state = _state
    if state.reason is None:
        state.reason = state.due or signal.Signals(number).name
        if state.due is None:
            end = time.monotonic() + AFTER_SIGNAL
            _at_last(state, end, AFTER_SIGNAL, last_words)
        if _is_first(state) and not state.patient:
            raise Halted(state.reason)
    elif state.forced:
        state.forced = False
        # Not `Halted`: variables may be between two steps.
        raise KeyboardInterrupt
    # Any further signal asks for what is being done already.


def _at_last(state, end, before, last_words):
    """Ends the command by force, at first by an exception."""

    def interrupt():
        state.forced = True
        _wake()

    def leave():
        if last_words is not None:
            last_words()
        os._exit(EXIT_CODE)

    _at(state, end - before / 3, interrupt)
    # A little earlier, since a process needs time to go.
    _at(state, end - before / 20, leave)


def _wake():
    """Makes the main thread handle a signal, also if it waits in a call."""
    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)


def _at(state, moment, act):
    """Calls a function at a moment, in a thread, unless all is over then."""

    def wait():
        seconds = max(0.0, moment - time.monotonic())
        if not state.over.wait(min(seconds, threading.TIMEOUT_MAX)):
            act()

    threading.Thread(target=wait, daemon=True).start()
