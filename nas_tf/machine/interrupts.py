"""Whether an interrupt came from outside: from Ctrl-C, not from code."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def noticed():
    """Context that notices the signal of Ctrl-C, which has its usual effect.

    Code of others may raise `KeyboardInterrupt` itself.

    Yields:
        Function without arguments that returns whether the signal came within
        the context. Outside of the main thread, where nobody can tell, it
        returns True.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread():
        yield lambda: True
        return
    if not callable(handler):
        # The signal is ignored, or ends the process.
        yield lambda: False
        return
    came = []

    def notice(number, frame):
        came.append(number)
        return handler(number, frame)

    signal.signal(signal.SIGINT, notice)
    try:
        yield lambda: bool(came)
    finally:
        if signal.getsignal(signal.SIGINT) is notice:
            signal.signal(signal.SIGINT, handler)
