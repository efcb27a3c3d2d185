"""The order of events of a search, and what follows from it."""

import dataclasses
import json

import pytest

from nas_tf import trial as trials_module
from nas_tf.decisions import Categorical
from nas_tf.search.failures import MAX_FAILURES_IN_A_ROW
from nas_tf.search.failures import SearchFailed
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy
from nas_tf.trial import Result
from tests import toy
from tests.strategies import made


def search(**options):
    parts = {
        "space": toy.ToySpace(),
        "task": toy.ToyTask(),
        "strategy": "random_search",
        "evaluator": toy.ToyEvaluator(),
        "max_children": 16,
    }
    return run_search(**{**parts, **options})


@dataclasses.dataclass
class Scripted(Strategy):
    """Proposes given rows in turn, and records what it learns from."""

    script: tuple = ()

    def start(self, space, seed):
        super().start(space, seed)
        self.at = 0
        self.taught = []

    def propose(self, count, length, seed):
        rows = [
            self.script[(self.at + i) % len(self.script)] for i in range(count)
        ]
        self.at += count
        return [Sample(row, -1.0) for row in rows]

    def update(self, trials):
        self.taught.append([t.proposal.actions for t in trials])
        return {}


@dataclasses.dataclass(frozen=True)
class Failing(toy.ToyEvaluator):
    """Fails for children whose actions have a sum divisible by `every`."""

    status: str = trials_module.ERROR
    every: int = 1

    def evaluate(self, space, task, actions, seed):
        if sum(actions) % self.every == 0:
            return Result(self.status, 0.0, error="first line\nout of luck")
        return super().evaluate(space, task, actions, seed)


# Parameters of the toy are 100 * (1 + sum of actions).
SMALL = (0, 0, 0, 0, 0)
LARGE = (2, 1, 1, 7, 2)


def test_strategy_learns_from_whole_batches_in_order_of_proposing():
    strategy = Scripted(script=tuple(toy.ToySpace().all_actions()[:16]))
    search(strategy=strategy, max_children=14, children_per_replica=4)
    rows = list(strategy.script)
    assert strategy.taught == [rows[0:4], rows[4:8], rows[8:12]]


