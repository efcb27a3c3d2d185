"""A search ends at its first limit, and stays ended."""

import concurrent.futures
import dataclasses
import time

import pytest

from nas_tf.errors import UsageError
from nas_tf.executors.base import Executor
from nas_tf.runs import spent
from nas_tf.runs.archive import Archive
from nas_tf.search import stopping
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.search.stopping import StoppingRule
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from tests import toy
from tests.toy_deriving import Deriving


@dataclasses.dataclass(frozen=True)
class Listed(toy.ToyEvaluator):
    """Gives children the rewards of a list, in order."""

    rewards: tuple = ()

    def evaluate(self, space, task, actions, seed):
        result = super().evaluate(space, task, actions, seed)
        _asked.append(seed)
        reward = self.rewards[(len(_asked) - 1) % len(self.rewards)]
        return dataclasses.replace(result, reward=reward)


_asked = []


@pytest.fixture(autouse=True)
def forget():
    _asked.clear()


def search(rewards=(0.5,), **options):
    return run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        Listed(rewards=rewards),
        **options,
    )


def test_without_limits_there_are_96_children():
    assert len(search().trials) == 96


@pytest.mark.parametrize(
    "options, count",
    [
        ({"max_children": 5}, 5),
        ({"patience": 3}, 5),  # the second is the best
        ({"target_reward": 0.8}, 2),
        ({"target_reward": 0.2, "max_children": 7}, 1),
        ({"patience": 3, "max_children": 4}, 4),
    ],
)
def test_whichever_limit_comes_first(tmp_path, options, count):
    rewards = (0.5, 0.8, 0.1, 0.8, 0.7)
    assert len(search(rewards, run_dir=tmp_path, **options).trials) == count
    # The same search again adds nothing.
    assert len(search(rewards, run_dir=tmp_path, **options).trials) == count


@pytest.mark.parametrize(
    "options, words",
    [
        ({"max_children": 2}, "2 children"),
        ({"max_hours": 0.5}, "0.5 hours"),
        ({"patience": 1}, "1 children without a better one"),
        ({"target_reward": 0.5}, "a reward of 0.5"),
    ],
)
def test_a_reached_limit_has_a_name_and_words(options, words):
    rule, archive = StoppingRule(**options), archive_of((0, 1800), (0, 10))
    rule.start(archive)
    assert rule.name_of_reached(archive) == next(iter(options))
    assert rule.reached(archive) == words
    empty = archive_of()
    rule.start(empty)
    assert rule.name_of_reached(empty) is None
    assert rule.reached(empty) == ""


@pytest.mark.parametrize("options", [{"patience": 9}, {"target_reward": 0.5}])
def test_limits_of_rewards_are_refused_where_the_best_is_derived(
    tmp_path, options
):
    name, value = next(iter(options.items()))
    with pytest.raises(UsageError) as caught:
        run_search(
            toy.ToySpace(),
            toy.ToyTask(),
            "random_search",
            Deriving(),
            run_dir=tmp_path / "run",
            max_children=5,
            **options,
        )
    assert str(caught.value) == (
        f"Expected no `{name}`, as evaluator 'Deriving' finds the best "
        f"architecture after the search. Received: {value}"
    )
    assert not (tmp_path / "run").exists()


def test_another_limit_lets_a_search_go_on(tmp_path):
    search(run_dir=tmp_path, patience=3)
    assert len(search(run_dir=tmp_path, patience=6).trials) == 7


def test_hours_end_a_search_while_children_run():
    began = time.monotonic()
    archive = run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(seconds=60),
        executor="process(workers=1)",
        max_hours=3 / 3600,
    )
    assert not archive.trials
    assert 3 <= time.monotonic() - began < 30


def archive_of(*spans):
    archive = Archive()
    for number, (started, seconds) in enumerate(spans):
        archive.add_trial(
            Proposal(number, 0, (), 0.0, 0),
            Result(OK, 0.5, started=started, seconds=seconds),
        )
    return archive


def test_hours_count_earlier_starts_but_not_the_time_between():
    rule = StoppingRule(max_hours=1)
    # Time with several children in progress counts once.
    rule.start(archive_of((0, 1000), (500, 1000), (100_000, 600)))
    assert rule.seconds_left() == pytest.approx(3600 - 1500 - 600, abs=5)
    spent = archive_of((0, 3601))
    rule.start(spent)
    assert rule.seconds_left() == 0
    assert rule.reached(spent) == "1 hours"


class Thread(Executor):
    """Runs one child at a time in a thread, which is not waited for."""

    num_workers = 1

    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.submitted = 0

    def submit(self, function, /, *args, **kwargs):
        self.submitted += 1
        return self.pool.submit(function, *args, **kwargs)


def test_time_of_children_that_were_ended_counts_at_the_next_start(tmp_path):
    executor = Thread()
    for _ in range(2):
        archive = run_search(
            toy.ToySpace(),
            toy.ToyTask(),
            "random_search",
            toy.ToyEvaluator(seconds=0.5),
            executor,
            run_dir=tmp_path,
            max_hours=0.2 / 3600,
        )
        assert not archive.trials
    executor.pool.shutdown()
    assert executor.submitted == 1


def test_time_of_preparing_counts_at_the_next_start(tmp_path):
    counts = []
    for _ in range(2):
        archive = run_search(
            toy.ToySpace(),
            toy.ToyTask(),
            "random_search",
            Deriving(pause=0.1),
            run_dir=tmp_path,
            max_hours=0.25 / 3600,
        )
        counts.append((len(archive.batches), len(archive.trials)))
        assert len(archive.derived) == 3
    assert counts[0][0] and counts[0] == counts[1]


class Stopping(Observer):
    def __init__(self, error):
        self.error = error

    def on_trial(self, archive, trial):
        time.sleep(0.01)
        raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_time_of_a_start_that_was_stopped_counts(tmp_path, error):
    for count in range(1, 4):
        with pytest.raises(error):
            search(run_dir=tmp_path, observers=[Stopping(error)])
        assert spent.read(tmp_path, count) >= 0.01 * count


def test_time_is_written_down_while_a_search_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(stopping, "SECONDS", 0.0)
    found = []

    class Looking(Observer):
        def on_trial(self, archive, trial):
            found.append(spent.read(tmp_path, len(archive.trials)))

    search(run_dir=tmp_path, max_children=5, observers=[Looking()])
    assert found == sorted(set(found))


def test_progress_names_every_limit_but_the_children():
    rule = StoppingRule(
        max_children=9, max_hours=2, patience=50, target_reward=0.9
    )
    archive = archive_of((0, 1800), (0, 10), (0, 10))
    rule.start(archive)
    assert rule.progress(archive) == {
        "hours": "0.50/2",
        "no better": "2/50",
        "target": "0.9",
    }
    assert StoppingRule().progress(archive) == {}


@pytest.mark.parametrize(
    "options",
    [
        {"max_children": 0},
        {"max_children": True},
        {"max_hours": 0},
        {"max_hours": float("nan")},
        {"max_hours": float("inf")},
        {"max_hours": "2"},
        {"patience": 0},
        {"patience": 1.5},
        {"target_reward": float("nan")},
        {"target_reward": "much"},
    ],
)
def test_bad_limits_are_refused(options):
    (name,) = options
    with pytest.raises(UsageError, match=f"`{name}` to be"):
        StoppingRule(**options)
