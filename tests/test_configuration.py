"""What a run was started with, written, read and compared."""

import json
import pathlib
import re
import shutil

import pytest

from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1
from nas_tf.errors import UsageError
from nas_tf.files import write_json
from nas_tf.runs import configuration
from nas_tf.runs import flagfile
from nas_tf.runs.archive import Archive
from nas_tf.runs.directory import RunDirectory
from nas_tf.train.candidates import Candidate
from nas_tf.train.candidates import Candidates
from nas_tf.train.candidates import InOrder
from nas_tf.train.stages import Resumable
from tests import toy

ROOT = pathlib.Path(__file__).parent.parent
FORMAT_1 = {
    "format": 1,
    "space": {"name": "Conv", "num_layers": 6, "num_filters": [4, 8]},
    "task": {"name": "NoTask"},
    "evaluator": {"name": "Shaped", "cost": "x", "target": 2.0},
    "strategy": {"name": "OfAUser", "rate": 0.5, "names": []},
    "seed": 0,
}


def written(tmp_path, record):
    write_json(tmp_path / configuration.FILE, record)
    return tmp_path / configuration.FILE


def changes(path, record):
    """Returns what `compare` says has changed, "" for nothing."""
    try:
        configuration.compare(path, record)
    except UsageError as error:
        prefix = f"Directory {path.parent} belongs to another configuration: "
        assert str(error).startswith(prefix)
        return str(error).removeprefix(prefix)
    return ""


def test_format_1_is_read_as_call_strings(tmp_path):
    assert configuration.read(written(tmp_path, FORMAT_1)) == {
        "format": 1,
        "space": "conv(num_layers=6, num_filters=(4, 8))",
        "task": "none",
        "evaluator": "shaped(cost='x', target=2.0)",
        "strategy": "OfAUser(rate=0.5, names=())",
        "seed": 0,
    }


def test_format_1_is_compared_with_todays(tmp_path):
    path = written(tmp_path, FORMAT_1)
    new = {
        "format": 2,
        "space": registry.call_string(
            registry.make("spaces", "conv(num_layers=6, num_filters=(4, 8))")
        ),
        "task": "none",
        "evaluator": registry.call_string(
            registry.make("evaluators", "shaped(cost='x', target=2.0)")
        ),
        "strategy": "my.module.OfAUser(rate=0.5, names=())",
        "seed": 0,
        "measure": "accuracy",
        "decisions": [],
    }
    assert changes(path, new) == ""
    assert changes(path, {**new, "strategy": "random_search"}) == (
        "strategy was 'OfAUser', is now 'random_search'"
    )


