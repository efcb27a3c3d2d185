"""A search as TensorBoard shows it: curves, and rows of HParams."""

import io
import json
import re
import resource
import shutil

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import metadata

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import read_trials
from nas_tf.search import summaries
from nas_tf.search import top_rows
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.spaces.conv import Conv
from nas_tf.trial import NAN
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy
from tests.strategies import made
from tests.toy_deriving import Deriving

SPACE = toy.ToySpace()
SPACE_ACTIONS = (0,) * len(SPACE.decisions)
SUBSETS = ("none", "1", "2", "1,2", "3", "1,3", "2,3", "1,2,3")


def search(run_dir, max_children):
    return run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        run_dir=run_dir,
        max_children=max_children,
        observers=[summaries.TensorBoard(SPACE)],
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of 32 trials and its closed archive."""
    folder = tmp_path_factory.mktemp("run")
    return folder, search(folder, 32)


def rows(run_dir):
    """Returns the folders of the rows and their files, by name."""
    folders = (run_dir / "events" / "top").iterdir()
    return {folder.name: list(folder.iterdir()) for folder in folders}


def read(folder):
    reader = event_accumulator.EventAccumulator(
        str(folder), size_guidance={"tensors": 0, "scalars": 0}
    )
    reader.Reload()
    return reader


def session(reader):
    tag = metadata.SESSION_START_INFO_TAG
    return metadata.parse_session_start_info_plugin_data(
        reader.SummaryMetadata(tag).plugin_data.content
    )


def plain(value):
    return getattr(value, value.WhichOneof("kind"))


def named(archive):
    """Returns the ten best trials by the names of their rows."""
    best = enumerate(archive.best(10), 1)
    return {f"{rank:02}_trial_{t.trial_id}": t for rank, t in best}


def test_the_best_ten_are_rows_in_their_order(finished):
    run_dir, archive = finished
    best = named(archive)
    assert sorted(best) == list(best)
    assert len(best) == 10
    assert rows(run_dir).keys() == best.keys()
    for name, trial in best.items():
        row = read(run_dir / "events" / "top" / name)
        expected = {
            "top/Reward": trial.reward,
            "top/Quality": trial.result.metrics["quality"],
            "top/params": trial.result.params,
            "top/seconds": trial.result.seconds,
        }
        assert set(row.Tags()["scalars"]) == set(expected)
        for tag, value in expected.items():
            [event] = row.Scalars(tag)
            assert event.value == pytest.approx(value)
            assert event.step == trial.trial_id + 1
        start = session(row)
        assert start.group_name == name
        assert start.start_time_secs == trial.result.started
        first, mask, pointer, masks, last = trial.proposal.actions
        assert {k: plain(v) for k, v in start.hparams.items()} == {
            "Quality": trial.result.metrics["quality"],
            "Reward": trial.reward,
            "op/1": first,
            "op/2": last,
            "pointer/1": pointer + 1,
            "subset/1": SUBSETS[mask],
            "subset/2": SUBSETS[masks],
        }
        [text] = row.Tensors("top/architecture")
        assert f"reward {trial.reward:.4f}: op {first}," in str(text)
        [picture] = row.Tensors("top/picture")
        assert picture.tensor_proto.string_val[2].startswith(b"\x89PNG")


def test_who_stays_at_the_top_stays_as_it_is_and_others_go(finished, tmp_path):
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    before = rows(tmp_path)
    # A process that was killed while it wrote a row leaves this.
    (tmp_path / "events" / "top.partial").mkdir()
    archive = search(tmp_path, 96)
    after = rows(tmp_path)
    assert after.keys() == named(archive).keys()
    assert 0 < len(before.keys() & after.keys()) < 10
    for name, files in after.items():
        assert len(files) == 1
        assert before.get(name, files) == files
    assert [p.name for p in (tmp_path / "events").glob("top*")] == ["top"]


def test_rows_are_renewed_while_a_search_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(summaries, "TOP_SECONDS", -1.0)
    observer = summaries.TensorBoard(SPACE)
    observer.on_end = lambda archive: None
    run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        run_dir=tmp_path,
        max_children=16,
        observers=[observer],
    )
    assert len(rows(tmp_path)) == 10


def test_a_new_run_in_an_old_folder_has_no_old_rows(finished, tmp_path):
    shutil.copytree(finished[0] / "events", tmp_path / "events")
    search(tmp_path, 4)
    assert len(rows(tmp_path)) <= 4


def test_a_search_without_a_trial_has_no_rows(tmp_path):
    observer = summaries.TensorBoard(SPACE)
    with Archive(tmp_path, {}) as archive:
        observer.on_start(archive, None)
        observer.on_end(archive)
    assert not (tmp_path / "events" / "top").exists()


def hparams(space, actions, folder):
    proposal = Proposal(0, 0, tuple(actions), 0.0, 0)
    archive = Archive()
    archive.add_trial(proposal, Result(OK, 1.0, started=1.0))
    top_rows.TopRows(space, folder).write(archive)
    start = session(read(folder / "top" / "01_trial_0"))
    found = {name: plain(value) for name, value in start.hparams.items()}
    assert found.pop("Reward") == 1.0
    return found


def test_names_do_not_change_as_a_network_grows(tmp_path):
    space = Conv(
        num_layers=12, start_layers=2, layer_types=("conv", "max_pool")
    )
    actions = [0] * len(space.decisions)
    short = hparams(space, actions[: space.length(0)], tmp_path / "short")
    assert short == {
        "layer_type/01": "conv",
        "filter_height/01": 1,
        "filter_width/01": 1,
        "num_filters/01": 24,
        "layer_type/02": "conv",
        "filter_height/02": 1,
        "filter_width/02": 1,
        "num_filters/02": 24,
        "skip/02": "none",
    }
    actions[0] = 1
    actions[-1] = 0b10000000101
    deep = hparams(space, actions, tmp_path / "deep")
    # The number of filters of a pooling layer has no influence.
    assert short.keys() - deep.keys() == {"num_filters/01"}
    assert deep["layer_type/01"] == "max_pool"
    assert deep["skip/12"] == "1,3,11"


def test_a_recurrent_cell_is_a_row(tmp_path):
    space = registry.make("spaces", "tree(base=2)")
    found = hparams(space, (0, 1, 1, 0, 0, 2, 0, 3, 0, 2), tmp_path)
    assert found["combination/2"] == "elem_mult"
    assert found["inject_index/1"] == 2
    assert len(found) == 10


def test_of_what_was_validated_the_validated_value_is_shown(tmp_path):
    metrics = {"val_loss": 0.2, "val_accuracy": 0.9, "accuracy": 1, "loss": 0}
    result = Result(OK, 0.7, metrics, seconds=3.0)
    trial = Trial(0, Proposal(0, 0, (0,), 0.0, 0), result)
    assert top_rows._others(trial, "loss") == {
        "seconds": 3.0,
        "val_accuracy": 0.9,
    }
    rows = top_rows.TopRows(SPACE, tmp_path, "accuracy")
    # Capital letters come first.
    assert rows._outcome(trial) == {"Accuracy": 0.9, "Reward": 0.7}
    assert sorted({**rows._outcome(trial), "a": 0})[:2] == [
        "Accuracy",
        "Reward",
    ]


def test_a_full_disk_ends_a_search_that_can_go_on(tmp_path):
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, old[1]))
    try:
        with pytest.raises(UsageError) as caught:
            search(tmp_path, 400)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)

    assert re.fullmatch(
        "Cannot write .*/events: File too large. The same [^\n]*",
        str(caught.value),
    )
    done = len(read_trials(tmp_path))
    assert 10 < done < 400
    search(tmp_path, done + 8)
    # The one point that did not fit is missing.
    found = [e.step for e in read(tmp_path / "events").Scalars("Reward/trial")]
    assert found == [*range(1, done), *range(done + 1, done + 9)]


def test_the_depth_is_that_of_the_spec(tmp_path):
    space = Conv(num_layers=5, start_layers=2, grow_by=1, grow_every=1)
    archive = Archive(tmp_path, {})
    observer = summaries.TensorBoard(space)
    with archive:
        observer.on_start(archive, None)
        for number, spec in enumerate(({}, {}, None)):
            actions = (0,) * space.length(number)
            trial = archive.add_trial(
                Proposal(number, 0, actions, 0.0, 0), Result(OK, 0.0, spec=spec)
            )
            observer.on_trial(archive, trial)
        observer.on_end(archive)
    assert scalars(read(tmp_path / "events"), "search/depth") == {1: 2, 2: 3}


def test_a_judgement_is_never_shown_as_the_best(tmp_path):
    top = tmp_path / "events" / "top"

    class Looking(Observer):
        def on_trial(self, archive, trial):
            # What the shorter search derived is gone.
            assert not top.exists()

    for count in (8, 9):
        archive = run_search(
            SPACE,
            toy.ToyTask(),
            "random_search",
            evaluator=Deriving(),
            run_dir=tmp_path,
            max_children=count,
            observers=[summaries.TensorBoard(SPACE), Looking()],
        )
        assert rows(tmp_path).keys() == named(archive).keys()
    events = read(tmp_path / "events")
    assert "best/picture" not in events.Tags()["tensors"]
    assert "Reward/best" not in events.Tags()["scalars"]


# The curves.


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    for max_children in (16, 32):
        run_search(
            SPACE,
            toy.ToyTask(),
            made("reinforce", SPACE, 0),
            evaluator=toy.ToyEvaluator(),
            run_dir=folder,
            max_children=max_children,
            observers=[summaries.TensorBoard(SPACE)],
        )
    return folder


@pytest.fixture(scope="module")
def events(run_dir):
    return read(run_dir / "events")


def scalars(events, tag):
    return {event.step: event.value for event in events.Scalars(tag)}


def test_every_trial_is_in_the_stream_once(run_dir, events):
    lines = (run_dir / "trials.jsonl").read_text().splitlines()
    rewards = [json.loads(line)["reward"] for line in lines]
    found = scalars(events, "Reward/trial")
    assert list(found) == list(range(1, 33))
    assert len(events.Scalars("Reward/trial")) == 32
    np.testing.assert_allclose(list(found.values()), rewards, rtol=1e-6)
    best = np.maximum.accumulate(rewards)
    np.testing.assert_allclose(
        list(scalars(events, "Reward/best").values()), best, rtol=1e-6
    )
    means = [np.mean(rewards[: i + 1]) for i in range(32)]
    np.testing.assert_allclose(
        list(scalars(events, "Reward/mean_of_100").values()),
        means,
        rtol=1e-5,
    )


def test_the_measure_is_in_the_stream_of_those_that_have_it(run_dir, events):
    lines = (run_dir / "trials.jsonl").read_text().splitlines()
    values = [json.loads(line)["metrics"]["quality"] for line in lines]
    rewards = [json.loads(line)["reward"] for line in lines]
    found = scalars(events, "Quality/trial")
    np.testing.assert_allclose(list(found.values()), values, rtol=1e-6)
    medians = [np.median(values[: i + 1]) for i in range(32)]
    found = scalars(events, "Quality/median_of_100")
    np.testing.assert_allclose(list(found.values()), medians, rtol=1e-6)
    best = [values[np.argmax(rewards[: i + 1])] for i in range(32)]
    found = scalars(events, "Quality/best")
    np.testing.assert_allclose(list(found.values()), best, rtol=1e-6)


def test_a_failure_has_no_value_of_the_measure(tmp_path):
    archive = Archive(tmp_path, {})
    observer = summaries.TensorBoard(SPACE)
    observer.measure = "quality"
    spec = SPACE.decode(SPACE_ACTIONS).to_json()
    with archive:
        observer.on_start(archive, None)
        for number, (status, metrics) in enumerate(
            ((NAN, {}), (OK, {"quality": 0.5}), (OK, {}))
        ):
            proposal = Proposal(number, 0, SPACE_ACTIONS, 0.0, 0)
            result = Result(status, 0.1 * number, metrics, spec=spec)
            observer.on_trial(archive, archive.add_trial(proposal, result))
        observer.on_end(archive)
    events = read(tmp_path / "events")
    assert scalars(events, "Quality/trial") == {2: 0.5}
    found = scalars(events, "Quality/median_of_100")
    assert found == {2: 0.5, 3: 0.5}
    # The best trial has none.
    assert scalars(events, "Quality/best") == {2: 0.5}
    assert list(scalars(events, "Reward/trial")) == [1, 2, 3]


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
