"""A type checker understands a user's script, and finds its mistakes."""

import os
import pathlib
import subprocess
import sys

import pytest

# A run of mypy takes 5 to 20 seconds.
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
def mypy(tmp_path_factory):
    """Returns a function that runs mypy in a folder, with one cache for all."""
    cache = tmp_path_factory.mktemp("cache")

    def run(folder, *arguments):
        return subprocess.run(
            [
                *(sys.executable, "-m", "mypy"),
                f"--config-file={ROOT / 'pyproject.toml'}",
                f"--cache-dir={cache}",
                *arguments,
            ],
            cwd=folder,
            env={**os.environ, "MYPYPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )

    return run


def test_good_code_has_no_errors(mypy, tmp_path):
    (tmp_path / "script.py").write_text(GOOD)
    done = mypy(tmp_path, "script.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_mistakes_are_found(mypy, tmp_path):
    lines = ["import nas_tf", *MISTAKES]
    (tmp_path / "script.py").write_text("\n".join(lines) + "\n")
    found = mypy(tmp_path, "script.py").stdout.splitlines()
    for number, words in enumerate(MISTAKES.values(), 2):
        start = f"script.py:{number}: error:"
        said = [line for line in found if line.startswith(start)]
        assert any(words in line for line in said), (words, found)


def test_the_package_is_true_to_its_types(mypy, tmp_path):
    done = mypy(tmp_path, "--package=nas_tf")
    assert done.returncode == 0, done.stdout + done.stderr
