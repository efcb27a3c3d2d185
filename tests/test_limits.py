"""Numbers that would fill a machine are refused in one line, at once."""

import pathlib

import pytest

from nas_tf import commands
from nas_tf import registry
from nas_tf.errors import LONGEST
from nas_tf.errors import UsageError
from nas_tf.registry import options
from nas_tf.search.run_search import run_search
from tests import forked
from tests.toy import ToyEvaluator
from tests.toy import ToySpace
from tests.toy import ToyTask

HUGE = 10**30
DIGITS = "9" * 400
PICTURES = "image_folder(path='x', {})"
PARTS = [
    ("tasks", "digits(epochs={})"),
    ("tasks", "digits(batch_size={})"),
    ("tasks", "digits(split_seed={})"),
    ("tasks", PICTURES.format("image_size={}")),
    ("tasks", PICTURES.format("split_seed={}")),
    ("tasks", "text(path='x', steps={})"),
    ("tasks", "grammar_translation(max_length={})"),
    ("tasks", "grammar_translation(beam_width={})"),
    ("spaces", "conv(num_layers={})"),
    ("spaces", "conv(num_filters=(8, {}))"),
    ("spaces", "dense(num_layers={})"),
    ("spaces", "dense(units=({},))"),
    ("spaces", "enas_macro(filters={})"),
    ("spaces", "enas_micro(num_repeats={})"),
    ("spaces", "nasbench201(cells={})"),
    ("spaces", "nasnet(filters={})"),
    ("spaces", "tree(base={})"),
    ("strategies", "surrogate(candidates={})"),
    ("evaluators", "standalone(devices={})"),
    ("evaluators", "shared(derive={})"),
    ("executors", "process(workers={})"),
    ("executors", "process(threads={})"),
    ("executors", "process(time_limit={})"),
    ("executors", "process(memory_limit={})"),
    ("executors", "ray(workers={})"),
    ("executors", "ray(num_cpus={})"),
]


@pytest.mark.parametrize("number", [str(HUGE), DIGITS, "-1", "1e999"])
@pytest.mark.parametrize("package, call", PARTS, ids=lambda part: str(part))
def test_a_number_out_of_range_is_refused(package, call, number):
    with pytest.raises(UsageError, match="Expected `.*` to be") as caught:
        registry.make(package, call.format(number))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= LONGEST


@pytest.mark.parametrize("minutes", [0.0, 1e300, float("inf"), float("nan")])
def test_a_command_refuses_minutes_that_no_timer_can_wait(minutes):
    with (
        pytest.raises(UsageError, match="`max_minutes` to be"),
        commands.orderly_end("nas_tf.search", pathlib.Path("x"), minutes),
    ):
        pass


def test_more_replicas_than_children_draw_no_more_batches(tmp_path):
    archive = run_search(
        ToySpace(),
        ToyTask(),
        strategy="random_search",
        evaluator=ToyEvaluator(),
        run_dir=tmp_path / "run",
        max_children=20,
        children_per_replica=8,
        num_replicas=100_000,
    )
    assert len(archive.trials) == 20
    assert len(archive.batches) == 3


@pytest.mark.parametrize("call", ["{}", "conv(a='{}')", "conv({}=1)", "a.{}"])
def test_long_calls_are_refused_and_not_echoed(call):
    for length in (5_000, 50_000, 5_000_000):
        with pytest.raises(UsageError) as caught:
            registry.make("spaces", call.format("a" * length))
        assert len(str(caught.value)) <= LONGEST


def test_limits_are_listed():
    (found,) = (
        option.wanted
        for option in options.describe("spaces", "dense").options
        if option.name == "num_layers"
    )
    assert found == "a whole number from 1 to 1000"


@pytest.mark.parametrize(
    "flag",
    [f"--num_replicas={HUGE}", "--executor=process(threads=1000000)"],
)
def test_the_command_ends_with_code_2(tmp_path, flag):
    done = forked.command(
        "nas_tf.search",
        "--space=tests.toy_space",
        "--task=tests.toy_task",
        "--evaluator=tests.toy_evaluator",
        "--strategy=random_search",
        "--max_children=4",
        f"--run_dir={tmp_path / 'run'}",
        flag,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()
