"""The keeper of worker processes, as the process that started it sees it."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys

import psutil

# Seconds for the keeper to end what is left and to end itself.
GRACE = 10.0
# In the environment of all processes below a keeper. It finds them if the
# keeper itself was killed.
TOKEN = "NAS_TF_KEEPER"

_KEEPER = (
    "import sys; sys.path[:] = {paths}; "
    "from nas_tf.executors import _keeper; "
    "_keeper.main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])"
)
_WORKER = (
    "import sys; sys.path[:] = {paths}; "
    "from nas_tf.executors import worker; worker.main(int(sys.argv[1]))"
)


class KeeperLink:
    """Starts a keeper, gives it orders and hears of the ends of workers.

    It can be waited for by `multiprocessing.connection.wait`.

    Raises:
        OSError: If no process can be started.
    """

    def __init__(self):
        paths = [os.path.abspath(path) for path in sys.path]
        python = [sys.executable, *subprocess._args_from_interpreter_flags()]
        worker = [*python, "-c", _WORKER.format(paths=paths)]
        self._socket, theirs = socket.socketpair()
        self._token = secrets.token_hex(16)
        self._received = b""
        handle, driver = str(theirs.fileno()), str(os.getpid())
        code = _KEEPER.format(paths=paths)
        try:
            self._process = subprocess.Popen(
                [*python, "-c", code, handle, driver, *worker],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, TOKEN: self._token},
                # What is typed at the terminal reaches the driver only.
                start_new_session=True,
            )
        except OSError:
            self._socket.close()
            raise
        finally:
            theirs.close()

    @property
    def pid(self):
        return self._process.pid

    @property
    def exit_code(self):
        """That of the keeper after `end`, negative for a signal."""
        return self._process.returncode

    def fileno(self):
        return self._socket.fileno()

    def start(self, number, handle):
        """Orders a worker to be started.

        Args:
            number: Number by which the worker is known.
            handle: File descriptor of its end of a connection.
        """
        # That the keeper has ended is told by `events`.
        with contextlib.suppress(OSError):
            order = f"start {number}\n".encode()
            socket.send_fds(self._socket, [order], [handle])

    def kill(self, number):
        """Orders a worker to be killed."""
        with contextlib.suppress(OSError):
            self._socket.sendall(f"kill {number}\n".encode())

    def events(self):
        """Returns what the keeper has told, or None if it has ended.

        Returns:
            List of pairs: the number of a worker that has ended, and its exit
            code.

        Raises:
            OSError: If a worker could not be started.
        """
        try:
            data = self._socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            return None
        *lines, self._received = (self._received + data).split(b"\n")
        ended = []
        for line in lines:
            event, number, detail = line.decode().split(" ", 2)
            if event == "refused":
                raise OSError(0, detail)
            ended.append((int(number), int(detail)))
        return ended

    def end(self):
        """Ends the keeper and all workers, whatever they are doing."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode < 0:
            _kill_marked(self._token)

    def close(self):
        """Closes the connection, once nobody waits for it."""
        self._socket.close()


def _kill_marked(token):
    """Kills the processes whose environment has a keeper's token."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(TOKEN) == token:
                process.kill()
