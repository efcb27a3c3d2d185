"""A search as TensorBoard shows it."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator

from nas_tf.search import console
from nas_tf.search.run_search import run_search
from nas_tf.search.summaries import TensorBoard
from nas_tf.search.winner import Winner
from tests import toy

SPACE = toy.ToySpace()


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    for max_children in (16, 32):
        run_search(
            SPACE,
            toy.ToyTask(),
            "reinforce",
            evaluator=toy.ToyEvaluator(),
            run_dir=folder,
            max_children=max_children,
            observers=[TensorBoard(SPACE), Winner(SPACE), console.Progress()],
        )
    return folder


@pytest.fixture(scope="module")
def events(run_dir):
    reader = event_accumulator.EventAccumulator(
        str(run_dir / "events"), size_guidance={"tensors": 0, "scalars": 0}
    )
    reader.Reload()
    return reader


def scalars(events, tag):
    return {event.step: event.value for event in events.Scalars(tag)}


def test_every_trial_is_in_the_stream_once(run_dir, events):
    lines = (run_dir / "trials.jsonl").read_text().splitlines()
    rewards = [json.loads(line)["reward"] for line in lines]
    found = scalars(events, "reward/trial")
    assert list(found) == list(range(1, 33))
    assert len(events.Scalars("reward/trial")) == 32
    np.testing.assert_allclose(list(found.values()), rewards, rtol=1e-6)
    best = np.maximum.accumulate(rewards)
    np.testing.assert_allclose(
        list(scalars(events, "reward/best").values()), best, rtol=1e-6
    )
    means = [np.mean(rewards[: i + 1]) for i in range(32)]
    np.testing.assert_allclose(
        list(scalars(events, "reward/mean_of_last_100").values()),
        means,
        rtol=1e-5,
    )


def test_updates_are_in_the_stream(events):
    for tag in ("loss", "gradient_norm", "advantage", "baseline", "staleness"):
        assert list(scalars(events, f"controller/{tag}")) == [8, 16, 24, 32]
    assert scalars(events, "entropy/op")[8] == pytest.approx(np.log(3), abs=0.1)
    first = [scalars(events, f"probability_op/1={i}")[32] for i in range(3)]
    assert sum(first) == pytest.approx(1, abs=1e-5)


def test_counts_are_in_the_stream(events):
    assert scalars(events, "status/ok")[32] == 32
    assert scalars(events, "status/crashed")[32] == 0
    assert scalars(events, "search/decisions")[32] == 5
    assert scalars(events, "search/children_per_minute")[32] > 0
    assert scalars(events, "search/params")[1] >= 100


def test_the_best_is_in_the_stream_whenever_it_changes(run_dir, events):
    lines = (run_dir / "trials.jsonl").read_text().splitlines()
    best = np.maximum.accumulate([json.loads(line)["reward"] for line in lines])
    changes = [1, *(np.flatnonzero(np.diff(best)) + 2)]
    texts = events.Tensors("best/architecture")
    assert [event.step for event in texts] == changes
    last = texts[-1].tensor_proto.string_val[0].decode()
    assert last.startswith(f"reward {best[-1]:.4f}: op ")
    pictures = events.Tensors("best/picture")
    assert [event.step for event in pictures] == changes
    width, height, png = pictures[-1].tensor_proto.string_val
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.format == "PNG"
        assert picture.size == (int(width), int(height))
