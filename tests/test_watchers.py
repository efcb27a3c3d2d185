"""What people see of a search: terminal, TensorBoard, pictures."""

import io
import json
import resource

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator

from nas_tf import drawing
from nas_tf.applications.nas_conv_net import V1
from nas_tf.errors import UsageError
from nas_tf.runs.archive import Archive
from nas_tf.search import console
from nas_tf.search.run_search import run_search
from nas_tf.search.summaries import TensorBoard
from nas_tf.search.winner import Winner
from nas_tf.specs.graph import Graph
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


def test_the_best_is_in_its_folder(run_dir):
    best = Archive_of(run_dir)
    record = json.loads((run_dir / "best" / "spec.json").read_text())
    assert record == {
        "space": "tests.toy.ToySpace(width=3)",
        "task": None,
        "spec": best.result.spec,
    }
    with Image.open(run_dir / "best" / "architecture.png") as picture:
        assert picture.size[0] > 100


def Archive_of(run_dir):  # noqa: N802
    configuration = json.loads((run_dir / "configuration.json").read_text())
    with Archive(run_dir, configuration) as archive:
        return archive.best()[0]


def test_table_ranks_different_architectures(run_dir):
    configuration = json.loads((run_dir / "configuration.json").read_text())
    with Archive(run_dir, configuration) as archive:
        text = console.table(archive, SPACE, toy.ToyTask(), count=3)
        assert console.summary(archive) == "32 children finished."
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[0].split() == [
        "trial",
        "reward",
        "quality",
        "parameters",
        "architecture",
    ]
    rewards = [float(line.split()[1]) for line in lines[1:]]
    assert rewards == sorted(rewards, reverse=True)
    assert len({line.split("op", 1)[1] for line in lines[1:]}) == 3


def test_summary_counts_what_went_wrong():
    archive = run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        max_children=64,
        max_params=700,
        oversize="penalise",
        reuse_rewards=True,
    )
    text = console.summary(archive)
    assert archive.tally.reused > 0
    assert f"Failed: {archive.tally.failed} invalid." in text
    assert f"of an equal one: {archive.tally.reused}." in text


def test_drawing_is_as_large_as_it_needs_to_be(tmp_path):
    drawing.draw(V1.graph(), tmp_path / "v1.png")
    small = Graph(("a", "b", "c"), ((0, 1), (1, 2), (0, 2)), "title")
    drawing.draw(small, tmp_path / "small.png")
    with (
        Image.open(tmp_path / "v1.png") as large_picture,
        Image.open(tmp_path / "small.png") as small_picture,
    ):
        assert large_picture.size[1] > 4 * small_picture.size[1]
        # Nothing is cut off: the margins are blank.
        pixels = np.array(large_picture.convert("L"))
    border = np.concatenate(
        [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    )
    assert (border == 255).all()


def test_a_full_disk_where_the_best_is_written_is_one_line(tmp_path):
    archive = run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        run_dir=tmp_path,
        max_children=4,
        children_per_replica=2,
    )
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old[1]))
    try:
        with pytest.raises(UsageError, match="Cannot write") as caught:
            Winner(SPACE).on_start(archive, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "best" / "architecture.png").exists()
