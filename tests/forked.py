"""Commands of the package in forks of a process that has loaded TensorFlow.

A command takes three seconds less like this. It is otherwise a process of its
own: with its own arguments, streams, exit code and TensorFlow runtime.
"""

import atexit
import contextlib
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent

# Imports what commands import, then runs a module in a fork for each line.
# Another fork waits for it and writes its exit code to a file.
SERVER = """
import json, os, resource, runpy, sys, tempfile, traceback
from nas_tf.lazy_keras import import_keras, leave_out_extras
leave_out_extras()
import_keras()
import nas_tf.search.run_search, nas_tf.search.summaries
import nas_tf.train.procedure, nas_tf.training.fit
# The first call for devices may print that there is no GPU.
import tensorflow
tensorflow.config.list_physical_devices()

def run(order):
    os.setsid()
    os.environ.clear()
    os.environ.update(order["env"])
    tempfile.tempdir = None
    os.chdir(order["cwd"])
    # As `python -m` does; workers of the command are given this path.
    sys.path[0] = os.getcwd()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in enumerate(order["streams"], 1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
    if order["file_size"]:
        limit = order["file_size"], order["file_size"]
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    sys.argv = order["argv"]
    code = 0
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # A normal exit would take a second to unload TensorFlow.
    os._exit(code or 0)

print(flush=True)
for line in sys.stdin:
    order = json.loads(line)
    keeper = os.fork()
    if not keeper:
        child = os.fork()
        if not child:
            run(order)
        print(child, flush=True)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with open(order["code"] + ".part", "w") as file:
            file.write(str(code))
        os.rename(order["code"] + ".part", order["code"])
        os._exit(0)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
"""


class Command:
    """A running command, used as a `subprocess.Popen` is.

    It is the first process of a session of its own.

    Args:
        *arguments: A module's name, then its command line.
        cwd: The working directory.
        env: The environment. Default: that of this process.
        file_size: The most bytes that a file may have, as on a full disk, or
            None (default) for no limit.
    """

    def __init__(self, *arguments, cwd=ROOT, env=None, file_size=None):
        self.args = list(map(str, arguments))
        self.returncode = None
        self._folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self._folder.name)
        self._code = folder / "code"
        self._streams = folder / "out", folder / "err"
        order = {
            "argv": self.args,
            "cwd": str(cwd),
            "env": dict(os.environ if env is None else env),
            "streams": list(map(str, self._streams)),
            "code": str(self._code),
            "file_size": file_size,
        }
        for stream in self._streams:
            # A command may be killed before it opens them.
            stream.touch()
        server = _server()
        print(json.dumps(order), file=server.stdin, flush=True)
        self.pid = int(server.stdout.readline())

    def poll(self):
        if self.returncode is None:
            with contextlib.suppress(FileNotFoundError):
                self.returncode = int(self._code.read_text())
        return self.returncode

    def wait(self, timeout=None):
        until = time.monotonic() + (
            float("inf") if timeout is None else timeout
        )
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(0.005)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout=None):
        """Waits for the end and returns what was written."""
        self.wait(timeout)
        return tuple(stream.read_text() for stream in self._streams)


def command(*arguments, **options):
    """Runs `python -m` with the arguments.

    Args:
        *arguments: A module's name, then its command line.
        **options: Options of `Command`.

    Returns:
        A `subprocess.CompletedProcess` with `returncode`, `stdout`, `stderr`.
    """
    started = Command(*arguments, **options)
    out, err = started.communicate()
    return subprocess.CompletedProcess(
        started.args, started.returncode, out, err
    )


@functools.cache
def _server():
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.stdin.close)
    server.stdout.readline()
    return server
