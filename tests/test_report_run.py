"""A run as the pages need it, with parts of this package and foreign ones."""

import dataclasses
import json
import shutil

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.report import run as runs
from nas_tf.report import run_page
from nas_tf.search.run_search import run_search
from nas_tf.tasks.base import NoTask
from nas_tf.tasks.digits import Digits
from tests import toy
from tests.report_runs import Guessed
from tests.report_runs import search


@dataclasses.dataclass(frozen=True)
class Trained(Guessed):
    """Says that it trains, so that its runs have a task."""

    needs_task = True


@dataclasses.dataclass(frozen=True)
class ForeignTask(Digits):
    """A task of no package."""

    measure = "f1_score"


def trained(folder, task, **kw):
    run_search(
        "conv(num_layers=2)",
        task,
        "random_search",
        Trained(),
        run_dir=folder,
        max_children=8,
        **kw,
    )
    return runs.read(folder)


def test_own_parts_are_made(tmp_path):
    run = trained(tmp_path / "a", "digits(epochs=3)", seed=4)
    assert run.space == registry.make("spaces", "conv(num_layers=2)")
    assert run.task == Digits(epochs=3)
    assert run.decisions == run.space.decisions
    assert (run.name, run.seed, run.is_random) == ("a", 4, True)
    accuracy = run.best[0].result.metrics["val_accuracy"]
    assert run.measure.text(run.best[0]) == f"{accuracy:.2%}"
    assert run.examples == 600
    assert run.reward_formula == "accuracy cubed"
    assert run.describe_trial(run.best[0]).startswith("1: ")


def test_the_measure_of_a_foreign_task_is_in_the_configuration(tmp_path):
    run = trained(tmp_path, ForeignTask())
    assert run.task is None
    assert run.measure_name == "f1_score"
    # The best trial has no value of it.
    assert run.measure.name == "reward"
    assert run.show(0.123456) == "0.1235"


def test_long_texts_of_a_configuration_are_cut(tmp_path):
    trained(tmp_path, ForeignTask())
    long, file = "long_" * 10**5, tmp_path / "configuration.json"
    record = json.loads(file.read_text())
    file.write_text(
        json.dumps({**record, "measure": long, "reward_formula": long})
    )
    journal = tmp_path / "trials.jsonl"
    text = journal.read_text().replace("val_accuracy", f"val_{long}")
    journal.write_text(text)
    run = runs.read(tmp_path)
    assert run.measure.key == f"val_{long}"
    assert run.measure.name.endswith("long lo...")
    assert len(run.measure.name) < 100 and len(run.reward_formula) == 200
    page = run_page.make(run)
    assert "long_" * 60 not in page and "long " * 60 not in page


def test_an_earlier_configuration_leaves_the_measure_to_the_journal(tmp_path):
    trained(tmp_path, ForeignTask())
    file = tmp_path / "configuration.json"
    record = json.loads(file.read_text())
    del record["measure"], record["decisions"]
    file.write_text(json.dumps(record))
    run = runs.read(tmp_path)
    assert run.measure_name == "accuracy"
    assert run.measure.name == "validation accuracy"
    assert run.decisions == run.space.decisions


def test_a_foreign_space_has_the_decisions_that_are_listed(tmp_path):
    run = runs.read(search(tmp_path, toy.ToySpace(), max_children=8))
    assert run.space is None and isinstance(run.task, NoTask)
    assert run.decisions == toy.ToySpace().decisions
    spec = run.spec(run.best[0])
    assert spec == toy.ToySpace().decode(run.best[0].proposal.actions)
    assert run.describe(spec) == spec.describe()
    assert run.graph(spec) == spec.graph()


def test_random_search_beside_a_run_is_found(tmp_path):
    run = runs.read(search(tmp_path / "run", strategy="local_search"))
    assert runs.find_random(run) is None
    for name, kw in (
        ("short", {"max_children": 8}),
        ("long", {"max_children": 16}),
        ("other_seed", {"seed": 1}),
        ("other_space", {"space": "conv(num_layers=3)"}),
    ):
        search(tmp_path / name, **kw)
    shutil.copytree(tmp_path / "long", tmp_path / "broken")
    (tmp_path / "broken" / "trials.jsonl").write_text("{}\n")
    found = runs.find_random(run)
    assert found.name == "long"
    assert runs.find_random(found) is None


def test_a_baseline_has_to_be_random_search_of_the_same(tmp_path):
    run = runs.read(search(tmp_path / "run", max_children=8))
    runs.check_random(run, run)
    other = search(tmp_path / "other", "conv(num_layers=3)", max_children=8)
    with pytest.raises(UsageError, match="with the space of"):
        runs.check_random(run, runs.read(other))
    local = search(tmp_path / "c", strategy="local_search", max_children=8)
    with pytest.raises(UsageError, match="Expected a run of random search"):
        runs.check_random(run, runs.read(local))


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("configuration.json", "{", "configuration.json"),
        ("configuration.json", "[]", "configuration.json"),
        (
            "trials.jsonl",
            "{}\n",
            "line 1 of .*trials.jsonl: Expected `proposal_id`",
        ),
        ("trials.jsonl", "", "Expected a run with a successful child"),
    ],
)
def test_broken_files_are_refused(tmp_path, name, text, reason):
    search(tmp_path, max_children=8)
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=reason) as caught:
        runs.read(tmp_path)
    assert "\n" not in str(caught.value)
