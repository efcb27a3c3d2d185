"""Makes HTML pages: python -m nas_tf.report RUN, or --compare RUN RUN...

RUN is the directory of a search or of a training.
"""

import pathlib

from absl import flags

from nas_tf import commands
from nas_tf.errors import UsageError
from nas_tf.files import written_whole

FLAGS = flags.FLAGS

flags.DEFINE_bool(
    "compare",
    False,
    "Make one page that compares all runs. Runs that differ only in their "
    "seeds form a group.",
)
flags.DEFINE_string(
    "output",
    None,
    "File of the page. Default: RUN/report.html, or compare.html in the "
    "working directory.",
)
flags.DEFINE_string(
    "random",
    None,
    "Run of random search to draw as a baseline. Default: one in a directory "
    "beside the run's that differs from it only in the strategy.",
)
flags.DEFINE_integer(
    "top_k", 5, "How many of the best architectures to draw.", lower_bound=1
)


def main(argv):
    paths = [pathlib.Path(text) for text in argv[1:]]
    if not paths:
        raise UsageError(
            "Expected directories of runs, as in `python -m nas_tf.report "
            "runs/digits`. Received: none"
        )
    if FLAGS.compare:
        _compare(paths)
        return
    if FLAGS.output is not None and len(paths) > 1:
        raise UsageError(
            f"Expected one run with --output, or --compare. Received: "
            f"{len(paths)}"
        )
    for path in paths:
        _report(path)


def _report(path):
    from nas_tf.report import run
    from nas_tf.report import run_page
    from nas_tf.report import trained
    from nas_tf.report import training_page
    from nas_tf.runs import directory

    output = pathlib.Path(FLAGS.output or path / "report.html")
    if not directory.is_run(path) and (training := trained.read(path)):
        _write(output, training_page.make(path.resolve().name, training))
        return
    subject = run.read(path)
    if FLAGS.random is None:
        rival = run.find_random(subject)
    else:
        rival = run.read(FLAGS.random)
        run.check_random(subject, rival)
    _write(output, run_page.make(subject, rival, FLAGS.top_k))


def _compare(paths):
    from nas_tf.report import compare_page
    from nas_tf.report import run

    if FLAGS.random is not None:
        raise UsageError(
            f"Expected random search among the runs of --compare. Received: "
            f"--random={FLAGS.random}"
        )
    resolved = [path.resolve() for path in paths]
    for path in paths:
        if resolved.count(path.resolve()) > 1:
            raise UsageError(f"Expected each run once. Received: {path} again")
    runs = [run.read(path) for path in paths]
    _write(
        pathlib.Path(FLAGS.output or "compare.html"), compare_page.make(runs)
    )


def _write(path, text):
    """Replaces a page atomically and prints its path."""
    if not path.name:
        raise UsageError(f"Expected the name of a file. Received: {path}")
    try:
        with written_whole(path) as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"Expected a file that can be written. Received: {path} "
            f"({error.strerror})"
        ) from None
    print(path)


if __name__ == "__main__":
    commands.run(main)
