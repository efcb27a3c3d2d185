"""The page about one run."""

from nas_tf.report import architectures
from nas_tf.report import course
from nas_tf.report import html
from nas_tf.report import overview
from nas_tf.report import trained
from nas_tf.report import training
from nas_tf.report import work


def make(run, rival=None, top_k=5):
    """Returns a page about a run, as text.

    Args:
        run: `Run`.
        rival: `Run` of random search to be drawn beside it, or None.
        top_k: How many of the best architectures are shown.
    """
    winner = trained.read(run.path / trained.FOLDER, run.task)
    times = work.work(run.trials)
    return html.page(
        f"{run.name}: {overview.title(run)}",
        [
            overview.header(run, times, winner),
            overview.rewards(run, rival),
            architectures.best(run, top_k),
            training.section("The winner, trained in full", winner),
            course.decisions(run),
            course.failures(run),
            course.workers(times),
        ],
    )
