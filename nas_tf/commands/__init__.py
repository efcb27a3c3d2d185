"""How every command of the package starts and ends."""

import contextlib
import pathlib
import signal
import sys

from absl import app
from absl import flags
from absl import logging

from nas_tf.commands import flagfiles
from nas_tf.commands import help_text
from nas_tf.commands.typed import typed
from nas_tf.commands.typed import typed_program
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import set_environment
from nas_tf.runs import flagfile

__all__ = ["orderly_end", "run", "typed", "typed_program", "write_flags"]

USAGE_EXIT_CODE = 2
INTERRUPTED_EXIT_CODE = 130


def run(main):
    """Parses flags and calls `main(argv)`; does not return.

    A user's mistake ends with one line and exit code 2. Any other exception
    ends with its traceback. `--help` shows the docstring of the module of
    `main`, and its flags.
    """

    def guarded(argv):
        try:
            return main(argv)
        except UsageError as error:
            _refuse(error)

    set_environment()
    app.run(guarded, flags_parser=lambda argv: _parse(argv, main.__module__))


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
            lines.append(f"Or: {typed(command)} --flagfile={flags_file}")
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


def _parse(argv, module):
    try:
        words = flagfiles.expand(argv[1:])
        if help_text.is_asked(words):
            print(help_text.of(module, everything="--helpfull" in words))
            sys.exit()
        # Flags may stand behind other words: RUN --output=FILE.
        flags.FLAGS.set_gnu_getopt(True)
        rest = flags.FLAGS([argv[0], *map(str, words)])
        if flags.FLAGS["verbosity"].using_default_value:
            # Messages of libraries below a warning do not concern the user.
            # --verbosity=0 shows them.
            flags.FLAGS.verbosity = logging.WARNING
        return rest
    except flags.UnrecognizedFlagError as error:
        _refuse(f"{error}{flagfiles.origin(words, error.flagname)}")
    except (flags.Error, UsageError) as error:
        _refuse(error)


def _refuse(error):
    print("error: " + " ".join(str(error).split()), file=sys.stderr)
    sys.exit(USAGE_EXIT_CODE)
