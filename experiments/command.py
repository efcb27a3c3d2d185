"""How every experiment starts, goes on and ends."""

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

FLAGS = flags.FLAGS


def run(name, stages, report):
    """Runs an experiment; does not return.

    Args:
        name: Of the experiment's package below `experiments`.
        stages: Function of the folder that yields lists of `Job`; each list
            is made when those before it are done.
        report: Function of the folder that writes tables and plots.
    """
    flags.DEFINE_string(
        "folder", f"experiments/{name}", "Where runs and results go."
    )
    flags.DEFINE_integer(
        "jobs", None, "Commands at a time; without, one a core.", lower_bound=1
    )
    flags.DEFINE_list(
        "only", ["*"], "Patterns of the names of runs; the others are left."
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
                    + " failed. The same command tries again."
                )
            if any(job.share_done() < 1 for job in stage):
                print("Some runs are left, so there is no report yet.")
                return
        page = folder / "README.md"
        if not page.exists():
            # A second run has the same page, to be filled by it.
            shutil.copy(jobs.ROOT / "experiments" / name / page.name, page)
        report(folder)

    try:
        commands.run(main)
    except KeyboardInterrupt:
        print("\nStopped. Go on by the same command.", file=sys.stderr)
        sys.exit(commands.INTERRUPTED_EXIT_CODE)


def _made(folder):
    """Returns a folder that is there and can be written to.

    Raises:
        UsageError: If it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UsageError(
            f"Expected --folder to be one that can be written to. Received: "
            f"{error}"
        ) from error


def _is_wanted(name):
    return any(fnmatch.fnmatch(name, pattern) for pattern in FLAGS.only)
