"""Whether a search shows its progress."""

import builtins
import sys
import warnings

import tqdm
from tqdm import auto

from nas_tf import checks
from nas_tf.machine import standard_streams
from nas_tf.search import console


def observers(wanted):
    """Returns the observers that show the progress, a tuple.

    Args:
        wanted: True, False, or None for True where a person is watching: in a
            notebook or an interactive Python.
    """
    given = {"progress": wanted}
    good = wanted is None or isinstance(wanted, bool)
    checks.check(given, "progress", good, "None, True or False")
    interactive = is_interactive()
    shown = interactive if wanted is None else wanted
    if not shown:
        return ()
    on_screen = standard_streams.stderr().isatty() or not interactive
    return (console.Progress() if on_screen else InNotebook(),)


class InNotebook(console.Progress):
    """The progress below the cell of a notebook, which is no terminal."""

    def make_bar(self, total, done, disable):
        with warnings.catch_warnings():
            # Without widgets the bar is text, which needs no warning.
            warnings.simplefilter("ignore", tqdm.TqdmWarning)
            return auto.tqdm(
                total=total, initial=done, unit="child", disable=disable
            )


def is_interactive():
    """Returns whether this is a notebook or an interactive Python."""
    return hasattr(builtins, "__IPYTHON__") or hasattr(sys, "ps1")
