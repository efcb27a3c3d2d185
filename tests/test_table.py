"""A result as a data frame."""

import sys

import pytest

import nas_tf
from tests import toy
from tests.test_api_result import TRIALS
from tests.test_api_result import result


def test_a_row_for_each_trial():
    pandas = pytest.importorskip("pandas")
    frame = result().to_dataframe()
    assert frame["trial_id"].tolist() == [0, 1, 2, 3]
    assert frame["status"].tolist() == ["ok", "ok", "error", "ok"]
    assert frame["val_quality"].tolist()[:2] == [3.0, 9.0]
    assert pandas.isna(frame["val_quality"][2])
    assert frame["params"].tolist()[:2] == [10, 1200]
    assert frame["op/1"].tolist() == [0, 1, 2, 0]
    assert frame["error"][2] == "a\nb"
    assert str(frame["started"][1]) == "1970-01-01 00:01:40+00:00"
    assert frame.sort_values("reward")["trial_id"].iloc[0] == 2
    assert len(frame.columns) == len(set(frame.columns))


def test_a_run_without_trials_is_an_empty_frame():
    pytest.importorskip("pandas")
    assert len(result([]).to_dataframe()) == 0


def test_rows_of_a_search(tmp_path):
    pytest.importorskip("pandas")
    found = nas_tf.run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        max_children=5,
    )
    frame = found.to_dataframe()
    assert len(frame) == 5
    assert frame["reward"].tolist() == [t.reward for t in found.trials]
    assert frame["architecture"][0].startswith("op ")


def test_without_pandas_there_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(nas_tf.UsageError, match="pip install pandas") as caught:
        result(TRIALS).to_dataframe()
    assert "\n" not in str(caught.value)