def test_ids_and_seeds():
    archive = search(children_per_replica=4)
    proposals = [t.proposal for t in archive.trials]
    assert [p.proposal_id for p in proposals] == list(range(16))
    assert [p.batch for p in proposals] == [i // 4 for i in range(16)]
    assert [t.trial_id for t in archive.trials] == list(range(16))
    assert len({p.seed for p in proposals}) == 16
    assert [b.updates for b in archive.batches] == [0, 1, 2, 3]


def test_oversize_proposals_are_drawn_again():
    strategy = Scripted(script=(LARGE, SMALL, LARGE))
    archive = search(
        strategy=strategy,
        max_params=500,
        max_children=4,
        children_per_replica=4,
    )
    assert [t.proposal.actions for t in archive.trials] == [SMALL] * 4
    assert all(t.ok for t in archive.trials)
    # L S L L | S L L S | L L S: seven large ones before the fourth small one.
    assert archive.tally.redrawn == 7


def test_what_is_never_small_is_penalised_after_a_hundred_redraws():
    calls = []

    class Counting(Scripted):
        def propose(self, count, length, seed):
            calls.append(seed)
            return super().propose(count, length, seed)

    strategy = Counting(script=(LARGE,))
    archive = search(
        strategy=strategy,
        max_params=500,
        max_children=4,
        children_per_replica=4,
    )
    assert len(calls) == 101
    assert len(set(calls)) == 101
    assert [t.result.status for t in archive.trials] == ["invalid"] * 4
    assert (
        "1,400 parameters; max_params is 500" in archive.trials[0].result.error
    )


def test_oversize_proposals_are_penalised_if_asked_for():
    strategy = Scripted(script=(LARGE, SMALL))
    archive = search(
        strategy=strategy,
        max_params=500,
        oversize="penalise",
        max_children=4,
        children_per_replica=2,
    )
    statuses = [t.result.status for t in archive.trials]
    assert statuses == ["invalid", "ok"] * 2
    assert archive.trials[0].reward == 0.0
    assert archive.trials[0].result.params == 1400
    assert archive.tally.redrawn == 0
    assert len(strategy.taught) == 2


@pytest.mark.parametrize("oversize", ["redraw", "penalise"])
def test_a_child_that_cannot_be_counted_fails_as_without_a_limit(oversize):
    bad = (1, 1, 0, 0, 0)

    @dataclasses.dataclass(frozen=True)
    class Fragile(toy.ToySpace):
        def cost(self, spec, task):
            if spec.choices[0] == bad[0]:
                raise ValueError("no such network")
            return super().cost(spec, task)

    @dataclasses.dataclass(frozen=True)
    class Building(toy.ToyEvaluator):
        def evaluate(self, space, task, actions, seed):
            space.cost(space.decode(actions), task)
            return super().evaluate(space, task, actions, seed)

    for limit in (None, 500):
        archive = search(
            space=Fragile(),
            evaluator=Building(),
            strategy=Scripted(script=(SMALL, bad)),
            max_params=limit,
            oversize=oversize,
            max_children=4,
            children_per_replica=2,
        )
        statuses = [t.result.status for t in archive.trials]
        assert statuses == ["ok", "error"] * 2
        assert "no such network" in archive.trials[1].result.error


def test_redraws_work_for_every_strategy():
    for name in ("reinforce", "random_search"):
        strategy = made(name, toy.ToySpace(), 0)
        archive = search(strategy=strategy, max_params=600)
        assert len(archive.trials) == 16
        assert max(t.result.params for t in archive.trials) <= 600
        assert archive.tally.redrawn > 0


def test_equal_architectures_reuse_a_reward_if_asked_for():
    strategy = Scripted(script=(SMALL, LARGE))
    plain = search(strategy=strategy, max_children=6, children_per_replica=2)
    assert plain.tally.reused == 0
    archive = search(
        strategy=strategy,
        max_children=6,
        children_per_replica=2,
        reuse_rewards=True,
    )
    assert [t.reused for t in archive.trials] == [None, None, 0, 1, 0, 1]
    assert [t.reward for t in archive.trials] == [
        t.reward for t in plain.trials
    ]
    assert archive.tally.reused == 4
    assert len(strategy.taught) == 3


def test_a_failure_is_not_reused():
    good = (0, 1, 0, 0, 0)
    archive = search(
        strategy=Scripted(script=(good, SMALL, SMALL, good)),
        evaluator=Failing(every=13),
        reuse_rewards=True,
        max_children=8,
        children_per_replica=4,
    )
    reused = [t.reused for t in archive.trials]
    assert reused == [None, None, None, 0, 0, None, None, 0]
    assert archive.tally.failed == 4


def test_failed_trials_teach_their_low_reward():
    strategy = Scripted(script=((0, 1, 0, 0, 0), SMALL))
    archive = search(
        strategy=strategy,
        evaluator=Failing(every=13),
        max_children=4,
        children_per_replica=2,
    )
    assert [t.result.status for t in archive.trials] == ["ok", "error"] * 2
    assert len(strategy.taught) == 2


def test_a_first_batch_that_fails_whole_stops_the_search():
    with pytest.raises(SearchFailed, match="8 of them: error: out of luck"):
        search(evaluator=Failing())


def test_too_many_failures_in_a_row_stop_the_search():
    script = ((0, 1, 0, 0, 0),) * 8 + (SMALL,) * 100
    strategy = Scripted(script=script)
    with pytest.raises(SearchFailed, match=f"last {MAX_FAILURES_IN_A_ROW} "):
        search(
            strategy=strategy,
            evaluator=Failing(every=13, status="nan"),
            max_children=100,
        )


def test_invalid_architectures_do_not_stop_the_search():
    archive = search(
        strategy=Scripted(script=(SMALL,) + (LARGE,) * 99),
        max_params=500,
        oversize="penalise",
        max_children=100,
    )
    assert archive.tally.statuses == {"ok": 1, "invalid": 99}


def test_a_limit_that_nothing_keeps_to_stops_the_search():
    with pytest.raises(SearchFailed, match="invalid: 1,400 parameters; max_"):
        search(
            strategy=Scripted(script=(LARGE,)), max_params=5, max_children=100
        )


def test_depth_follows_the_number_proposed():
    @dataclasses.dataclass(frozen=True)
    class Growing(toy.ToySpace):
        @property
        def decisions(self):
            return tuple(Categorical("op", 3) for _ in range(4))

        def length(self, num_trials):
            return min(4, 1 + num_trials // 8)

    archive = search(space=Growing(), max_children=40)
    lengths = [len(t.proposal.actions) for t in archive.trials]
    assert lengths == [1] * 8 + [2] * 8 + [3] * 8 + [4] * 16


def test_staleness_and_scalars_reach_observers():
    class Watch(Observer):
        def __init__(self):
            self.events = []
            self.scalars = []

        def on_ready(self, archive, search):
            self.events.append(("ready", search.executor.num_workers))

        def on_start(self, archive, rule):
            self.events.append(("start", rule.max_children))

        def on_trial(self, archive, trial):
            self.events.append(("trial", trial.trial_id))

        def on_update(self, archive, scalars):
            self.events.append(("update", len(archive.trials)))
            self.scalars.append(scalars)

        def on_end(self, archive):
            self.events.append(("end", len(archive.trials)))

    watch = Watch()
    search(
        strategy=made("reinforce", toy.ToySpace(), 0),
        observers=[watch],
        max_children=4,
        children_per_replica=2,
    )
    assert watch.events == [
        ("ready", 1),
        ("start", 4),
        ("trial", 0),
        ("trial", 1),
        ("update", 2),
        ("trial", 2),
        ("trial", 3),
        ("update", 4),
        ("end", 4),
    ]
    assert watch.scalars[0]["controller/staleness"] == 0
    assert "controller/loss" in watch.scalars[0]


def test_equal_seeds_give_equal_journals(tmp_path):
    def journal(folder, seed, number=0):
        strategy = made("reinforce", toy.ToySpace(), number)
        search(strategy=strategy, run_dir=tmp_path / folder, seed=seed)
        lines = (tmp_path / folder / "trials.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        for record in records:
            del record["started"], record["seconds"]
        return records

    assert journal("a", 3) == journal("b", 3, number=1)
    assert journal("c", 4) != journal("a", 3)
