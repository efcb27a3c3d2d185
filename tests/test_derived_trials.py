"""What is derived ranks architectures; judgements by shared weights do not."""

import json

import pytest

from nas_tf import trial
from nas_tf.api.result import SearchResult
from nas_tf.errors import UsageError
from nas_tf.report import run as reports
from nas_tf.runs import tally
from nas_tf.runs.archive import Archive
from nas_tf.runs.directory import RunDirectory
from nas_tf.runs.journal import Batch
from nas_tf.runs.journal import read_trials
from nas_tf.search import start_from
from nas_tf.train import architectures
from tests.toy import ToySpace

CONFIGURATION = {"format": 2, "space": "tests.toy_space", "seed": 0}


def proposal(number):
    return trial.Proposal(number, 0, (number % 3, 0, 0, 0, 0), 0.0, number)


def result(reward, params=10, **metrics):
    return trial.Result(
        trial.OK,
        reward,
        metrics=metrics,
        spec={"n": reward},
        params=params,
    )


def judged(run_dir, count=3):
    """Returns the open archive of a search with judgements."""
    archive = Archive(run_dir, CONFIGURATION)
    if not archive.batches:
        proposals = tuple(map(proposal, range(4)))
        archive.add_batch(Batch(0, 0, 0, proposals))
    for number in range(count):
        archive.add_trial(
            proposal(number), result(0.9 - number / 10), derived=False
        )
    archive.sync()
    return archive


def derived(first=3):
    """Returns derived trials, of which the third is the best."""
    rows = [(0.8, 100), (0.5, 600), (0.6, 600)]
    return [
        trial.Trial(
            first + index,
            proposal(first + index),
            result(reward, examples=examples),
            derived=True,
        )
        for index, (reward, examples) in enumerate(rows)
    ]


def test_the_best_is_derived_and_those_on_most_examples_come_first(tmp_path):
    with judged(tmp_path) as archive:
        assert archive.tally.best is None
        assert archive.best() == archive.pareto_front() == []
        archive.set_derived(derived())
        best = archive.best(3)
        assert [t.reward for t in best] == [0.6, 0.5, 0.8]
        assert archive.tally.best is best[0]
        assert archive.pareto_front() == best[:1]
    assert read_trials(tmp_path)[3:] == derived()
    with Archive(tmp_path, CONFIGURATION) as archive:
        assert archive.derived == derived()
        assert archive.tally.best == derived()[2]
    directory = RunDirectory(tmp_path)
    assert directory.best[0] == derived()[2]
    assert SearchResult(directory.trials, None).best() == [derived()[2]]


def test_the_front_is_of_those_that_were_judged_on_most_examples(tmp_path):
    rows = [(0.9, 600, 9), (0.93, 100, 9), (0.4, 600, 5), (0.91, 100, 1)]
    trials = [
        trial.Trial(
            3 + number,
            proposal(3 + number),
            result(reward, params, examples=examples),
            derived=True,
        )
        for number, (reward, examples, params) in enumerate(rows)
    ]
    with judged(tmp_path) as archive:
        archive.set_derived(trials)
        assert archive.pareto_front() == [trials[2], trials[0]]
        assert archive.best()[0] in archive.pareto_front()
    # Metrics of that name decide nothing in other searches.
    plain = [trial.Trial(t.trial_id, t.proposal, t.result) for t in trials]
    assert SearchResult(plain, None).pareto_front() == [plain[3], plain[1]]


def test_a_search_that_goes_on_derives_again(tmp_path):
    with judged(tmp_path) as archive:
        archive.set_derived(derived())
        archive.add_trial(proposal(3), result(0.1), derived=False)
        assert archive.derived == archive.best() == []
        assert not (tmp_path / "derived.jsonl").exists()
    assert len(read_trials(tmp_path)) == 4


def test_trials_of_other_searches_have_no_such_entry():
    plain = trial.Trial(0, proposal(0), result(0.5))
    assert "derived" not in plain.to_json() and plain.ranks
    assert trial.Trial.from_json(plain.to_json()) == plain
    for one in (
        *derived(),
        trial.Trial(0, proposal(0), result(1), None, False),
    ):
        record = json.loads(json.dumps(one.to_json()))
        assert trial.Trial.from_json(record) == one


def test_a_broken_line_is_told_with_its_number(tmp_path):
    with judged(tmp_path) as archive:
        archive.set_derived(derived())
    path = tmp_path / "derived.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2])
    with pytest.raises(UsageError, match="record 4 in line 2 of .*derived"):
        Archive(tmp_path, CONFIGURATION)


def test_a_run_without_derived_architectures_says_so_in_one_line(tmp_path):
    judged(tmp_path).close()
    for use in (
        lambda: architectures.find(str(tmp_path)),
        lambda: reports.read(tmp_path),
        lambda: start_from.find(str(tmp_path), ToySpace()),
    ):
        with pytest.raises(UsageError) as caught:
            use()
        message = str(caught.value)
        assert "architectures that are derived, which a search by" in message
        assert "\n" not in message
    assert tally.missing([]) == "a successful child"
    assert "none derived yet" in repr(SearchResult(read_trials(tmp_path), None))
