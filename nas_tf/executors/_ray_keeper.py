"""A process that makes sure that no process of Ray outlives the search."""

import contextlib
import os
import select
import shutil
import signal
import time

# How often a group that is not empty is killed, 50 ms apart.
TRIES = 20


def keep(connection, folder=None):
    """Makes all processes that this one starts end with it and with the search.

    When this process or the search has ended, in whatever way, the remaining
    processes are killed at once. Ray alone would take a minute, during which
    its agents try to report to a head node that no longer exists. The keeper is
    a process, forked before Ray is loaded. A thread would not run while native
    code holds the interpreter, and would end with this process.

    Args:
        connection: The connection to the search.
        folder: Path of a folder that is removed at the end, or None.
    """
    # The kernel signals every process of a group, including orphans and
    # processes that are just being started.
    os.setpgrp()
    group = os.getpgrp()
    life, held = os.pipe()
    if os.fork():
        os.close(life)
        # `held` stays open until this process ends.
        return
    os.close(held)
    # Out of the group, to remove the folder when all others have ended.
    os.setpgid(0, 0)
    ends = select.poll()
    for end in (connection, life):
        # Without any event: poll always reports that the other side hung up.
        ends.register(end, 0)
    ends.poll()
    with contextlib.suppress(ProcessLookupError):
        # Until it is empty; where no init process reaps them, zombies stay.
        for _ in range(TRIES):
            os.killpg(group, signal.SIGKILL)
            time.sleep(0.05)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
