"""The API reference can be built, and the list of public names is complete."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent
SCRIPT = ROOT / "docs" / "reference.py"
PAGE = ROOT / "docs" / "api.md"


def test_the_page_lists_what_is_public():
    spec = importlib.util.spec_from_file_location("reference", SCRIPT)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert PAGE.read_text(encoding="utf-8") == reference.listing(), (
        "Public names or their docstrings have changed. Run: "
        "python docs/reference.py docs/api.md"
    )


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_without_a_target_it_says_how_it_is_used():
    done = run()
    assert done.returncode == 1
    assert done.stderr.startswith("Usage: python ")


# It imports every part and renders 50 pages in 20 seconds.
@pytest.mark.slow
def test_pages_are_built_without_warnings(tmp_path):
    pytest.importorskip("pdoc")
    done = run(str(tmp_path / "docs"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout == f"Written: {tmp_path / 'docs' / 'index.html'}\n"
    front = (tmp_path / "docs" / "nas_tf.html").read_text(encoding="utf-8")
    for name in ("run_search", "NASCell", "load_spec"):
        assert f'id="{name}"' in front
    # Arguments are lists, also those of a layer's call.
    assert ">Call arguments:</h6>" in front
    assert "<strong>projection:</strong>" in front
    conv = tmp_path / "docs" / "nas_tf" / "spaces" / "conv.html"
    assert "<strong>filter_heights:</strong>" in conv.read_text("utf-8")
    assert list(tmp_path.rglob("_ray_worker.html")) == []
