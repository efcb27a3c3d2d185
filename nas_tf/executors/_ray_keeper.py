"""A process that makes sure that no process of Ray outlives the search."""

import os
import select
import signal


def keep(connection):
    """Makes all processes that this one starts end with it and with the search.

    When this process or the search has ended, in whatever way, the remaining
    processes are killed at once. Ray alone would take a minute, during which
    its agents try to report to a head node that no longer exists. The keeper is
    a process, forked before Ray is loaded. A thread would not run while native
    code holds the interpreter, and would end with this process.

    Args:
        connection: The connection to the search.
    """
    # The kernel signals every process of a group, including orphans and
    # processes that are just being started.
    os.setpgrp()
    life, held = os.pipe()
    if os.fork():
        os.close(life)
        # `held` stays open until this process ends.
        return
    os.close(held)
    ends = select.poll()
    for end in (connection, life):
        # Without any event: poll always reports that the other side hung up.
        ends.register(end, 0)
    ends.poll()
    os.killpg(0, signal.SIGKILL)
