"""The number of batches in progress, and how stale updates become."""

import pytest

from benchmarks import simulation
from nas_tf.errors import UsageError
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.trial import OK
from nas_tf.trial import Result
from tests import toy


class Staleness(Observer):
    def __init__(self):
        self.values = []

    def on_update(self, archive, scalars):
        self.values.append(scalars["controller/staleness"])


class Instant(toy.ToyEvaluator):
    def evaluate(self, space, task, actions, seed):
        return Result(status=OK, reward=toy.toy_reward(actions))


def search(workers=1, spread=0.0, **options):
    watch = Staleness()
    executor = simulation.Simulated(workers, spread)
    archive = run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        **{
            "strategy": "random_search",
            "evaluator": Instant(),
            "executor": executor,
            "children_per_replica": 4,
            "max_children": 80,
            "observers": [watch],
            **options,
        },
    )
    return archive, watch.values, executor


def batches_in_progress(archive):
    """Returns the numbers of batches in progress when one was drawn."""
    return {batch.number - batch.updates for batch in archive.batches}


def test_one_replica_waits_for_its_slowest_child():
    archive, staleness, _ = search(workers=8, spread=0.5, num_replicas=1)
    assert staleness == [0] * 20
    assert [b.updates for b in archive.batches] == list(range(21))[:20]
    ends = {}
    for t in archive.trials:
        begin, end = t.result.started, t.result.started + t.result.seconds
        batch = t.proposal.batch
        assert begin >= ends.get(batch - 1, 0.0)
        ends[batch] = max(ends.get(batch, 0.0), end)


@pytest.mark.parametrize("replicas", [2, 5])
def test_replicas_are_the_number_of_batches_in_progress(replicas):
    archive, staleness, _ = search(
        workers=4 * replicas, spread=0.3, num_replicas=replicas
    )
    assert len(archive.trials) == 80
    # The n-th update makes room for one more batch.
    assert [b.updates for b in archive.batches[:replicas]] == [0] * replicas
    assert batches_in_progress(archive) <= set(range(replicas))
    assert max(staleness) >= replicas - 1
    assert sum(staleness) / len(staleness) <= replicas - 1


def test_replicas_are_as_stale_on_one_worker():
    # Staleness depends on the number of replicas, not on the machine.
    archive, staleness, _ = search(workers=1, num_replicas=5)
    assert staleness == [0, 1, 2, 3] + [4] * 16
    assert [t.proposal.proposal_id for t in archive.trials] == list(range(80))


def test_auto_tops_up_whenever_a_worker_would_idle():
    archive, staleness, _ = search(workers=10, spread=0.5)
    assert simulation.utilisation(archive.trials, 10) == pytest.approx(1.0)
    archive, staleness, _ = search(workers=1)
    assert staleness == [0] * 20


def test_schemes_use_workers_as_is_known():
    def use(**options):
        archive, _, _ = search(
            workers=80,
            spread=0.3,
            max_children=1600,
            **{"children_per_replica": 8, **options},
        )
        return simulation.utilisation(archive.trials, 80)

    assert use() >= 0.95
    assert 0.6 < use(num_replicas=10) < 0.75
    assert use(num_replicas=1, children_per_replica=80) < 0.55


@pytest.mark.parametrize("replicas", [1, 3])
def test_a_shorter_search_is_the_beginning_of_a_longer(tmp_path, replicas):
    def journal(folder, *counts):
        for count in counts:
            archive, _, _ = search(
                workers=1,
                num_replicas=replicas,
                run_dir=tmp_path / folder,
                max_children=count,
            )
        return [
            (t.proposal, archive.batches[t.proposal.batch].updates)
            for t in archive.trials
        ]

    assert journal("whole", 30) == journal("parts", 5, 8, 17, 30)


@pytest.mark.parametrize("value", [0, -1, 1.5, "many", True, None])
def test_bad_numbers_of_replicas_are_refused(value):
    with pytest.raises(UsageError, match=r"`num_replicas` to be 'auto' or"):
        search(num_replicas=value)
