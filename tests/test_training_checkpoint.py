"""A resumed training has the same result as an uninterrupted one."""

import functools
import math
import pathlib
import resource
import typing

import keras
import numpy as np
import pytest

from nas_tf.children.language_model import LanguageModel
from nas_tf.errors import UsageError
from nas_tf.layers.nas_cell import NAS
from nas_tf.machine import halting
from nas_tf.tasks.base import first_best
from nas_tf.training import fit as training
from nas_tf.training.batches import weighted
from nas_tf.training.batches import whole_windows
from nas_tf.training.batches import windows
from nas_tf.training.checkpoint import TrainingCheckpoint
from nas_tf.training.lessons.classification import Classification
from nas_tf.training.lessons.language_modelling import LanguageModelling

EPOCHS = 4


class Stopped(Exception):
    pass


def dropped_net():
    """A classifier with everything that has a state: batch norm, dropout."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


def pictures(seed, count=64):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count).astype(np.int32)
    x = rng.normal(size=(count, 4, 4, 1)) + y[:, None, None, None]
    return x.astype(np.float32), y


def batches(epoch):
    x, y = pictures(epoch)
    for start in range(0, len(x), 16):
        yield x[start : start + 16], y[start : start + 16]


def fit_net(model, path, on_epoch=None, epochs=EPOCHS, ema_momentum=0.0):
    checkpoint = TrainingCheckpoint(path, best_epoch, epochs)
    history = training.fit(
        model,
        Classification(),
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(0.05, 16)
        ),
        batches=batches,
        num_epochs=epochs,
        validation=weighted(*pictures(100)),
        weight_decay=0.01,
        ema_momentum=ema_momentum,
        checkpoint=checkpoint,
        on_epoch=on_epoch,
    )
    return history, checkpoint


def dropped_language_model():
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    layer = NAS(
        6,
        return_sequences=True,
        return_state=True,
        recurrent_dropout=0.3,
        seed=5,
    )
    return LanguageModel(
        [layer],
        11,
        embedding_dropout=0.2,
        input_dropout=0.3,
        output_dropout=0.3,
        init_range=0.3,
        seed=7,
    )


def fit_text(model, path, on_epoch=None, epochs=EPOCHS):
    rng = np.random.default_rng(0)
    text = np.cumsum(rng.integers(0, 2, (5, 41)), axis=1) % 11
    rows = text[:, :-1].astype(np.int32), text[:, 1:].astype(np.int32)
    checkpoint = TrainingCheckpoint(path, best_epoch, epochs)
    history = training.fit(
        model,
        LanguageModelling(),
        optimizer=keras.optimizers.SGD(1.0, momentum=0.5, global_clipnorm=1.0),
        batches=lambda epoch: whole_windows(*rows, 5),
        num_epochs=epochs,
        learning_rate=lambda epoch: 0.5**epoch,
        validation=list(windows(*rows, 5)),
        checkpoint=checkpoint,
        on_epoch=on_epoch,
    )
    return history, checkpoint


def best_epoch(history):
    return first_best(history["val_loss"])


def values(model):
    return [keras.ops.convert_to_numpy(v) for v in model.variables]


KINDS = {
    "pictures": (dropped_net, fit_net),
    "averaged": (dropped_net, functools.partial(fit_net, ema_momentum=0.5)),
    "text": (dropped_language_model, fit_text),
}


class Training(typing.NamedTuple):
    """What a training left: values at its end, of its best and each epoch."""

    path: pathlib.Path
    history: dict
    last: list
    best: list
    each: list


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Returns a function from kinds to a `Training` that nothing stopped."""

    @functools.cache
    def train(kind):
        make, fit = KINDS[kind]
        model = make()
        each = []
        path = tmp_path_factory.mktemp(kind) / "state.npz"
        history, checkpoint = fit(
            model, path, lambda epoch, logs: each.append(values(model))
        )
        last = values(model)
        checkpoint.take_best(model)
        return Training(path, history, last, values(model), each)

    return train


@pytest.fixture(scope="module")
def halfway(tmp_path_factory):
    """The file and the checkpoint after two of four epochs of pictures."""
    path = tmp_path_factory.mktemp("halfway") / "state.npz"
    _, checkpoint = fit_net(dropped_net(), path, epochs=2)
    return path, checkpoint


