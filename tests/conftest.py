"""What holds for all tests."""

import signal

# A shell ignores it for what it runs in the background, and so would all that
# is started from here: no test of Ctrl-C could pass.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
