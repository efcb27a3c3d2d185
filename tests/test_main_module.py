"""Parts defined where a search is started, and scripts without a guard."""

import functools
import importlib.util
import pathlib
import pickle
import subprocess
import sys
import threading

import pytest

from nas_tf.errors import UsageError
from nas_tf.executors import _main_module
from tests.calls import leave

ROOT = pathlib.Path(__file__).parent.parent

PARTS = """
import dataclasses
import functools

from nas_tf import run_search, trial
from nas_tf.decisions import Categorical
from nas_tf.evaluators.base import Evaluator
from nas_tf.spaces.base import SearchSpace
from nas_tf.strategies.base import Sample, Strategy


@functools.cache
def scale():
    return 10


@dataclasses.dataclass(frozen=True)
class Space(SearchSpace):
    decisions = (Categorical("a", 3, labels=(1, 2, 3)),)


@dataclasses.dataclass
class InOrder(Strategy):
    def propose(self, count, length, seed):
        return [Sample((number % 3,), 0.0) for number in range(count)]

    def update(self, trials):
        return {}


@dataclasses.dataclass(frozen=True)
class Labels(Evaluator):
    needs_task = False

    def evaluate(self, space, task, actions, seed):
        [label] = space.decode(actions).choices
        return trial.Result(trial.OK, float(label * scale()), spec={})


"""
SEARCH = """
result = run_search(
    Space(), strategy=InOrder(), evaluator=Labels(),
    executor="{executor}", max_children=3, children_per_replica=3)
print(sorted(trial.reward for trial in result.trials))
"""
GUARDED = 'if __name__ == "__main__":' + SEARCH.replace("\n", "\n    ")
WORKERS = "process(workers=1)"


def run(command, folder):
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def script(folder, search, executor=WORKERS):
    path = folder / "mine.py"
    path.write_text(PARTS + search.format(executor=executor))
    return path


@pytest.mark.slow
def test_parts_of_a_notebook_reach_the_workers(tmp_path):
    """As in a notebook, the main module of `python -c` is no file."""
    code = PARTS + SEARCH.format(executor=WORKERS)
    found = run(["-c", code], tmp_path)
    assert found.stdout == "[10.0, 20.0, 30.0]\n", found.stderr


@pytest.mark.slow
@pytest.mark.parametrize("start", [["mine.py"], ["-m", "mine"]])
def test_parts_of_a_script_reach_the_workers(tmp_path, start):
    script(tmp_path, GUARDED)
    found = run(start, tmp_path)
    assert found.stdout == "[10.0, 20.0, 30.0]\n", found.stderr


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed"
)
def test_parts_of_a_notebook_reach_the_workers_of_ray(tmp_path):
    code = PARTS + SEARCH.format(executor="ray(workers=1)")
    found = run(["-c", code], tmp_path)
    assert found.stdout == "[10.0, 20.0, 30.0]\n", found.stderr


@pytest.mark.slow
@pytest.mark.parametrize("executor", [WORKERS, "ray(workers=1)"])
def test_a_script_without_a_guard_is_told_so_at_once(tmp_path, executor):
    if executor.startswith("ray"):
        pytest.importorskip("ray")
    found = run([script(tmp_path, SEARCH, executor)], tmp_path)
    line = found.stderr.strip().splitlines()[-1]
    number = PARTS.count("\n") + 2
    assert 'below `if __name__ == "__main__":`' in line
    assert f"runs mine.py too. Received: a search in line {number}," in line
    assert found.stdout == "" and found.returncode == 1
    # One process, one traceback.
    assert found.stderr.count("Traceback") == 1


@pytest.mark.slow
def test_a_script_without_a_guard_may_search_inline(tmp_path):
    found = run([script(tmp_path, SEARCH, "inline")], tmp_path)
    assert found.stdout == "[10.0, 20.0, 30.0]\n", found.stderr


@pytest.mark.slow
def test_a_script_from_standard_input_is_told_so(tmp_path):
    code = f"exec({PARTS + SEARCH.format(executor=WORKERS)!r})"
    found = subprocess.run(
        [sys.executable, "-"],
        input=code,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    line = found.stderr.strip().splitlines()[-1]
    assert "a script in a file" in line and "Received: <stdin>" in line


def checked(monkeypatch, tmp_path, text):
    """Runs a file as the main module does, and returns what it is told."""
    path = tmp_path / "script.py"
    path.write_text(text)
    monkeypatch.setattr(_main_module, "_file", lambda: str(path))
    exec(
        compile(text, str(path), "exec"),
        {"check": _main_module.check_guard, "__name__": "__main__"},
    )


@pytest.mark.parametrize(
    "text",
    [
        "if __name__ == '__main__':\n    check()",
        "def main():\n    check()\nif '__main__' == __name__:\n    main()",
        "import multiprocessing\n"
        "if multiprocessing.parent_process() is None:\n"
        "    for _ in range(1):\n        check()",
    ],
)
def test_guards(monkeypatch, tmp_path, text):
    checked(monkeypatch, tmp_path, text)


@pytest.mark.parametrize(
    "text, line",
    [
        ("check()", 1),
        ("print(__name__)\nif True:\n    check()", 3),
        ("def main():\n    check()\nif __name__ == 'x':\n    1\nmain()", 5),
    ],
)
def test_no_guards(monkeypatch, tmp_path, text, line):
    with pytest.raises(UsageError, match=f"in line {line}, outside of it"):
        checked(monkeypatch, tmp_path, text)


def test_what_plain_pickle_refuses_travels_with_its_code():
    call = pickle.loads(_main_module.dumps((lambda x: x + 1, (2,), {})))
    assert call[0](*call[1]) == 3
    # What can be imported goes by its name.
    assert pickle.loads(_main_module.dumps((leave, (), {})))[0] is leave


def test_cached_functions_of_a_main_module_travel(monkeypatch):
    @functools.lru_cache(maxsize=3)
    def double(x):
        return 2 * x

    double.__module__ = "__main__"
    monkeypatch.setattr(_main_module, "_file", lambda: None)
    found, _, _ = pickle.loads(_main_module.dumps((double, (), {})))
    assert found(4) == 8 and found.cache_parameters()["maxsize"] == 3


def test_what_cannot_travel_is_told_in_one_line():
    with pytest.raises(UsageError) as caught:
        _main_module.dumps((len, (threading.Lock(),), {}))
    assert "Expected parts that can be sent to a worker" in str(caught.value)
    assert "\n" not in str(caught.value)
