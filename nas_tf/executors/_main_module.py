"""The module that a user runs, in worker processes.

A worker runs the user's script again before its first child, so that it has the
classes that are defined there. So a search has to stand where it is not started
a second time. A notebook is no file, and its classes travel with each child.
"""

import ast
import functools
import io
import multiprocessing.spawn
import os
import pickle
import sys
import types

import cloudpickle

from nas_tf.errors import UsageError

# Names by which a script asks whether it is run by a worker.
_ASKING = {"__name__", "parent_process", "current_process"}


def dumps(call):
    """Returns a pickled call of a function, for a worker process.

    What is defined in the main module is pickled by its name where workers run
    that module, else with its code.

    Args:
        call: Tuple of function, arguments and keyword arguments.

    Raises:
        UsageError: If something cannot be pickled.
    """
    if _file():
        try:
            return pickle.dumps(call)
        except (pickle.PicklingError, AttributeError, TypeError):
            pass  # Such as a class within a function.
    stream = io.BytesIO()
    try:
        _WithCode(stream).dump(call)
    except Exception as error:
        reason = " ".join(str(error).split("\n")[0].split())
        raise UsageError(
            f"Expected parts that can be sent to a worker process, such as "
            f"dataclasses of plain values in a module of their own. Received: "
            f"{type(error).__name__}: {reason}"
        ) from error
    return stream.getvalue()


def check_guard():
    """Raises `UsageError` if workers cannot run the main module.

    They cannot if it would start the calling search again, or is no file.
    """
    path = _file()
    asked = _told().get("init_main_from_path")
    if asked and not path:
        raise UsageError(
            f"Expected a script in a file, which worker processes can run. "
            f"Received: {os.path.basename(asked)}; executor='inline' has no "
            f"workers"
        )
    line = path and _line_of_main(path)
    if not line:
        return
    try:
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return
    if any(node.lineno <= line <= node.end_lineno for node in _guards(tree)):
        return
    raise UsageError(
        f'Expected the search below `if __name__ == "__main__":`, because each '
        f"worker process runs {os.path.basename(path)} too. Received: a search "
        f"in line {line}, outside of it; executor='inline' has no workers"
    )


class _WithCode(cloudpickle.Pickler):
    """Pickles also cached functions of the main module with their code."""

    def reducer_override(self, obj):
        if (
            isinstance(obj, functools._lru_cache_wrapper)
            and obj.__module__ == "__main__"
        ):
            return _cached, (obj.__wrapped__, obj.cache_parameters())
        return super().reducer_override(obj)


def _cached(function, parameters):
    return functools.lru_cache(**parameters)(function)


def _file():
    """Returns the file of the main module that workers run, or None."""
    told = _told()
    if "init_main_from_name" in told:
        return getattr(sys.modules["__main__"], "__file__", None)
    path = told.get("init_main_from_path")
    return path if path and os.path.isfile(path) else None


def _told():
    """Returns what `multiprocessing` tells a new process."""
    return multiprocessing.spawn.get_preparation_data("worker")


def _line_of_main(path):
    """Returns the line of the main module that is being run, or None."""
    frame: types.FrameType | None = sys._getframe()
    while frame is not None:
        code = frame.f_code
        if code.co_name == "<module>" and _is_same(code.co_filename, path):
            return frame.f_lineno
        frame = frame.f_back
    return None


def _is_same(one, other):
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _guards(tree):
    """Yields the statements that ask whether a worker runs the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            names = {
                getattr(part, "id", getattr(part, "attr", None))
                for part in ast.walk(node.test)
            }
            if names & _ASKING:
                yield node
