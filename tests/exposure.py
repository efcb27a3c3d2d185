"""What other users and other machines could reach of running processes."""

import contextlib
import os
import pathlib
import stat

import psutil

LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def listening(processes):
    """Returns the addresses that processes listen at, a set of strings."""
    found = set()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.update(
                connection.laddr.ip
                for connection in process.net_connections("inet")
                if connection.status == psutil.CONN_LISTEN
            )
    return found


def writable(*folders):
    """Returns the paths below folders that other users could write.

    What lies in a folder that others cannot enter is theirs neither.
    """
    found = []
    waiting = [pathlib.Path(folder) for folder in folders]
    while waiting:
        path = waiting.pop()
        with contextlib.suppress(FileNotFoundError):
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                continue
            if mode & stat.S_IWOTH:
                found.append(str(path))
            if stat.S_ISDIR(mode) and mode & (stat.S_IXOTH | stat.S_IXGRP):
                waiting += map(path.joinpath, os.listdir(path))
    return found
