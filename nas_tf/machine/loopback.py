"""Connections within this machine, which no proxy can make."""

import contextlib
import os

HOSTS = ("127.0.0.1", "localhost", "::1")
# Libraries read either, and some prefer the one in small letters.
_VARIABLES = ("no_proxy", "NO_PROXY")


@contextlib.contextmanager
def without_proxy(hosts=()):
    """Connects to this machine and to hosts directly, whatever is set.

    Processes that are started within it do too.

    Args:
        hosts: Further hosts, the others of a cluster. Default: none.
    """
    before = {name: os.environ.get(name) for name in _VARIABLES}
    known = [
        part.strip()
        for text in before.values()
        for part in (text or "").split(",")
        if part.strip()
    ]
    everything = ",".join(dict.fromkeys([*known, *HOSTS, *hosts]))
    os.environ.update(dict.fromkeys(_VARIABLES, everything))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
