"""Setup of all tests."""

import signal

# A shell makes background processes ignore SIGINT, and their children inherit
# that. Tests of Ctrl-C would then fail.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
