"""Architectures looked up in tables, invented ones and a real one.

The real one is read where `NAS_TF_DATA_DIR` names a folder that has
`nasbench201/nasbench201.csv.gz`.
"""

import dataclasses
import gzip
import os
import pathlib
import pickle

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.errors import UsageError
from nas_tf.evaluators import tabular
from nas_tf.evaluators.tabular import Tabular
from nas_tf.runs.journal import read_trials
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.spaces.base import SearchSpace
from nas_tf.tasks.base import NoTask


@dataclasses.dataclass(frozen=True)
class Numbers(SearchSpace):
    decisions = (Categorical("number", 9),)

    def key(self, actions):
        return str(actions[0])


SPACE = registry.make("spaces", "nasbench201")
ROWS = """number,ops,valid,test,name
0,000000,10.5,12,nothing
1,333132,84.25,94.5,"best, by far"

2,421211,63.364,85.8633,first
"""
COLUMNS = {"key": "ops", "reward": "valid", "quality": "test"}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(ROWS)
    return path


def make(path, **arguments):
    arguments = {**COLUMNS, **arguments}
    text = ", ".join(f"{k}={v!r}" for k, v in arguments.items())
    return registry.make("evaluators", f"tabular(path={str(path)!r}, {text})")


def look_up(evaluator, digits, space=SPACE):
    actions = tuple(int(digit) for digit in digits)
    return evaluator.evaluate(space, NoTask(), actions, seed=0)


def test_a_row_is_a_result(path):
    result = look_up(make(path), "333132")
    assert result.status == "ok"
    assert result.reward == 84.25
    assert result.metrics == {"quality": 94.5}
    assert result.spec == SPACE.decode((3, 3, 3, 1, 3, 2)).to_json()
    assert result.params is None
    assert result.error == ""
    assert result.started > 0
    assert 0 <= result.seconds < 5


def test_scale_is_a_factor_of_both(path):
    result = look_up(make(path, scale=0.01), "333132")
    assert result.reward == pytest.approx(0.8425)
    formula = make(path, scale=0.01).reward_formula(NoTask())
    assert formula == "the table's column valid times 0.01"
    assert result.metrics["quality"] == pytest.approx(0.945)


def test_quality_is_optional(path):
    assert look_up(make(path, quality=None), "000000").metrics == {}


def test_further_columns_are_metrics(path):
    result = look_up(
        make(path, quality=None, metrics=("test", "number"), scale=0.01),
        "333132",
    )
    assert result.reward == pytest.approx(0.8425)
    # `scale` is for rewards and qualities only.
    assert result.metrics == {"test": 94.5, "number": 1.0}
    assert result.params is None


def test_a_column_of_parameters(path):
    result = look_up(make(path, params="number"), "421211")
    assert result.params == 2
    assert isinstance(result.params, int)
    assert result.metrics == {"quality": 85.8633}
    assert make(path, params="number").knows("params")
    assert not make(path).knows("params")


def test_metrics_named_as_sizes_are_sizes(path):
    path.write_text("ops,valid,params,multiply_adds\n000000,1,5,1e6\n")
    names = ("params", "multiply_adds")
    result = look_up(make(path, quality=None, metrics=names), "000000")
    assert (result.params, result.multiply_adds) == (5, 1_000_000)
    assert result.metrics == {"params": 5, "multiply_adds": 1_000_000}


@pytest.mark.parametrize("cell", ["1.5", "-1", "nan", "", "many"])
def test_a_size_is_a_whole_number(path, cell):
    path.write_text(f"ops,valid,params\n000000,1,{cell}\n")
    with pytest.raises(UsageError, match="a whole number as 'params' in line"):
        make(path, quality=None, params="params")


@pytest.mark.parametrize(
    "options",
    [
        {"metrics": ("test", "test")},
        {"metrics": (1,)},
        {"metrics": "test"},
        {"metrics": ("reward",)},
        {"metrics": ("nowhere",)},
        {"params": "nowhere"},
        {"params": 3},
        {"scale": 0},
    ],
)
def test_bad_options_are_refused(path, options):
    with pytest.raises(UsageError):
        make(path, **options)


def test_a_table_has_a_pareto_front(tmp_path, monkeypatch):
    (tmp_path / "chains_with_sizes.py").write_text(OTHER_SPACE)
    monkeypatch.syspath_prepend(tmp_path)
    rows = ["arch,accuracy,size"]
    for cell in np.ndindex(3, 3, 3):
        name = "-".join("abc"[i] for i in cell)
        rows.append(f"{name},{min(sum(cell), 4)},{10 + sum(cell)}")
    path = tmp_path / "sizes.csv"
    path.write_text("\n".join(rows))
    archive = run_search(
        "chains_with_sizes",
        evaluator=f"tabular(path={str(path)!r}, key='arch', "
        f"reward='accuracy', params='size')",
        strategy="random_search",
        max_children=200,
    )
    front = archive.pareto_front()
    assert [t.result.params for t in front] == [10, 11, 12, 13, 14]
    assert [t.reward for t in front] == [0, 1, 2, 3, 4]


