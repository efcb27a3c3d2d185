"""The evaluator whose architectures share weights."""

import dataclasses
import json
import math

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.evaluators import _shared_examples
from nas_tf.evaluators import _shared_optimizer
from nas_tf.evaluators import _shared_sampling
from nas_tf.evaluators._shared_training import MOST_DIVERGED
from nas_tf.evaluators.shared import Shared
from nas_tf.runs.journal import read_trials
from nas_tf.search import checkpoint
from nas_tf.search import console
from nas_tf.search import progress_lines
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy
from tests.shared_dense import SharedDense
from tests.test_resume import Run
from tests.test_resume import finish
from tests.test_resume import journal
from tests.test_resume import records

TASK = registry.make("tasks", "digits(batch_size=20, learning_rate=0.02)")
SMALL = Shared(
    steps=120,
    steps_per_phase=20,
    batches_per_phase=2,
    derive=12,
    derive_examples=100,
    derive_top=4,
)
pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="see test_shared_on_backends"
)


def search(run_dir=None, **arguments):
    return run_search(
        **{
            "space": SharedDense(),
            "task": TASK,
            "strategy": "local_search",
            "evaluator": dataclasses.replace(SMALL),
            "run_dir": run_dir,
            "max_children": 22,
            "children_per_replica": 4,
            **arguments,
        }
    )