def test_a_class_of_a_users_module_is_found_by_its_make(tmp_path, monkeypatch):
    (tmp_path / "space_of_a_user.py").write_text(
        "class Mine:\n    def __init__(self, a=1, b=2): pass\n\nmake = Mine\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = written(tmp_path, {"space": {"name": "Mine", "a": 1}})
    assert changes(path, {"space": "space_of_a_user(a=1, b=2)"}) == ""
    assert changes(path, {"space": "space_of_a_user(a=1, b=3)"}) == (
        "space.b was 2, is now 3"
    )


def test_options_are_compared_one_by_one(tmp_path):
    old = {
        "space": "conv(num_layers=6, num_filters=(4, 8))",
        "evaluator": "shaped(cost='x', target=2, evaluator='standalone')",
        "seed": 0,
    }
    path = written(tmp_path, old)
    assert changes(path, old) == ""
    new = {
        **old,
        "space": "conv(num_layers=8, num_filters=(4, 8), block_size=2)",
        "evaluator": old["evaluator"].replace(
            "'standalone'", "'standalone(latency=True)'"
        ),
        "seed": 1,
    }
    assert changes(path, new) == (
        "evaluator.evaluator.latency was False, is now True; "
        "seed was 0, is now 1; "
        "space.block_size was 1, is now 2; space.num_layers was 6, is now 8"
    )


@pytest.mark.parametrize(
    "new", ["conv(num_layers=6, block_size=1)", "conv(num_layers=6)"]
)
def test_an_option_that_was_added_since_is_at_its_default(tmp_path, new):
    path = written(tmp_path, {"space": "conv(num_layers=6)"})
    assert changes(path, {"space": new}) == ""


def test_what_follows_from_the_parts_is_not_compared(tmp_path):
    path = written(tmp_path, {"measure": "a", "decisions": [], "seed": 1})
    assert changes(path, {"seed": 1, "decisions": [1]}) == ""


@pytest.mark.parametrize("text", ['{"format":', "[]", "5"])
def test_a_broken_file_is_one_line(tmp_path, text):
    path = tmp_path / configuration.FILE
    path.write_text(text)
    with pytest.raises(UsageError, match=str(path)) as caught:
        configuration.read(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / configuration.FILE
    with pytest.raises(UsageError, match=f"Expected {path} beside"):
        configuration.compare(path, {})


OLD_RUNS = sorted(
    path.parent
    for path in (ROOT / "experiments").rglob(configuration.FILE)
    if (path.parent / "trials.jsonl").exists()
)
SEARCHES = [path for path in OLD_RUNS if (path / "flags.txt").exists()]
OLD_TRAININGS = sorted(
    path.parent
    for path in (ROOT / "experiments").rglob(configuration.FILE)
    if not (path.parent / "trials.jsonl").exists()
)


def test_every_kind_of_old_run_is_there():
    assert len(SEARCHES) >= 28
    assert len(OLD_RUNS) > len(SEARCHES)
    assert len(OLD_TRAININGS) >= 50


def each(paths):
    """Marks a test to run over the first seeds, and slowly over the others."""
    names = [str(path.relative_to(ROOT / "experiments")) for path in paths]
    return pytest.mark.parametrize(
        "path",
        [
            pytest.param(
                path,
                id=name,
                marks=pytest.mark.slow if re.search(r"_[1-9]", name) else [],
            )
            for path, name in zip(paths, names)
        ],
    )


@each(SEARCHES)
def test_a_published_search_is_the_one_its_flags_start(path, tmp_path):
    run = RunDirectory(path)
    new = {
        **run.configuration,
        **{
            name: registry.call_string(run.make(name))
            for name in configuration.PARTS
        },
    }
    assert changes(path / configuration.FILE, new) == ""
    copy = tmp_path / "run"
    shutil.copytree(path, copy)
    with Archive(copy, new) as archive:
        assert [*archive.trials, *archive.derived] == run.trials
    for file in (configuration.FILE, "proposals.jsonl", "trials.jsonl"):
        assert (copy / file).read_bytes() == (path / file).read_bytes()
    other = {**new, "task": new["task"].replace("epochs=", "epochs=1")}
    assert "task.epochs was" in changes(path / configuration.FILE, other)


def test_a_run_of_an_earlier_version_is_resumed_by_its_own_flags(tmp_path):
    then = configuration.strategy_of_then
    path = ROOT / "experiments" / "digits" / "runs" / "reinforce_0"
    assert then(path, "reinforce") == "reinforce(moves=0.0, distinct=False)"
    asked = "reinforce(distinct=True)"
    assert then(path, asked) == "reinforce(distinct=True, moves=0.0)"
    # Moves were not weighed by evidence before it was an option.
    moving = tmp_path / "moving"
    moving.mkdir()
    call = "reinforce(moves=0.5, parents=5, distinct=True)"
    write_json(moving / configuration.FILE, {"strategy": call})
    assert then(moving, "reinforce") == "reinforce(evidence=0.0)"
    # A new run, another strategy and a run of today are what they say.
    for folder, call in ((None, "ppo"), (tmp_path, "ppo"), (path, "ppo")):
        assert then(folder, call) == call
    today = registry.call_string(registry.make("strategies", "reinforce"))
    write_json(tmp_path / configuration.FILE, {"strategy": today})
    assert then(tmp_path, "reinforce") == "reinforce"


@each(OLD_TRAININGS)
def test_a_published_training_is_the_one_its_parts_are(path):
    old = configuration.read(path / configuration.FILE)
    flags = flagfile.read(path / "flags.txt")
    # The configuration does not say in which module a class of one's own is.
    own = "." in flags.get("space", "")
    space = flags["space"] if own else old["space"]
    # It does not say either where the data is, which this task must have.
    placed = old["task"].startswith("translation(")
    task = flags["task"] if placed else old["task"]
    new = {
        **old,
        "space": registry.call_string(registry.make("spaces", space)),
        "task": registry.call_string(registry.make("tasks", task)),
    }
    assert changes(path / configuration.FILE, new) == ""


@each(sorted(set(OLD_RUNS) - set(SEARCHES)))
def test_a_published_stage_of_a_training_is_the_one_its_parts_are(path):
    old = configuration.read(path / configuration.FILE)
    name, options = registry.parse_call(old["space"])
    assert name.rpartition(".")[2] == "Candidates"
    flags = flagfile.read(path.parent / "flags.txt")
    own = "." in flags.get("space", "")
    space = registry.make("spaces", flags["space"] if own else options["space"])
    # Earlier versions kept no specs.
    candidates = [
        Candidate(
            c["title"],
            space.read_spec(c["spec"]) if "spec" in c else V1,
            tuple(c["options"].items()),
        )
        for c in options["candidates"]
    ]

    def stage(candidates):
        return {
            **old,
            "space": registry.call_string(Candidates(space, tuple(candidates))),
            "task": registry.call_string(registry.make("tasks", old["task"])),
            "strategy": registry.call_string(InOrder()),
            "evaluator": registry.call_string(Resumable()),
        }

    file = path / configuration.FILE
    assert changes(file, stage(candidates)) == ""
    for other in (
        candidates[1:],
        candidates[::-1],
        [*candidates, candidates[0]],
    ):
        assert "space.candidates was" in changes(file, stage(other))


def test_a_directory_says_what_a_search_was_of(tmp_path):
    from nas_tf.search.run_search import run_search

    run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        run_dir=tmp_path,
        max_children=1,
    )
    record = json.loads((tmp_path / configuration.FILE).read_text())
    assert record.pop("decisions")[0] == {
        "type": "Categorical",
        "kind": "op",
        "size": 3,
        "anchor": True,
    }
    assert record == {
        "format": 2,
        "space": "tests.toy.ToySpace(width=3)",
        "task": "tests.toy.ToyTask",
        "strategy": "random_search",
        "evaluator": "tests.toy.ToyEvaluator(seconds=0.0, misdeeds=())",
        "seed": 0,
        "children_per_replica": 8,
        "max_params": None,
        "oversize": "redraw",
        "reuse_rewards": False,
        "measure": "quality",
        "reward_formula": "",
        "examples": 100,
    }