def test_an_architecture_without_a_row_is_invalid(path):
    result = look_up(make(path), "444444")
    assert (result.status, result.reward) == ("invalid", 0.0)
    assert result.metrics == {}
    assert result.spec == SPACE.decode((4,) * 6).to_json()
    assert "Received: none with ops 444444" in result.error
    assert "\n" not in result.error


def test_actions_that_are_not_valid_are_invalid(path):
    result = look_up(make(path), "999999")
    assert (result.status, result.spec) == ("invalid", None)
    assert "action 0" in result.error


def test_it_needs_no_task():
    assert not Tabular.needs_task


def test_a_compressed_table_is_the_same(path):
    packed = path.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(ROWS.encode()))
    assert look_up(make(packed), "421211").reward == 63.364


def test_a_table_as_spreadsheets_write_it(path):
    path.write_bytes(ROWS.replace("\n", "\r\n").encode("utf-8-sig"))
    assert look_up(make(path, key="ops"), "421211").reward == 63.364
    assert make(path, reward="number")


def test_a_table_that_changed_is_read_again(path):
    evaluator = make(path)
    assert look_up(evaluator, "000000").reward == 10.5
    path.write_text(ROWS.replace("10.5", "11.25"))
    assert look_up(evaluator, "000000").reward == 11.25


def test_a_table_is_read_once(path, monkeypatch):
    evaluator = make(path)
    monkeypatch.setattr("builtins.open", None)
    for _ in range(3):
        assert look_up(evaluator, "000000").reward == 10.5


def test_it_travels_without_the_table(path):
    evaluator = make(path)
    look_up(evaluator, "000000")
    packed = pickle.dumps(evaluator)
    assert len(packed) < 1000
    assert pickle.loads(packed) == evaluator
    # The path may change between two starts of a search.
    assert registry.call_string(evaluator) == (
        "tabular(key='ops', reward='valid', quality='test', scale=1.0, "
        "metrics=(), params=None)"
    )


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({"key": "op"}, "column 'op' in .*: number, ops, valid, test, name"),
        ({"reward": "accuracy"}, "one column 'accuracy'.* Received: 0"),
        ({"quality": "Test"}, "one column 'Test'"),
        ({"reward": "name"}, "number as 'name' in line 2 .*'nothing'"),
        ({"scale": 0}, "`scale` to be a finite number > 0"),
        ({"scale": -1}, "scale"),
        ({"scale": "percent"}, "scale"),
        ({"key": None}, "`key` to be a string"),
        ({"column": "ops"}, "column'.*It takes: path, key, reward"),
    ],
)
def test_wrong_arguments_are_refused(path, arguments, expected):
    with pytest.raises(UsageError, match=expected) as caught:
        make(path, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "one column 'ops' in .*has: none"),
        ("ops,valid,test\n", "rows in .*Received: none"),
        ("ops,ops,valid,test\n0,0,1,1\n", "one column 'ops'.*Received: 2"),
        ("ops,valid,test\n0,1,1\n1,nan,1\n", "'valid' in line 3.*'nan'"),
        ("ops,valid,test\n0,1,1\n\n1,,1\n", "'valid' in line 4.*''"),
        ("ops,valid,test\n0,1,-inf\n", "'test' in line 2.*'-inf'"),
        ("ops,valid,test\n0,1e999,1\n", "'valid' in line 2.*'1e999'"),
        ("ops,valid,test\n0,2*3,1\n", "'valid' in line 2.*'2\\*3'"),
        ("ops,valid,test\n0,1,1\n0,2,2\n", "'ops' once.*'0' again in line 3"),
        ("ops,valid,test\n0,1\n", "3 cells in line 2.*Received: 2"),
        ("ops,valid,test\n0,1,2,3\n", "3 cells in line 2.*Received: 4"),
        ('ops,valid,test\n0,1,"2', "CSV file at .*unexpected end"),
        (b"ops,valid,test\n\xff,1,2\n", "CSV file in UTF-8 at .*0xff"),
        (b"ops,valid,test\n\x00,1,2\n1,x\n", "line 3|line contains NUL"),
    ],
)
def test_broken_tables_are_refused(path, text, expected):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match=expected) as caught:
        make(path)
    assert "\n" not in str(caught.value)
    assert "Received: " in str(caught.value)


