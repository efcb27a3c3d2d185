"""Commands as the user can type them here."""

import pathlib
import shlex
import shutil
import sys

PROGRAM = "nas_tf"
_PACKAGE = pathlib.Path(__file__).parent.parent


def typed(module):
    """Returns how a command of this package is typed, for messages.

    It is typed as the command that is running: `nas_tf train`,
    `python -m nas_tf train` or `python -m nas_tf.train`. Without an active
    environment the path of its Python comes first.

    Args:
        module: "nas_tf." and the command, such as "nas_tf.train".
    """
    command = module.rpartition(".")[2]
    started = pathlib.Path(sys.argv[0])
    if started.name == PROGRAM:
        return f"{typed_program(PROGRAM)} {command}"
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    python = typed_program("python")
    # `nas_tf predict` has no module of its own to start.
    alone = (_PACKAGE / command / "__main__.py").is_file()
    if not alone or (spec and spec.name == f"{PROGRAM}.__main__"):
        return f"{python} -m {PROGRAM} {command}"
    return f"{python} -m {module}"


def quoted(path):
    """Returns a path as a shell reads it, in quotes where it needs them.

    Args:
        path: Path or string.
    """
    return shlex.quote(str(path))


def typed_program(name):
    """Returns how a program of this Python's environment is typed.

    Args:
        name: Name of the program, such as "tensorboard".

    Returns:
        The name if the shell finds this environment's program by it, otherwise
        a path: relative below the working directory, absolute elsewhere.
    """
    folder = pathlib.Path(sys.executable).parent
    found = shutil.which(name)
    if found is not None and pathlib.Path(found).parent == folder:
        return name
    path = folder / name
    if not path.exists():
        # A Python that is only called python3, or a program elsewhere.
        return quoted(sys.executable) if name == "python" else name
    here = pathlib.Path.cwd()
    return quoted(path.relative_to(here) if path.is_relative_to(here) else path)
