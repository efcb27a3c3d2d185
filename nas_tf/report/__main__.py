"""Makes HTML pages: python -m nas_tf.report RUN, or --compare RUN RUN...

RUN is the directory of a search or of a training.
"""

import functools
import sys

from absl import flags

from nas_tf import commands
from nas_tf.errors import UsageError
from nas_tf.files import written_whole
from nas_tf.machine import places

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
flags.DEFINE_bool(
    "watch",
    False,
    "Make the page again as the search goes on, until it ends or Ctrl-C. In a "
    "browser the page loads itself again.",
)


def main(argv):
    paths = [places.local(text) for text in argv[1:]]
    if not paths:
        raise UsageError(
            "Expected directories of runs, as in `python -m nas_tf.report "
            "runs/digits`. Received: none"
        )
    if FLAGS.watch and (FLAGS.compare or len(paths) > 1):
        raise UsageError(
            f"Expected one run with --watch. Received: {len(paths)}"
            + " and --compare" * FLAGS.compare
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
    from nas_tf.report import trained
    from nas_tf.report import training_page
    from nas_tf.runs import directory

    output = places.local(FLAGS.output or path / "report.html")
    if directory.is_run(path):
        if FLAGS.watch:
            _watch(path, output)
        else:
            _write(output, _run_page(path))
            print(output)
        return
    training = trained.read(path)
    if training is None or FLAGS.watch:
        # Says what is wrong with it.
        directory.RunDirectory(path)
    _write(output, training_page.make(path.resolve().name, training))
    print(output)


def _run_page(path, **live):
    from nas_tf.report import run
    from nas_tf.report import run_page

    subject = run.read(path)
    if FLAGS.random is None:
        rival = run.find_random(subject)
    else:
        rival = run.read(FLAGS.random)
        run.check_random(subject, rival)
    return run_page.make(subject, rival, FLAGS.top_k, **live)


def _watch(path, output):
    from nas_tf.report import watch

    def write(text):
        nonlocal told
        _write(output, text)
        if not told:
            print(f"{output}\nOpen it in a browser. Ctrl-C ends the watching.")
            sys.stdout.flush()
        told = True

    told = False
    ended = watch.watch(path, functools.partial(_run_page, path), write)
    print("The search has ended." if ended else "The search goes on.")


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
    output = places.local(FLAGS.output or "compare.html")
    _write(output, compare_page.make(runs))
    print(output)


def _write(path, text):
    """Replaces a page atomically."""
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


if __name__ == "__main__":
    commands.run(main)
