"""Runs an experiment: starts it, resumes it, and writes its page."""

import fnmatch
import os
import pathlib
import shutil
import sys
import tempfile

from absl import flags

from experiments import jobs
from nas_tf import commands
from nas_tf.errors import UsageError
from nas_tf.machine import halting

FLAGS = flags.FLAGS


def run(name, stages, report, partly=False):
    """Runs an experiment; does not return.

    Args:
        name: Name of the experiment's package in `experiments`.
        stages: Function of the folder that yields lists of `Job`. The jobs of
            a list may use the results of earlier lists.
        report: Function of the folder that writes tables and plots.
        partly: Whether it does so of those runs that are finished. Default:
            False, for no report before all are.
    """
    flags.DEFINE_string("folder", f"experiments/{name}", "Output folder.")
    flags.DEFINE_integer(
        "jobs",
        None,
        "Commands at a time. Default: one per core.",
        lower_bound=1,
    )
    flags.DEFINE_list(
        "only",
        ["*"],
        "Patterns of the names of runs to make, such as random_*.",
    )

    def main(argv):
        if len(argv) > 1:
            raise UsageError(f"Expected flags only. Received: {argv[1]}")
        os.chdir(jobs.ROOT)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        folder = _made(pathlib.Path(FLAGS.folder))
        limit = FLAGS.jobs or len(os.sched_getaffinity(0))
        for stage in stages(folder):
            chosen = [job for job in stage if _is_wanted(job.name)]
            failed = jobs.run(chosen, limit)
            if failed:
                sys.exit(
                    "error: "
                    + ", ".join(job.name for job in failed)
                    + " failed. The same command tries them again."
                )
            if any(job.share_done() < 1 for job in stage):
                if partly:
                    break
                print("Some runs are not finished, so there is no report yet.")
                return
        page = folder / "README.md"
        if not page.exists():
            # A run in another folder fills a copy of the page.
            shutil.copy(jobs.ROOT / "experiments" / name / page.name, page)
        report(folder)

    try:
        commands.run(main)
    except KeyboardInterrupt:
        print("\nStopped. The same command resumes.", file=sys.stderr)
        sys.exit(halting.INTERRUPTED_EXIT_CODE)


def _made(folder):
    """Makes a folder, if there is none, and returns it.

    Raises:
        UsageError: If it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UsageError(
            f"Expected --folder to be a folder that can be written to. "
            f"Received: "
            f"{error}"
        ) from error


def _is_wanted(name):
    return any(fnmatch.fnmatch(name, pattern) for pattern in FLAGS.only)
