"""The comparison with KerasTuner measures scripts as they are."""

import pathlib
import re
import sys

import pytest

from benchmarks.keras_tuner import measured

ROOT = pathlib.Path(__file__).parent.parent
FOLDER = ROOT / "benchmarks" / "keras_tuner"
PAGE = ROOT / "docs" / "keras_tuner.md"

# Writes what nas_tf writes about two children, and works for 0.3 seconds.
SCRIPT = """
import json, pathlib, sys, time
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
with open(pathlib.Path(sys.argv[1], "trials.jsonl"), "w") as file:
    for status, accuracy in (("ok", 0.5), ("nan", 0), ("ok", 0.75)):
        record = {"status": status, "started": time.time(), "seconds": 0.0}
        record["metrics"] = {"val_accuracy": accuracy}
        file.write(json.dumps(record) + "\\n")
        time.sleep(0.5)
print("test", 0.625)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return measured.run([sys.executable, "-c", SCRIPT, str(folder)], folder)


def test_a_run_has_its_children_and_its_test_score(run):
    assert [event.accuracy for event in run.events] == [0.5, 0.75]
    assert run.best == 0.75
    assert run.test == 0.625
    assert run.reached(0.6) == run.events[1]


def test_processor_time_is_not_the_time_on_the_clock(run):
    first, last = run.events
    assert 0 < first.wall < last.wall
    assert 0.2 < last.cpu < 0.5 + last.wall - first.wall
    assert last.cpu <= run.cpu


def test_a_script_that_fails_is_told(tmp_path):
    with pytest.raises(RuntimeError, match="no such thing"):
        measured.run(
            [sys.executable, "-c", "raise SystemExit('no such thing')"],
            tmp_path,
        )


def code_lines(script):
    """Returns the number of lines but for blank ones and the docstring."""
    lines = (FOLDER / f"{script}.py").read_text().splitlines()
    return sum(1 for line in lines if line and not line.startswith('"""'))


def test_the_page_counts_the_lines_of_the_scripts():
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r"\| lines of code \| (\d+) \| (\d+) \|", text)
    scripts = ("with_keras_tuner", "with_nas_tf")
    assert [*map(int, found.groups())] == [*map(code_lines, scripts)]
