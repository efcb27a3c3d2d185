"""Starts the command that a user names: nas_tf COMMAND [FLAGS]."""

import difflib
import importlib
import os
import sys

import nas_tf
from nas_tf import commands
from nas_tf.machine import standard_streams

# From a command to its module and what it does. `python -m MODULE` does the
# same for those that have a `__main__`.
COMMANDS = {
    "search": ("nas_tf.search.__main__", "search for architectures"),
    "train": ("nas_tf.train.__main__", "train and export the best one"),
    "predict": ("nas_tf.cli.predict", "use an exported model on files"),
    "translate": (
        "nas_tf.cli.translate",
        "translate lines by an exported model",
    ),
    "report": ("nas_tf.report.__main__", "make a page about a search"),
    "runs": ("nas_tf.cli.runs", "list the runs below a folder"),
    "show": ("nas_tf.cli.show", "show one run"),
    "list": ("nas_tf.cli.list", "list spaces, tasks, ... and their options"),
}
_ASKING = ("--help", "-h", "help", "--helpshort", "--helpfull")


def run():
    """Runs the command that `sys.argv` names; does not return.

    Without a command it prints which there are. An unknown command ends with
    exit code 2.
    """
    standard_streams.settle()
    program, *words = sys.argv
    if not words or words[0] in _ASKING:
        print(usage())
        sys.exit()
    if words[0] == "--version":
        print(f"nas_tf {nas_tf.__version__}")
        sys.exit()
    name, *rest = words
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        print(
            f"error: Unknown command '{name}'.{hint}\n",
            file=standard_streams.stderr(),
        )
        print(usage(), file=standard_streams.stderr())
        sys.exit(commands.USAGE_EXIT_CODE)
    # As with `python -m`, a part of one's own is found in the working
    # directory.
    if not sys.flags.safe_path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    sys.argv = [program, *rest]
    module = COMMANDS[name][0]
    commands.run(importlib.import_module(module).main)


def usage():
    """Returns a few lines that list the commands."""
    width = max(map(len, COMMANDS))
    lines = (f"  {n:<{width}}  {text}" for n, (_, text) in COMMANDS.items())
    listed = "\n".join(lines)
    return (
        f"Usage: nas_tf COMMAND [FLAGS]\n\n{listed}\n\n"
        f"nas_tf COMMAND --help lists the flags of a command."
    )
