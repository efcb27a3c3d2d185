"""How every command of the package starts and ends."""

import contextlib
import os
import pathlib
import sys

from absl import app
from absl import flags
from absl import logging

from nas_tf import checks
from nas_tf import limits
from nas_tf import registry
from nas_tf.commands import flagfiles
from nas_tf.commands import help_text
from nas_tf.commands import lacking
from nas_tf.commands import streams
from nas_tf.commands.typed import quoted
from nas_tf.commands.typed import typed
from nas_tf.commands.typed import typed_program
from nas_tf.errors import UsageError
from nas_tf.errors import printable
from nas_tf.errors import shortened
from nas_tf.lazy_keras import leave_out_extras
from nas_tf.lazy_keras import set_environment
from nas_tf.machine import halting
from nas_tf.machine import standard_streams
from nas_tf.machine import threads
from nas_tf.runs import flagfile

__all__ = [
    "orderly_end",
    "quoted",
    "run",
    "typed",
    "typed_program",
    "write_flags",
]

USAGE_EXIT_CODE = 2
TRUST = "trust_run"
# Their values are call strings.
PART_FLAGS = {
    "space",
    "task",
    "strategy",
    "evaluator",
    "executor",
    "observer",
    "pruning",
}

flags.DEFINE_bool(
    "trust_run",
    False,
    "Whether modules that flagfiles and run directories name are imported. "
    "Their code then runs.",
)
MAX_MINUTES_HELP = (
    "Minutes after this start before which the command has stopped, whatever "
    "it is doing, with exit code 75. The same command goes on. SIGTERM and "
    "SIGUSR1 stop it in the same way."
)


def run(main):
    """Parses flags and calls `main(argv)`; does not return.

    A user's mistake ends with one line and exit code 2, and so does a machine
    that lacks something, such as room on its disk. Any other exception ends
    with its traceback. Output that cannot be written ends no command, but one
    whose output is all it makes says so at its end. `--help` shows the
    docstring of the module of `main`, and its flags.
    """

    def guarded(argv):
        try:
            threads.check()
            main(argv)
        except UsageError as error:
            _refuse(error)
        except Exception as error:
            line = lacking.line(error)
            if not line:
                raise
            _refuse(f"{line}. The same command goes on.")
        lost = streams.lost()
        if lost and main.__module__.startswith("nas_tf.cli."):
            _refuse(f"Expected an output that can be written. Received: {lost}")

    streams.forgive()
    halting.starts()
    set_environment()
    leave_out_extras()
    app.run(guarded, flags_parser=lambda argv: _parse(argv, main.__module__))


@contextlib.contextmanager
def orderly_end(command, flags_file, max_minutes=None):
    """Handles what stops a command: says how to continue, and exits.

    The exit code is 130 after Ctrl-C. It is `halting.EXIT_CODE`, 75, where the
    command has stopped for a time limit, SIGTERM or SIGUSR1.

    Args:
        command: Name of the command's module, such as "nas_tf.search".
        flags_file: Path of the flagfile that the command writes. It may not
            exist yet.
        max_minutes: Minutes from the command's start, > 0, before which it
            stops; None (default) for no limit.

    Raises:
        UsageError: For another `max_minutes`.
    """
    checks.number(
        {"max_minutes": max_minutes},
        "max_minutes",
        above=0,
        maximum=limits.MINUTES,
        optional=True,
    )

    def last_words():
        # The main thread may hold the lock of the stream.
        os.write(2, _how_to_go_on(command, flags_file).encode())

    with halting.obeying(max_minutes, last_words):
        try:
            yield
        except KeyboardInterrupt:
            halting.leave()
            print(
                _how_to_go_on(command, flags_file),
                end="",
                file=standard_streams.stderr(),
            )
            halted = halting.asked()
            sys.exit(
                halting.EXIT_CODE if halted else halting.INTERRUPTED_EXIT_CODE
            )


def _how_to_go_on(command, flags_file):
    reason = halting.reason()
    stopped = f"Stopped: {reason}." if reason else "Stopped."
    lines = [f"\n{stopped} Run the same command again to continue."]
    if pathlib.Path(flags_file).exists():
        flags_of_run = f"--flagfile={quoted(flags_file)}{registry.trust_hint()}"
        lines.append(f"Or: {typed(command)} {flags_of_run}")
    return "".join(f"{line}\n" for line in lines)


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


def _trust(words, module):
    """Lets files name no modules but those that the user named."""
    typed_words = [word for word in words if not hasattr(word, "file")]
    for word in words:
        name = word.lstrip("-").partition("=")[0]
        if hasattr(word, "file") and name.removeprefix("no") == TRUST:
            raise UsageError(
                f"Expected --{TRUST} on the command line only. Received: "
                f"{word} in {word.file}"
            )
    if any(_is_trusting(word) for word in typed_words):
        registry.trust_all()
        return
    calls = []
    for word, following in zip(typed_words, [*typed_words[1:], ""]):
        name, is_given, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name in PART_FLAGS:
            calls.append(value if is_given else following)
    if module == "__main__":
        spec = sys.modules[module].__spec__
        module = spec.name if spec else ""
    registry.trust_only(calls, module)


def _is_trusting(word):
    name, _, value = word.lstrip("-").partition("=")
    said = value.lower() in ("", "1", "t", "true")
    return word.startswith("-") and name == TRUST and said


def _parse(argv, module):
    try:
        words = flagfiles.expand(argv[1:])
        _trust(words, module)
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
    except RecursionError:
        # absl compares an unknown name with all flags, letter by letter.
        name = max(map(str, words), key=len).lstrip("-")
        _refuse(f"Unknown command line flag '{name}'")


def _refuse(error):
    # Those of absl echo whatever was typed.
    said = printable(shortened(" ".join(str(error).split())))
    print(f"error: {said}", file=standard_streams.stderr())
    sys.exit(USAGE_EXIT_CODE)