class Watch(Observer):
    def __init__(self):
        self.scalars = []

    def on_update(self, archive, scalars):
        self.scalars.append(scalars)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The directory and the archive of a search, and what it logged."""
    run_dir = tmp_path_factory.mktemp("whole")
    watch = Watch()
    archive = search(run_dir, observers=[watch])
    return run_dir, archive, watch.scalars


def started(**options):
    evaluator = dataclasses.replace(SMALL, **options)
    evaluator.start(SharedDense(), TASK, 3)
    return evaluator


def strategy(name="random_search"):
    made = registry.make("strategies", name)
    made.start(SharedDense(), 0)
    return made


def test_a_warm_up_shows_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setattr(progress_lines, "SECONDS", 0)
    evaluator = dataclasses.replace(SMALL, warm_up_share=0.5)
    search(evaluator=evaluator, observers=[console.Progress()], max_children=4)
    lines = [
        line.partition("preparing: ")[2]
        for line in capsys.readouterr().err.splitlines()
        if "preparing" in line
    ]
    assert lines[0] == "20/60 minibatches"
    assert lines[1].startswith("40/60 minibatches, about ")
    assert len(lines) == 2


def test_phases_come_before_every_other_batch_until_the_steps_are_done(whole):
    steps = [scalars.get("shared/steps") for scalars in whole[2]]
    assert steps == [48, None, 68, None, 88]
    losses = [scalars["shared/loss"] for scalars in whole[2][::2]]
    assert losses[-1] < losses[0]


def test_rewards_follow_from_the_loss_on_one_minibatch(whole):
    _, archive, _ = whole
    for trial in archive.trials:
        metrics = trial.result.metrics
        assert trial.reward == pytest.approx(math.exp(-metrics["val_loss"]))
        assert metrics["examples"] == 64
        tanhs = trial.proposal.actions.count(1)
        assert trial.result.params == 10 * (1 + tanhs)
    # Equal architectures of a batch are equal, as they are judged on the same.
    by_batch = {}
    for trial in archive.trials:
        key = trial.proposal.batch, trial.proposal.actions
        assert by_batch.setdefault(key, trial.reward) == trial.reward


def test_the_best_is_derived_and_never_a_judgement(whole):
    run_dir, archive, _ = whole
    assert {trial.derived for trial in archive.trials} == {False}
    derived = archive.derived
    assert len(derived) == 12
    assert [t.trial_id for t in derived] == list(range(22, 34))
    assert len({t.proposal.actions for t in derived}) == 12
    counts = sorted(t.result.metrics["examples"] for t in derived)
    assert counts == [100] * 8 + [600] * 4
    best = archive.best(12)
    assert [t.result.metrics["examples"] for t in best] == [600] * 4 + [100] * 8
    assert archive.tally.best is best[0]
    assert best[0].reward == max(t.reward for t in best[:4])
    lines = (run_dir / "derived.jsonl").read_text().splitlines()
    assert [json.loads(line)["derived"] for line in lines] == [True] * 12


def test_a_longer_search_begins_like_the_shorter_and_derives_again(
    whole, tmp_path
):
    search(tmp_path, max_children=9)
    assert (tmp_path / "derived.jsonl").exists()
    archive = search(tmp_path)
    assert journal(tmp_path) == journal(whole[0])
    assert [t.reward for t in archive.derived] == [
        t.reward for t in whole[1].derived
    ]


@pytest.mark.slow
def test_a_search_that_ended_before_it_derived_does_so(whole, tmp_path):
    search(tmp_path)
    (tmp_path / "derived.jsonl").unlink()
    archive = search(tmp_path)
    assert [t.reward for t in archive.derived] == [
        t.reward for t in whole[1].derived
    ]
    assert journal(tmp_path) == journal(whole[0])


@dataclasses.dataclass(frozen=True)
class FromFile(type(TASK)):
    """Opens a file for each pass over its examples."""

    path: str = ""

    def check(self):
        open(self.path).close()

    def batches(self, split, seed, epoch):
        self.check()
        yield from super().batches(split, seed, epoch)


class Removing(Observer):
    def __init__(self, path):
        self.path = path

    def on_trial(self, archive, trial):
        self.path.unlink(missing_ok=True)


def test_data_that_vanishes_ends_the_search_in_a_line(tmp_path):
    path = tmp_path / "data"
    path.touch()
    task = FromFile(batch_size=20, learning_rate=0.02, path=str(path))
    run_dir = tmp_path / "run"
    with pytest.raises(UsageError, match="data where it was.*No such file"):
        search(run_dir, task=task, observers=[Removing(path)])
    # Phases of training come before the first and the third batch of four.
    assert [trial.result.status for trial in read_trials(run_dir)] == ["ok"] * 8


def test_a_strategy_that_has_collapsed_gets_the_last_that_were_judged():
    archive = search(strategy="tests.test_shared", max_children=8)
    assert {t.proposal.actions for t in archive.trials[4:]} == {(2, 2, 2)}
    derived = [trial.proposal.actions for trial in archive.derived]
    first = [trial.proposal.actions for trial in archive.trials[:4]]
    assert derived == [(2, 2, 2), *first[::-1]]


@dataclasses.dataclass
class Collapsing(Strategy):
    """Draws four different architectures, and then one again and again."""

    drawn: int = 0

    def propose(self, count, length, seed):
        rows = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)]
        if self.drawn:
            rows = [(2, 2, 2)] * count
        return [Sample(row, 0.0) for row in rows]

    def update(self, trials):
        self.drawn += 1
        return {}


make = Collapsing


def trained_with_two(**options):
    """Returns all weights after one minibatch of an architecture, and before.

    A minibatch of another architecture came before that.
    """
    weights = started(**options).training.weights
    actions = [np.array(row, np.int32) for row in [(1, 0, 2), (0, 0, 1)]]
    batches = list(TASK.batches("train", 0, 0))
    weights.train(batches[:1], actions[:1])
    before = [np.array(v) for v in weights._model.get_weights()]
    weights.train(batches[1:2], actions[1:])
    return weights._model.get_weights(), before


def test_only_what_a_minibatch_uses_moves():
    pairs = zip(*trained_with_two(sampling="strategy", weight_decay=0.1))
    same = [bool((a == b).all()) for a, b in pairs]
    # First and last layer, and the tanh of the third choice.
    moved = [0, 1, *range(2 + 2 * 4, 2 + 2 * 4 + 2), 14, 15]
    assert [i for i, equal in enumerate(same) if not equal] == moved


def test_adam_leaves_alone_what_a_minibatch_does_not_use():
    pairs = zip(*trained_with_two(update_rule="adam", weight_decay=0.1))
    same = [bool((a == b).all()) for a, b in pairs]
    moved = [0, 1, *range(2 + 2 * 4, 2 + 2 * 4 + 2), 14, 15]
    assert [i for i, equal in enumerate(same) if not equal] == moved


def test_plain_momentum_moves_what_a_minibatch_does_not_use():
    pairs = zip(*trained_with_two(rest=False, weight_decay=0))
    steps = [after - before for after, before in pairs]
    # The tanh of the first choice has a velocity, its ReLU has none.
    assert np.any(steps[2]) and not np.any(steps[4])


def test_rates_of_cosines_that_restart_are_those_of_the_authors():
    options = Shared(
        schedule="restarts", restart_after=10, restart_factor=2, steps=310
    )
    rate = _shared_optimizer.schedule(options, 0.05)
    at = (0, 5, 9, 10, 20, 30, 70, 150, 309)
    found = [float(rate(step)) for step in at]
    wanted = (0.05, 0.02525, 0.001711, 0.05, 0.02525, *[0.05] * 3, 0.000505)
    assert found == pytest.approx(wanted, abs=1e-6)


def test_a_phase_that_diverges_is_undone():
    evaluator = started(learning_rate=1e30, warm_up_share=0)
    before = evaluator.state()
    scalars = evaluator.prepare(strategy(), 3, 0, 5)
    assert scalars["shared/rolled_back"] == 1
    after = evaluator.state()
    for name, array in before.items():
        if name.startswith(("weights/", "optimizer/")):
            np.testing.assert_array_equal(array, after[name])
    result = evaluator.evaluate(SharedDense(), TASK, (0, 1, 2), 0)
    assert result.status == "ok"
    with pytest.raises(UsageError, match=f"{MOST_DIVERGED} phases in a row"):
        for number in range(2, 2 * MOST_DIVERGED, 2):
            evaluator.prepare(strategy(), 3, number, 5)


def test_a_loss_that_is_not_finite_is_a_failed_judgement():
    evaluator = started()
    evaluator.prepare(strategy(), 3, 1, 5)
    state = evaluator.state()
    last = max(name for name in state if name.startswith("weights/"))
    evaluator.set_state({**state, last: state[last] * np.nan})
    result = evaluator.evaluate(SharedDense(), TASK, (0, 1, 2), 0)
    assert (result.status, result.reward) == ("nan", 0)
    assert "finite figures. Received: loss nan, accuracy" in result.error


def test_fair_groups_use_each_choice_once():
    decisions = registry.make("spaces", "nasbench201").decisions
    rows = _shared_sampling.fair(decisions, 15, 0)
    for start in range(0, 15, 5):
        for column in rows[start : start + 5].T:
            assert sorted(column) == [0, 1, 2, 3, 4]
    assert len({tuple(row) for row in rows}) == 15
    rows = _shared_sampling.uniform(decisions, 500, 0)
    assert rows.dtype == np.int32
    assert abs(np.bincount(rows.ravel(), minlength=5) / 3000 - 0.2).max() < 0.03


@pytest.mark.parametrize("sampling", ["uniform", "fair"])
def test_other_samplings_do_not_ask_the_strategy(sampling):
    evaluator = started(sampling=sampling)
    scalars = evaluator.prepare(None, 3, 2, 5)
    # Minibatches come in groups of three, the choices of a decision.
    assert scalars["shared/steps"] == {"uniform": 20, "fair": 21}[sampling]
    assert scalars["shared/loss"] < 2.6


def test_accuracy_may_be_the_reward():
    evaluator = started(reward="accuracy")
    evaluator.prepare(strategy(), 3, 1, 5)
    result = evaluator.evaluate(SharedDense(), TASK, (0, 1, 2), 0)
    assert result.reward == result.metrics["val_accuracy"]
    assert "accuracy" in evaluator.reward_formula(TASK)


def test_the_last_batch_is_filled_up_with_examples_that_do_not_count():
    examples = _shared_examples.of(TASK)
    batches, count = examples.batches()
    assert count == 600
    assert [len(y) for _, y, _ in batches] == [300, 300]
    chosen = examples.minibatch(1, 513)
    batches, count = examples.batches(chosen)
    assert count == 513
    assert [len(y) for _, y, _ in batches] == [257, 257]
    assert [int(w.sum()) for *_, w in batches] == [257, 256]
    assert batches[1][0][-1].any()


def test_a_text_is_judged_on_windows_in_order():
    task = registry.make(
        "tasks",
        "pydoc_topics(batch_size=4, steps=5, train_tokens=2000,"
        " valid_tokens=410)",
    )
    examples = _shared_examples.of(task)
    assert examples.batches()[1] == 410
    numbers = examples.minibatch(0, 41)
    assert len(numbers) == 3 and set(np.diff(numbers)) == {1}
    batches, count = examples.batches(numbers)
    assert count == 60 and len(batches) == 3
    stream = examples.training(0, 99)
    windows = list(task.batches("train", 0, 0))
    np.testing.assert_array_equal(next(stream)[0], windows[99][0])
    np.testing.assert_array_equal(next(stream)[0], windows[0][0])


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ({"space": "conv(num_layers=2)"}, "which has no `build_shared`"),
        ({"executor": "process(workers=1)"}, "executor=inline, as"),
        ({"devices_per_child": 2}, "one model on one device. Received: 2"),
        (
            {
                "task": "pydoc_topics",
                "evaluator": "shared(reward='accuracy')",
            },
            "Expected reward='loss', as the task has no accuracy but loss",
        ),
        ({"evaluator": "shared(warm_up_share=2)"}, r"a number in \[0, 1\]"),
        ({"evaluator": "shared(path_dropout=1)"}, r"a number in \[0, 1\)"),
        (
            {"evaluator": "shared(path_dropout=0.1)"},
            "cannot drop paths. Received: 0.1 for 'SharedDense'",
        ),
        ({"evaluator": "shared(rest=1)"}, "`rest` to be True or False"),
        (
            {"evaluator": "shared(update_rule='adam', momentum=0.9)"},
            "momentum=None with update_rule='adam'",
        ),
        (
            {"evaluator": "shared(update_rule='adam', rest=False)"},
            "rest=True with update_rule='adam'",
        ),
        ({"evaluator": "shared(sampling='best')"}, "strategy, uniform, fair"),
        ({"evaluator": "shared(steps=0)"}, "whole number from 1"),
        # Of 2,048 subsets, each would need a minibatch for one step.
        (
            {
                "space": "enas_macro",
                "evaluator": "shared(sampling='fair')",
            },
            "another sampling than 'fair' for skip connections",
        ),
        (
            {"task": "digits(precision='bfloat16')"},
            "precision='float32' for shared weights. Received: 'bfloat16'",
        ),
        ({"reuse_rewards": True}, "Expected no `reuse_rewards`"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments, reason, tmp_path):
    with pytest.raises(UsageError, match=reason) as caught:
        search(tmp_path / "run", **arguments)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_shaped_rewards_of_shared_weights_are_derived_too():
    archive = search(
        space="tests.shared_dense",
        evaluator="shaped(cost='params', target=20, below=0, above=-1,"
        " evaluator='shared(steps=4, steps_per_phase=4, derive=5,"
        " derive_top=2)')",
        max_children=4,
    )
    assert len(archive.derived) == 5
    for trial in archive.trials + archive.derived:
        metrics = trial.result.metrics
        factor = min(1, 20 / trial.result.params)
        assert trial.reward == pytest.approx(
            metrics["unshaped_reward"] * factor
        )


FLAGS = (
    "--space=tests.shared_dense",
    "--task=digits(batch_size=20, learning_rate=0.02)",
    "--strategy=random_search",
    "--children_per_replica=4",
)
EVALUATOR = (
    "shared(steps=1600, steps_per_phase=40, warm_up_share=0.8,"
    " batches_per_phase=2, derive=20, derive_top=5)"
)


@pytest.mark.slow
def test_a_killed_search_goes_on_as_if_it_had_not_been(tmp_path):
    arguments = {"evaluator": EVALUATOR, "max_children": 56}
    finish(tmp_path / "whole", *FLAGS, **arguments)
    run_dir = tmp_path / "run"
    state = run_dir / checkpoint.FOLDER / checkpoint.FILE
    # Within the warm-up, after a phase, in the middle of a batch, and before
    # architectures are derived.
    for count in (0, 1, 19, 56):
        with Run(run_dir, *FLAGS, **arguments) as run:
            run.wait_for(lambda: state.exists())
            run.wait_for(lambda count=count: run.num_trials() >= count)
            run.kill()
            assert run.is_gone()
        arrays, note = checkpoint.read(state)
        steps, _ = arrays["evaluator/progress"]
        if count == 0:
            # All but the phase that was interrupted is kept.
            assert note == {"updates": 0, "prepared": 0, "parts": steps // 40}
            assert 0 < steps < 1280
    out = finish(run_dir, *FLAGS, **arguments)
    assert journal(run_dir) == journal(tmp_path / "whole")
    derived = records(run_dir, "derived.jsonl")
    assert derived == records(tmp_path / "whole", "derived.jsonl")
    best = max(derived, key=lambda r: (r["metrics"]["examples"], r["reward"]))
    assert f"Trial {best['trial_id']} has an accuracy" in " ".join(out.split())
    spec = json.loads((run_dir / "best" / "spec.json").read_text())
    assert spec["spec"] == best["spec"]