def test_files_that_are_no_table_are_refused(tmp_path):
    for name, content in (("a.csv.gz", b"ops"), ("b.csv.gz", b"\x1f\x8b\x08")):
        (tmp_path / name).write_bytes(content)
    whole = gzip.compress(ROWS.encode())
    (tmp_path / "c.csv.gz").write_bytes(whole[:-20])
    for name in ("a.csv.gz", "b.csv.gz", "c.csv.gz", "nowhere.csv", ".", "\0"):
        with pytest.raises(UsageError, match="a CSV file at '") as caught:
            make(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert not str(caught.value).endswith("Received: ")


# Another table: chains of two to four of three operations.
OTHER_SPACE = '''
"""Chains of operations, the letters of their names."""

import dataclasses

from nas_tf.decisions import Categorical
from nas_tf.spaces.base import SearchSpace


@dataclasses.dataclass(frozen=True)
class Chain(SearchSpace):
    depth: int = 3

    @property
    def decisions(self):
        return (Categorical("op", 3, labels=("a", "b", "c")),) * self.depth

    def key(self, actions):
        return "-".join(self.decode(actions).choices)


make = Chain
'''


@pytest.mark.parametrize("depth", [2, 4])
def test_another_table_needs_one_small_file(tmp_path, monkeypatch, depth):
    lines = [line for line in OTHER_SPACE.splitlines() if line.strip()]
    assert len(lines) <= 15
    (tmp_path / "chains.py").write_text(OTHER_SPACE)
    monkeypatch.syspath_prepend(tmp_path)
    rows = ["arch,error"]
    for cell in np.ndindex(*(3,) * depth):
        name = "-".join("abc"[i] for i in cell)
        rows.append(f"{name},{sum(cell)}")
    (tmp_path / "other.csv").write_text("\n".join(rows))
    path = str(tmp_path / "other.csv")
    archive = run_search(
        f"chains(depth={depth})",
        evaluator=f"tabular(path={path!r}, key='arch', reward='error')",
        strategy="random_search",
        max_children=40,
    )
    assert {trial.result.status for trial in archive.trials} == {"ok"}
    for trial in archive.trials:
        assert trial.reward == sum(trial.proposal.actions)


@pytest.fixture
def real():
    folder = pathlib.Path(os.environ.get("NAS_TF_DATA_DIR") or "nowhere")
    path = folder / "nasbench201" / "nasbench201.csv.gz"
    if not path.is_file():
        pytest.skip("NAS_TF_DATA_DIR has no nasbench201/")
    return make(
        path,
        reward="cifar10_valid_e12",
        quality="cifar10_test_e200",
        scale=0.01,
    )


@pytest.mark.real_data
def test_real_table_has_the_published_best(real):
    results = {
        cell: real.evaluate(SPACE, NoTask(), cell, 0)
        for cell in np.ndindex(*(5,) * 6)
    }
    assert {result.status for result in results.values()} == {"ok"}
    quality = {c: r.metrics["quality"] for c, r in results.items()}
    best = max(quality.values())
    assert best == pytest.approx(0.94373, abs=5e-6)
    # Two cells have the best quality.
    names = {SPACE.key(cell) for cell in quality if quality[cell] == best}
    assert names == {"333132", "333123"}
    assert np.mean(list(quality.values())) == pytest.approx(0.8706, abs=5e-5)
    assert all(0 < r.reward < 1 for r in results.values())


@pytest.mark.real_data
def test_real_table_is_searched(real):
    archive = run_search(
        SPACE, evaluator=real, strategy="random_search", max_children=200
    )
    assert archive.best()[0].result.metrics["quality"] > 0.92


class Removing(Observer):
    def __init__(self, path):
        self.path = path

    def on_trial(self, archive, trial):
        self.path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "executor", ["inline", "process(workers=2, recycle=1)"]
)
def test_a_table_that_vanishes_ends_the_search_in_a_line(tmp_path, executor):
    path = tmp_path / "table.csv"
    path.write_text("key,reward\n" + "".join(f"{n},0.5\n" for n in range(9)))
    with pytest.raises(UsageError, match="CSV file at .*No such file") as told:
        run_search(
            Numbers(),
            strategy="random_search",
            evaluator=Tabular(path=str(path), key="key", reward="reward"),
            executor=executor,
            run_dir=tmp_path / "run",
            max_children=1000,
            observers=[Removing(path)],
        )
    assert "\n" not in str(told.value)
    statuses = [t.result.status for t in read_trials(tmp_path / "run")]
    assert statuses == ["ok"] * len(statuses) and 1 <= len(statuses) < 9


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1"]
)
def test_a_table_in_another_encoding_is_refused_as_such(tmp_path, encoding):
    path = tmp_path / "table.csv"
    for name in ("maß", "mass"):
        path.write_text(f"key,reward,{name}\n1,0.5,2\n", encoding=encoding)
        if (name, encoding) == ("mass", "latin-1"):
            continue
        with pytest.raises(UsageError, match="CSV file in UTF-8 at .*: "):
            Tabular(path=str(path), key="key", reward="reward")


def test_a_table_without_end_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(tabular, "LARGEST", 10**6)
    bomb = tmp_path / "table.csv.gz"
    with gzip.open(bomb, "wt") as file:
        file.write("key,reward\n")
        file.write("\n" * 2 * 10**6)
    assert bomb.stat().st_size < 10**5
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path, reason in (
        (bomb, "more than 1,000,000 bytes"),
        (pipe, "a pipe"),
        ("/dev/zero", "a device"),
    ):
        with pytest.raises(UsageError, match=reason) as caught:
            Tabular(path=str(path), key="key", reward="reward")
        assert "\n" not in str(caught.value)
