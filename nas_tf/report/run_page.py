"""The page about one run."""

from nas_tf.report import architectures
from nas_tf.report import course
from nas_tf.report import html
from nas_tf.report import overview
from nas_tf.report import trained
from nas_tf.report import training
from nas_tf.report import trial_table
from nas_tf.report import work


def make(run, rival=None, top_k=5, live="", reload_seconds=None):
    """Returns a page about a run, as text.

    Args:
        run: `Run`.
        rival: `Run` of random search to be drawn beside it, or None.
        top_k: How many of the best architectures are shown.
        live: What a page about a search in progress says first. Default: "".
        reload_seconds: See `html.page`.
    """
    winner = trained.read(run.path / trained.FOLDER, run.task)
    times = work.work(run.trials)
    return html.page(
        f"{run.name}: {overview.title(run)}",
        [
            overview.header(run, times, winner, rival, live),
            overview.progress(run, rival),
            architectures.best(run, top_k),
            training.section("The winner, trained in full", winner),
            training.others(run),
            course.importance(run),
            course.decisions(run),
            trial_table.section(run),
            course.failures_and_workers(run, times),
        ],
        reload_seconds,
    )
