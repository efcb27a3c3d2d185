"""A type checker understands a user's script, and finds its mistakes."""

import os
import pathlib
import subprocess
import sys

import pytest

# A run of mypy takes 20 seconds.
pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parent.parent

GOOD = """
import dataclasses

import nas_tf
from nas_tf import NAS

layer = NAS(650, projection=128, return_sequences=True)
spec = nas_tf.load_spec("best/spec.json")
print(spec.describe().upper(), nas_tf.NASCell(3).use_bias)
model = nas_tf.applications.NASConvNetV1(classes=4)


@dataclasses.dataclass(frozen=True)
class Space(nas_tf.SearchSpace):
    @property
    def decisions(self):
        return (nas_tf.Categorical("units", 3, labels=(8, 32, 128)),)

    def build(self, spec: nas_tf.Spec, task: nas_tf.Task):
        return nas_tf.applications.NASConvNetV1(classes=task.num_outputs)


print(Space().decode((1,)).lines()[0].upper())

result = nas_tf.run_search(Space(), "digits", max_children=3, progress=False)
print(result.best()[0].reward + 1, nas_tf.open_run("run").measure.upper())
result.best_model(epochs=3).predict([1])
"""

# A line with a mistake, and a part of what is said about it.
MISTAKES = {
    "nas_tf.no_such_name": "has no attribute",
    "nas_tf.NAS('650')": 'expected "int"',
    "nas_tf.Categorical(kind='units')": "Missing positional argument",
    "nas_tf.TreeCell(nas_tf.load_spec('x'), 650, dropout='0.5')": '"float"',
    "nas_tf.load_spec('x').describe() + 1": "Unsupported operand",
    "nas_tf.applications.NASConvNetV1(classes='ten')": 'expected "int"',
    "nas_tf.run_search('conv', 'digits', max_children='3')": '"int | None"',
    "nas_tf.open_run('run').best_modle()": "best_model",
}


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """The errors in the package and both scripts, by their module's name.

    One run of mypy reads all three, as the package takes most of its time.
    """
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "good.py").write_text(GOOD)
    lines = ["import nas_tf", *MISTAKES]
    (folder / "mistaken.py").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy"),
            f"--config-file={ROOT / 'pyproject.toml'}",
            f"--cache-dir={os.devnull}",
            "--package=nas_tf",
            *("--module=good", "--module=mistaken"),
        ],
        cwd=folder,
        env={**os.environ, "MYPYPATH": f"{folder}:{ROOT}"},
        capture_output=True,
        text=True,
    )
    *lines, last = done.stdout.splitlines()
    assert last.startswith("Found "), done.stdout + done.stderr
    found = {"good": [], "mistaken": [], "nas_tf": []}
    for line in lines:
        if ": error:" not in line:
            continue
        name = pathlib.Path(line.partition(":")[0]).stem
        found[name if name in found else "nas_tf"].append(line)
    return found


def test_good_code_has_no_errors(errors):
    assert errors["good"] == []


def test_mistakes_are_found(errors):
    for number, words in enumerate(MISTAKES.values(), 2):
        start = f"mistaken.py:{number}: error:"
        said = [line for line in errors["mistaken"] if line.startswith(start)]
        assert any(words in line for line in said), (words, errors)


def test_the_package_is_true_to_its_types(errors):
    assert errors["nas_tf"] == []
