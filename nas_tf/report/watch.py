"""A page that is made anew as its run goes on."""

import time

from nas_tf.report import html
from nas_tf.report import run
from nas_tf.report import wording
from nas_tf.report import work
from nas_tf.runs import journal
from nas_tf.runs import liveness

# A browser loads the page again after this many seconds.
RELOAD_SECONDS = 10
# Making pages takes at most this share of a processor, which children need.
SHARE = 1 / 20
# How often it is looked whether the run has ended.
POLL_SECONDS = 0.5


def watch(path, make, write, pause=RELOAD_SECONDS):
    """Makes a page again and again until the run or the user ends it.

    The last page no longer loads itself again.

    Args:
        path: `pathlib.Path` of the run's directory.
        make: Function from two keywords, `live` and `reload_seconds` of
            `run_page.make`, to a page. It raises `NothingYet` as long as no
            child was successful.
        write: Function that writes a page, a text.
        pause: Least number of seconds between two pages. Default: 10.

    Returns:
        Whether the run has ended. False if the user ended the watching.

    Raises:
        NothingYet: If the run ended without a successful child.
    """
    seen = None
    try:
        while liveness.is_live(path):
            size = _size(path)
            took = 0.0
            if size != seen:
                began = time.monotonic()
                write(_page(path, make))
                took = time.monotonic() - began
                seen = size
            _wait(path, max(pause, took / SHARE))
    except KeyboardInterrupt:
        if liveness.is_live(path):
            write(_page(path, make, reload_seconds=None))
            return False
    write(make(live="", reload_seconds=None))
    return True


def _page(path, make, reload_seconds=RELOAD_SECONDS):
    try:
        return make(
            live=_progress(run.read(path), reload_seconds),
            reload_seconds=reload_seconds,
        )
    except run.NothingYet:
        text = "In progress: no child has finished successfully yet."
        return html.page(
            path.resolve().name,
            [
                f"<h1>{html.escape(path.resolve().name)}</h1>",
                html.banner(text + _reloads(reload_seconds)),
            ],
            reload_seconds,
        )


def _progress(subject, reload_seconds):
    """Returns how far a run is, and when that was."""
    done = len(subject.trials)
    children = "child" if done == 1 else "children"
    text = f"In progress: {done:,} {children} finished"
    wanted = subject.directory.flags.get("max_children", "")
    if wanted.isdecimal() and int(wanted) > done:
        text = f"In progress: {done:,} of {int(wanted):,} children finished"
        times = work.work(subject.trials)
        if times is not None:
            left = times.seconds / done * (int(wanted) - done)
            text += f", about {wording.span(left)} left"
    at = time.strftime("%H:%M:%S")
    return f"{text}, as of {at}.{_reloads(reload_seconds)}"


def _reloads(seconds):
    return (
        "" if seconds is None else f" The page loads itself every {seconds} s."
    )


def _size(path):
    """Returns the size of the journal, which grows with each trial."""
    try:
        return (path / journal.TRIALS).stat().st_size
    except OSError:
        return 0


def _wait(path, seconds):
    """Waits, but not longer than the run goes on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and liveness.is_live(path):
        time.sleep(min(POLL_SECONDS, seconds))
