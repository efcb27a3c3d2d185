"""What a machine lacks is told in one line."""

import errno
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

import pytest

from nas_tf.commands import lacking
from tests import forked


@pytest.mark.parametrize(
    "error, words",
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left"),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE), "a"), "files: a"),
        (PermissionError(errno.EROFS, "Read-only file system"), "Read-only"),
        (FileNotFoundError(2, "No usable temporary directory in []"), "usable"),
        (RuntimeError("can't start new thread"), "new thread"),
        (ImportError("x.so: failed to map segment from it"), "failed to map"),
        (MemoryError(), "more memory"),
    ],
)
def test_what_is_lacking_is_one_line_however_it_was_raised(error, words):
    assert words in lacking.line(error)
    around = RuntimeError("of a library")
    around.__cause__ = error
    assert lacking.line(around) == lacking.line(error)
    assert "\n" not in lacking.line(error)


@pytest.mark.parametrize(
    "error",
    [ValueError("a bug"), FileNotFoundError(2, "No such file"), KeyError(1)],
)
def test_any_other_exception_keeps_its_traceback(error):
    assert lacking.line(error) == ""


TOY = (
    "nas_tf.search",
    "--space=tests.toy_space",
    "--task=tests.toy_task",
    "--evaluator=tests.toy_evaluator(seconds=0.0)",
    "--strategy=random_search",
    "--executor=inline",
    "--max_children=2",
)


@pytest.mark.parametrize("home", ["/proc/none", "/dev/null", ""])
def test_a_home_that_cannot_be_written_is_not_needed(tmp_path, home):
    env = {**os.environ, "HOME": home, "XDG_CACHE_HOME": ""}
    for name in ("NAS_TF_CACHE_DIR", "MPLCONFIGDIR"):
        env.pop(name, None)
    run = tmp_path / "run"
    done = forked.command(*TOY, f"--run_dir={run}", env=env)
    assert done.returncode == 0, done.stderr
    done = forked.command("nas_tf.report", run, env=env)
    assert done.returncode == 0 and "Traceback" not in done.stderr


def refused(*command):
    """Runs a command in a process of its own; returns its line."""
    done = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=forked.ROOT,
        env={**os.environ, "PYTHONPATH": str(forked.ROOT)},
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("setpriv"), reason="util-linux is missing")
@pytest.mark.parametrize("count", [1, 4])
def test_too_few_threads_for_native_libraries_are_one_line(tmp_path, count):
    # Root has no such limit, unless it becomes somebody else, who may still
    # read all files here.
    mine = "-all,+dac_override,+dac_read_search"
    own = [f"--{kind}-caps={mine}" for kind in ("inh", "ambient")]
    other = ("setpriv", "--reuid=23456", "--clear-groups", *own)
    line = refused(
        *(other if os.getuid() == 0 else ()),
        *("prlimit", f"--nproc={count}"),
        *(sys.executable, "-m", *TOY, f"--run_dir={tmp_path / 'run'}"),
    )
    assert "can't start new thread. The same command goes on." in line
    assert not (tmp_path / "run").exists()


# Makes the folders of temporary files read-only for one command.
READ_ONLY = """
mount --make-rprivate /
for folder in "${TMPDIR:-/tmp}" /tmp /var/tmp "$PWD"; do
  mount --bind "$folder" "$folder" && mount -o remount,ro,bind "$folder"
done
exec "$@"
"""


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_without_a_folder_for_temporary_files_there_is_one_line(tmp_path):
    shown = pathlib.Path("/dev/shm", f"nas_tf_{secrets.token_hex(8)}")
    command = (sys.executable, "-m", *TOY, f"--run_dir={shown / 'run'}")
    shown.mkdir()
    try:
        line = refused("unshare", "-m", "sh", "-c", READ_ONLY, "sh", *command)
    finally:
        shutil.rmtree(shown)
    assert "No usable temporary directory" in line
