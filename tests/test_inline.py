"""The executor that runs children in this process."""

import pytest

from nas_tf.executors.inline import Inline
from nas_tf.search.run_search import run_search
from nas_tf.seeds import derive_seed
from tests import calls
from tests.toy import ToyEvaluator
from tests.toy import ToySpace
from tests.toy import ToyTask


def test_what_the_function_returned_is_there_at_once():
    future = Inline().submit(divmod, 7, 2)
    assert future.done()
    assert future.result() == (3, 1)


def test_the_inline_executor_raises_what_the_function_raised():
    future = Inline().submit(calls.raise_timeout)
    assert Inline().failure(future) is None
    with pytest.raises(TimeoutError, match="of its own"):
        future.result()


def test_an_interrupt_is_not_kept_by_the_inline_executor():
    with pytest.raises(KeyboardInterrupt):
        Inline().submit(calls.interrupt)


def test_a_bug_in_the_evaluator_is_an_error_of_its_child():
    endings = [derive_seed(0, "child", number) % 10 for number in range(3)]
    assert endings == [0, 6, 0]
    archive = run_search(
        ToySpace(),
        ToyTask(),
        strategy="random_search",
        evaluator=ToyEvaluator(misdeeds=((6, "bug"),)),
        executor=Inline(),
        max_children=3,
    )
    statuses = [trial.result.status for trial in archive.trials]
    assert statuses == ["ok", "error", "ok"]


def test_a_child_cannot_end_the_search():
    future = Inline().submit(calls.leave)
    with pytest.raises(RuntimeError, match="SystemExit: 5"):
        future.result()


@pytest.mark.parametrize("gpus, device", [("", "the CPU"), ("0", "a GPU")])
def test_executors_say_where_children_run(monkeypatch, gpus, device):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpus)
    described = f"this process on {device}, one child at a time"
    assert Inline().describe() == described
