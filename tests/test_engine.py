"""The engines of all backends behave alike."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import weakref

import keras
import numpy as np
import pytest

from nas_tf.training import fit as training
from nas_tf.training.batches import whole_windows
from nas_tf.training.lessons.classification import Classification
from nas_tf.training.lessons.language_modelling import LanguageModelling
from tests import on_backends
from tests.backends import BACKEND
from tests.backends import array

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(scope="module")
def expected():
    return on_backends.results()


on_other_backends = pytest.mark.parametrize("backend", ["jax", "torch"])
beside_tensorflow = pytest.mark.skipif(
    BACKEND != "tensorflow", reason="others are compared with TensorFlow"
)


@on_other_backends
@beside_tensorflow
def test_backends_compute_the_same(backend, request):
    found = results_on(backend)
    compare(found, request.getfixturevalue("expected"))


@pytest.fixture(scope="module")
def expected_translator():
    return {"translator": on_backends.train_translator()}


@pytest.mark.slow
@on_other_backends
@beside_tensorflow
def test_backends_train_a_translator_alike(backend, request):
    found = results_on(backend, "translator")
    wanted = request.getfixturevalue("expected_translator")
    compare(found, wanted)
    losses = wanted["translator"]["history"]["loss"]
    assert losses[-1] < losses[0] - 0.05


def results_on(backend, *words):
    """Returns what `tests.on_backends` prints on another backend."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.on_backends", *words],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def compare(found, expected):
    assert list(found) == list(expected)
    for name, wanted in expected.items():
        assert found[name]["steps"] == wanted["steps"] == 6
        for measure, values in wanted["history"].items():
            np.testing.assert_allclose(
                np.array(found[name]["history"][measure], float),
                np.array(values, float),
                rtol=1e-4,
                atol=1e-4,
            )
        pairs = zip(found[name]["weights"], wanted["weights"], strict=True)
        for weights, others in pairs:
            np.testing.assert_allclose(weights, others, rtol=1e-3, atol=1e-3)


class Pictures:
    """A classifier with dropout, and how an epoch of it is trained."""

    lesson = Classification()

    def __init__(self, seed):
        self.model = on_backends.with_weights(
            on_backends.make_classifier(dropout=0.5), seed
        )

    def train(self, engine, epoch):
        return engine.train(on_backends.batches(epoch))["loss"]


class Text:
    """The same for a language model."""

    lesson = LanguageModelling()

    def __init__(self, seed):
        self.model = on_backends.with_weights(
            on_backends.make_language_model(dropout=0.5), seed
        )

    def train(self, engine, epoch):
        rows = on_backends.text(5, 12, seed=epoch)
        return engine.train(whole_windows(*rows, 4))["loss"]


def start(kind, seed):
    """Returns child, engine, and the variables a checkpoint would hold."""
    keras.utils.clear_session()
    child = kind(seed)
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    optimizer.build(child.model.trainable_variables)
    engine = training.make_engine(child.model, child.lesson, optimizer)
    return child, engine, [*child.model.variables, *optimizer.variables]


@pytest.mark.parametrize("kind", [Pictures, Text])
def test_what_an_epoch_leaves_is_in_the_variables(kind):
    child, engine, variables = start(kind, seed=1)
    child.train(engine, 0)
    kept = [array(variable).copy() for variable in variables]
    expected = [child.train(engine, epoch) for epoch in (1, 2)]

    other, engine, variables = start(kind, seed=2)
    assert abs(other.train(engine, 1) - expected[0]) > 1e-3
    for variable, value in zip(variables, kept, strict=True):
        variable.assign(value)
    assert [other.train(engine, epoch) for epoch in (1, 2)] == expected


def test_dropout_masks_follow_from_the_variables():
    losses = []
    for move in (0, 7):
        child, engine, variables = start(Pictures, seed=1)
        [state] = [v for v in variables if v.name == "seed_generator_state"]
        state.assign(array(state) + move)
        losses.append(child.train(engine, 0))
    assert abs(losses[0] - losses[1]) > 1e-4


def test_an_epoch_broken_off_leaves_a_model():
    child, engine, _ = start(Pictures, seed=1)

    def torn():
        yield from on_backends.batches(0)
        raise OSError("torn")

    with pytest.raises(OSError, match="torn"):
        engine.train(torn())
    assert all(np.isfinite(w).all() for w in child.model.get_weights())
    assert np.isfinite(child.train(engine, 1))


@beside_tensorflow
def test_batches_of_many_sizes_are_no_warning(monkeypatch):
    from tensorflow.python.platform import tf_logging

    told = []
    monkeypatch.setattr(tf_logging, "warning", lambda *a, **k: told.append(a))
    _, engine, _ = start(Pictures, seed=1)
    engine.train([on_backends.pictures(size, 0) for size in range(1, 9)])
    assert not told


@pytest.mark.parametrize("prefetch", [False, True])
def test_no_epoch_is_held_in_memory(prefetch):
    _, engine, _ = start(Pictures, seed=1)
    alive, most = set(), []

    def many():
        for number in range(40):
            x, y = on_backends.pictures(8, number)
            alive.add(number)
            weakref.finalize(x, alive.discard, number)
            most.append(len(alive))
            yield x, y
            del x, y

    batches = engine.prefetched(many()) if prefetch else many()
    engine.train(batches)
    assert len(most) == 40
    # Batches that are trained on, that are ready, and that is being made.
    assert max(most) <= 12
