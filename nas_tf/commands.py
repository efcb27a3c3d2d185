"""How every command of the package starts and ends."""

import contextlib
import os
import pathlib
import signal
import sys

from absl import app
from absl import flags
from absl import logging

from nas_tf.errors import UsageError

USAGE_EXIT_CODE = 2
INTERRUPTED_EXIT_CODE = 130


def run(main):
    """Parses flags and calls `main(argv)`; does not return.

    A mistake of the user's ends with one line and exit code 2, anything else
    that is raised with its traceback.
    """

    def guarded(argv):
        try:
            return main(argv)
        except UsageError as error:
            _refuse(error)

    app.run(guarded, flags_parser=_parse)


@contextlib.contextmanager
def orderly_end(command, flags_file):
    """Says how to go on when a command is interrupted, and exits with 130.

    Args:
        command: The command's module.
        flags_file: Path of the flagfile it leaves, which may not be there.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        lines = ["\nStopped. Go on by the same command."]
        if pathlib.Path(flags_file).exists():
            lines.append(f"Or: python -m {command} --flagfile={flags_file}")
        print("\n".join(lines), file=sys.stderr)
        sys.exit(INTERRUPTED_EXIT_CODE)


def _interrupt(*_):
    raise KeyboardInterrupt


def write_flags(own_flags, path):
    """Writes the flags that have a value as a flagfile to go on by.

    Args:
        own_flags: Sequence of `flags.FlagHolder`.
        path: `pathlib.Path` of the file, replaced as a whole.
    """
    lines = [
        flags.FLAGS[flag.name].serialize()
        for flag in own_flags
        if flag.value is not None
    ]
    partial = path.with_suffix(".partial")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(partial, path)


def read_flags(path):
    """Returns the flags that `write_flags` wrote, a dict of strings.

    A boolean one has its own name as value, after `no` if it is false. It is
    empty if there is no such file.
    """
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line[2:].split("=", 1) for line in lines)
    return {pair[0]: pair[-1] for pair in pairs}


def _parse(argv):
    try:
        rest = flags.FLAGS(argv)
        if flags.FLAGS["verbosity"].using_default_value:
            # Libraries have much to say that is nothing to the user;
            # --verbosity=0 brings it back.
            flags.FLAGS.verbosity = logging.WARNING
        return rest
    # A flagfile may hold anything.
    except (flags.Error, UnicodeDecodeError) as error:
        _refuse(error)


def _refuse(error):
    print("error: " + " ".join(str(error).split()), file=sys.stderr)
    sys.exit(USAGE_EXIT_CODE)
