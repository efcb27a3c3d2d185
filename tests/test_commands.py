"""The commands as a user types them, end to end."""

import json
import os
import pathlib
import platform
import subprocess
import sys

import pytest

from tests import forked

ROOT = pathlib.Path(__file__).parent.parent

FILES = {
    "flags.txt",
    "configuration.json",
    "proposals.jsonl",
    "trials.jsonl",
    "checkpoint",
    "spent.json",
    "events",
    "best",
    "lock",
}
FIELDS = (
    "trial_id proposal_id batch seed actions log_prob spec status reward "
    "metrics params multiply_adds started seconds error"
)


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "digits"
    done = command(
        "nas_tf.search",
        f"--run_dir={folder}",
        "--space=conv(num_layers=1, num_filters=(4, 8))",
        "--task=digits(epochs=1)",
        "--executor=process(workers=1)",
        "--max_children=4",
        "--children_per_replica=2",
    )
    assert done.returncode == 0, done.stderr
    (folder.parent / "out").write_text(done.stdout)
    (folder.parent / "err").write_text(done.stderr)
    return folder


def test_a_search_says_what_it_found(run_dir):
    out = (run_dir.parent / "out").read_text()
    assert out.startswith("Space:    conv, 32 architectures by 4 decisions")
    assert "4 children finished. The best of them:" in out
    assert "\ntrial  accuracy  reward  parameters  architecture\n" in out
    assert "\nThe reward is accuracy cubed.\n" in out
    assert "on 600 validation examples" in " ".join(out.split())
    assert f"tensorboard --logdir={run_dir}\n" in out
    assert f"python -m nas_tf.train --architecture={run_dir}" in out
    best = json.loads((run_dir / "best" / "spec.json").read_text())
    first = best["spec"]["layers"][0]
    height, width = first["kernel"]
    assert f"1: {height}x{width}, {first['filters']} <- image" in out


def test_a_search_shows_nothing_but_its_progress(run_dir):
    err = (run_dir.parent / "err").read_text()
    # It is no terminal, so there are plain lines.
    assert "\r" not in err
    lines = err.splitlines()
    assert lines[-1].startswith("4/4 children in ")
    assert "best accuracy " in lines[-1]
    assert all("child" in line for line in lines), err


def test_a_search_leaves_its_run_directory(run_dir):
    assert {path.name for path in run_dir.iterdir()} == FILES
    lines = (run_dir / "trials.jsonl").read_text().splitlines()
    assert len(lines) == 4
    for line in lines:
        assert set(json.loads(line)) == set(FIELDS.split())


@pytest.mark.slow
def test_flags_txt_goes_on_with_the_run(run_dir):
    before = (run_dir / "trials.jsonl").read_bytes()
    done = forked.command(
        "nas_tf.search",
        f"--flagfile={run_dir}/flags.txt",
        "--executor=inline",
        "--max_children=6",
    )
    assert done.returncode == 0, done.stderr
    assert "Resuming after 4 finished children." in done.stdout
    after = (run_dir / "trials.jsonl").read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == 6


@pytest.mark.parametrize("given", [None, "0"])
def test_a_command_sets_up_tensorflow_before_parts_are_made(given):
    """A space of one's own may import Keras at the top of its module."""
    name = "TF_ENABLE_ONEDNN_OPTS"
    environment = {k: v for k, v in os.environ.items() if k != name}
    if given is not None:
        environment[name] = given
    code = (
        "import os\n"
        "from nas_tf import commands\n"
        f"commands.run(lambda argv: print(os.environ.get('{name}')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    on_by_default = platform.machine() in ("x86_64", "AMD64")
    expected = given or ("1" if on_by_default else "None")
    assert done.stdout == f"{expected}\n"
