"""How every command of the package starts and ends."""

import contextlib
import pathlib
import signal
import sys

from absl import app
from absl import flags
from absl import logging

from nas_tf.errors import UsageError
from nas_tf.lazy_keras import set_environment
from nas_tf.runs import flagfile

USAGE_EXIT_CODE = 2
INTERRUPTED_EXIT_CODE = 130


def run(main):
    """Parses flags and calls `main(argv)`; does not return.

    A user's mistake ends with one line and exit code 2. Any other exception
    ends with its traceback.
    """

    def guarded(argv):
        try:
            return main(argv)
        except UsageError as error:
            _refuse(error)

    set_environment()
    app.run(guarded, flags_parser=_parse)


@contextlib.contextmanager
def orderly_end(command, flags_file):
    """Handles an interruption: says how to continue, and exits with 130.

    Args:
        command: Name of the command's module, such as "nas_tf.search".
        flags_file: Path of the flagfile that the command writes. It may not
            exist yet.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        lines = ["\nStopped. Run the same command again to continue."]
        if pathlib.Path(flags_file).exists():
            lines.append(f"Or: python -m {command} --flagfile={flags_file}")
        print("\n".join(lines), file=sys.stderr)
        sys.exit(INTERRUPTED_EXIT_CODE)


def _interrupt(*_):
    raise KeyboardInterrupt


def write_flags(own_flags, path):
    """Writes the flags that have a value as a flagfile for the next start.

    Args:
        own_flags: Sequence of `flags.FlagHolder`.
        path: `pathlib.Path` of the file, replaced atomically.
    """
    flagfile.write(
        path,
        [
            flags.FLAGS[flag.name].serialize()
            for flag in own_flags
            if flag.value is not None
        ],
    )


def _parse(argv):
    try:
        rest = flags.FLAGS(argv)
        if flags.FLAGS["verbosity"].using_default_value:
            # Messages of libraries below a warning do not concern the user.
            # --verbosity=0 shows them.
            flags.FLAGS.verbosity = logging.WARNING
        return rest
    # A flagfile may hold bytes that are not text.
    except (flags.Error, UnicodeDecodeError) as error:
        _refuse(error)


def _refuse(error):
    print("error: " + " ".join(str(error).split()), file=sys.stderr)
    sys.exit(USAGE_EXIT_CODE)