@pytest.mark.parametrize(
    ("kind", "stops"),
    [
        ("averaged", (1, 2)),
        pytest.param("pictures", (1, 2), marks=pytest.mark.slow),
        pytest.param("pictures", (0,), marks=pytest.mark.slow),
        pytest.param("text", (2,), marks=pytest.mark.slow),
    ],
)
def test_stopped_and_gone_on_is_as_never_stopped(
    tmp_path, uninterrupted, kind, stops
):
    make, fit = KINDS[kind]
    _, expected, last, best, _ = uninterrupted(kind)
    path = tmp_path / "parts.npz"
    for stop in stops:

        def on_epoch(epoch, logs, stop=stop):
            # In the middle, for the state: the epoch is not written yet.
            if epoch == stop:
                raise Stopped

        with pytest.raises(Stopped):
            fit(make(), path, on_epoch)
    seen = []
    model = make()
    history, checkpoint = fit(
        model, path, lambda epoch, logs: seen.append(epoch)
    )

    assert seen[-1] == EPOCHS - 1
    assert len(seen) < EPOCHS or stops == (0,)
    for name in expected:
        np.testing.assert_allclose(history[name], expected[name], rtol=1e-5)
    for value, wanted in zip(values(model), last, strict=True):
        np.testing.assert_allclose(value, wanted, atol=1e-5)
    checkpoint.take_best(model)
    for value, wanted in zip(values(model), best, strict=True):
        np.testing.assert_allclose(value, wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "stops"),
    [
        # Four steps an epoch, and a batch to score: where to stop in a start.
        ("averaged", (3, 6)),
        pytest.param("text", (5, 12), marks=pytest.mark.slow),
    ],
)
def test_a_step_is_enough_to_go_on_after(
    tmp_path, monkeypatch, uninterrupted, kind, stops
):
    make, fit = KINDS[kind]
    _, expected, last, *_ = uninterrupted(kind)
    path = tmp_path / "parts.npz"
    begun = []
    for stop in stops:
        asked = iter([False] * (stop - 1))
        # It is asked after each step and before each batch to score.
        monkeypatch.setattr(halting, "asked", lambda a=asked: next(a, True))
        with pytest.raises(halting.Halted):
            fit(make(), path)
        checkpoint = TrainingCheckpoint(path, best_epoch, EPOCHS)
        steps = checkpoint.begun and checkpoint.begun.num_steps
        begun.append((checkpoint.num_epochs_done, steps))
    monkeypatch.undo()
    assert len(set(begun)) == len(stops) and begun[0][1]
    history, _ = fit(model := make(), path)
    for name in expected:
        np.testing.assert_allclose(history[name], expected[name], rtol=1e-5)
    for value, wanted in zip(values(model), last, strict=True):
        np.testing.assert_allclose(value, wanted, atol=1e-5)


def test_dropout_is_what_it_would_have_been(tmp_path, uninterrupted, halfway):
    """Without the states of seeds the training has another result."""
    path = tmp_path / "state.npz"
    expected = uninterrupted("pictures").history
    model = dropped_net()
    before, first = halfway
    with np.load(before) as file:
        arrays = {name: file[name] for name in file.files}
    names = [variable.path for variable in model.variables]
    [place] = [i for i, name in enumerate(names) if "seed_generator" in name]
    arrays[f"variable_{place}"] = np.zeros_like(arrays[f"variable_{place}"])
    with open(path, "wb") as file:
        np.savez(file, **arrays)
    history, second = fit_net(model, path)
    assert history["loss"][:2] == expected["loss"][:2]
    assert abs(history["loss"][2] - expected["loss"][2]) > 1e-4
    # Time adds up over starts.
    assert second.num_epochs_done == EPOCHS
    assert second.seconds > first.seconds > 0


def test_the_best_epochs_weights_are_kept(uninterrupted):
    path, history, _, kept, each = uninterrupted("pictures")
    best = best_epoch(history)
    assert best < EPOCHS - 1
    for value, wanted in zip(kept, each[best], strict=True):
        np.testing.assert_array_equal(value, wanted)
    # Also by a process that did not train.
    model = dropped_net()
    _, checkpoint = fit_net(model, path)
    checkpoint.take_best(model)
    for value, wanted in zip(values(model), each[best], strict=True):
        np.testing.assert_array_equal(value, wanted)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"no archive"])
def test_a_broken_state_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="It is broken") as caught:
        TrainingCheckpoint(path, best_epoch, EPOCHS)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_an_infinite_figure_is_not_known_afterwards(tmp_path):
    """As the perplexity of a loss of a million nats is."""
    path = tmp_path / "state.npz"
    history = {"loss": [1e6, 2.0], "perplexity": [math.inf, 7.4]}
    TrainingCheckpoint(path, best_epoch, EPOCHS).save([], history)
    read = TrainingCheckpoint(path, best_epoch, EPOCHS).history
    assert read == {"loss": [1e6, 2.0], "perplexity": [None, 7.4]}


def test_pickles_are_not_read(tmp_path):
    path = tmp_path / "state.npz"
    with open(path, "wb") as file:
        np.savez(file, note=np.array([{}], object))
    with pytest.raises(UsageError, match="It is broken"):
        TrainingCheckpoint(path, best_epoch, EPOCHS)


def test_the_state_of_another_model_is_refused(halfway):
    path, _ = halfway
    with pytest.raises(UsageError, match="of this very model"):
        fit_text(dropped_language_model(), path)


def test_a_full_disk_leaves_the_last_state(tmp_path, halfway):
    path = tmp_path / "state.npz"
    before = halfway[0].read_bytes()
    path.write_bytes(before)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, old[1]))
    try:
        with pytest.raises(UsageError, match="Cannot write") as caught:
            fit_net(dropped_net(), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]
    assert path.read_bytes() == before
