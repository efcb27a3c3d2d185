"""Asks a process without this package what exported files answer."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

import keras
import numpy as np

from nas_tf.errors import UsageError
from nas_tf.runs import exported
from nas_tf.train import stranger


@contextlib.contextmanager
def opened(folder):
    """Starts a process that opens the files of a folder.

    Args:
        folder: `pathlib.Path` of the directory.

    Yields:
        `Elsewhere`.
    """
    imports = imports_of(folder / "model.keras")
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", stranger.__file__, str(folder.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(imports),
            # Where no module of the user's is found by chance.
            cwd=folder,
        )
        try:
            yield Elsewhere(process, errors, imports)
        finally:
            process.kill()
            process.communicate()


class Elsewhere:
    """A process that has opened exported files.

    Attributes:
        imports: Tuple of the modules that it imports before it opens
            `model.keras`.
    """

    def __init__(self, process, errors, imports):
        self.imports = imports
        self._process = process
        self._errors = errors

    def predict(self, file, inputs):
        """Returns the outputs of a file's model, a list of arrays.

        Args:
            file: Name of the file, "model.keras" or "saved_model".
            inputs: An array, or a list, tuple or dict of them.
        """
        return self._ask(file, inputs, False)

    def nats(self, file, text):
        """Returns the nats of each symbol, see `stranger.nats`.

        Args:
            file: Name of the file.
            text: The text, or a tuple of a source, a translation as it is
                read, and as it is written, see `stranger.nats_of_pairs`.
        """
        return self._ask(file, text, True)[0]

    def _ask(self, file, inputs, read):
        keys = None
        if isinstance(inputs, dict):
            keys, inputs = list(inputs), list(inputs.values())
        elif isinstance(inputs, (list, tuple)):
            keys = list(range(len(inputs)))
        else:
            inputs = [inputs]
        head = {
            "file": file,
            "imports": self.imports,
            "read": read,
            "keys": keys,
        }
        arrays = [_without_objects(np.asarray(array)) for array in inputs]
        try:
            stranger.send(self._process.stdin, head, arrays)
            answer = stranger.receive(self._process.stdout)
        except BrokenPipeError:
            answer = None
        reason = self._death() if answer is None else answer[0].get("error")
        if reason is not None:
            raise UsageError(
                f"Expected a model that a new process can load and use. "
                f"Received: {file}: {reason}"
            )
        return answer[1]

    def _death(self):
        """Returns what is known of the end of the process."""
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        last = next((s for s in map(str.strip, reversed(lines)) if s), "")
        return f"the process ended with {self._process.returncode}: {last}"


def imports_of(path):
    """Returns the modules to import before a `.keras` file can be opened.

    Args:
        path: `pathlib.Path` of the file.

    Returns:
        Tuple of names, sorted; () if Keras alone is enough.
    """
    try:
        return exported.modules_of(path)
    except UsageError:
        # Whoever opens it will say what is wrong.
        return ()


def _environment(imports):
    """Returns the process's environment.

    What must be imported is found where this process finds it. Without such
    modules, the process has no path to this package.
    """
    own = pathlib.Path(__file__).resolve().parents[2]
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if imports:
        paths = [os.path.abspath(path) for path in sys.path]
    else:
        paths = [p for p in paths if p and pathlib.Path(p).resolve() != own]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "KERAS_BACKEND": keras.backend.backend(),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # This process has taken memory of the GPUs too.
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }


def _without_objects(array):
    """Returns an array of objects, which are strings, as one of strings."""
    return array.astype(str) if array.dtype == object else array
