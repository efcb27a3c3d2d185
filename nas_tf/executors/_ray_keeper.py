"""What sees to it that nothing of Ray outlives the search."""

import os
import select
import signal


def keep(connection):
    """Has all that this process starts end with it and with the search.

    When either is gone, however it ended, what is left is killed at once: Ray
    itself would take a minute, in which its agents try to tell its head, gone
    too, that their machine is lost. The keeper is a process, forked before
    there is anything to fork: a thread would not run while native code holds
    the interpreter, and would end with this process.

    Args:
        connection: The connection to the search.
    """
    # A group, as the kernel leaves out none of it, not even an orphan or one
    # just being started.
    os.setpgrp()
    life, held = os.pipe()
    if os.fork():
        os.close(life)
        # `held` is closed by this process's end, and by nothing else.
        return
    os.close(held)
    ends = select.poll()
    for end in (connection, life):
        # No events: poll always tells that the other side hung up.
        ends.register(end, 0)
    ends.poll()
    os.killpg(0, signal.SIGKILL)
