"""Commands of the package in forks of a process that has loaded TensorFlow.

A command takes three seconds less like this. It is otherwise a process of its
own: with its own arguments, streams, exit code and TensorFlow runtime.
"""

import atexit
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent

# Imports what commands import, then runs a module in a fork for each line.
SERVER = """
import json, os, runpy, sys, traceback
from nas_tf.lazy_keras import import_keras
import_keras()
import nas_tf.search.run_search, nas_tf.search.summaries
import nas_tf.train.procedure, nas_tf.training.fit
# The first call for devices may print that there is no GPU.
import tensorflow
tensorflow.config.list_physical_devices()
print(flush=True)
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if not child:
        os.chdir(order["cwd"])
        # As `python -m` does; workers of the command are given this path.
        sys.path[0] = os.getcwd()
        for number, name in enumerate(order["streams"], 1):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
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
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def command(*arguments, cwd=ROOT):
    """Runs `python -m` with the arguments.

    Args:
        *arguments: A module's name, then its command line.
        cwd: The working directory.

    Returns:
        A `subprocess.CompletedProcess` with `returncode`, `stdout`, `stderr`.
    """
    server = _server()
    with tempfile.TemporaryDirectory() as folder:
        streams = [os.path.join(folder, name) for name in ("out", "err")]
        argv = list(map(str, arguments))
        order = {"argv": argv, "cwd": str(cwd), "streams": streams}
        print(json.dumps(order), file=server.stdin, flush=True)
        code = int(server.stdout.readline())
        out, err = (pathlib.Path(stream).read_text() for stream in streams)
    return subprocess.CompletedProcess(argv, code, out, err)


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
