"""A trained model takes raw inputs and scores as its task says."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.tasks.digits import Digits
from nas_tf.train.raw_model import raw_model

PICTURES = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
CELLS = registry.make("spaces", "recurrent(skeleton='language_model(units=4)')")


def child(space, task):
    keras.utils.set_random_seed(0)
    return space.build(space.decode((0,) * len(space.decisions)), task)


@pytest.mark.parametrize("options", ["", "augment=True, image_size=12"])
def test_raw_pictures_score_as_prepared_ones(options, tmp_path):
    task = registry.make("tasks", f"digits({options})")
    model = child(PICTURES, task)
    raw_model(model, task).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    pictures, labels = task.raw("test")
    assert pictures.dtype == np.uint8 and pictures.shape == (297, 8, 8, 1)
    found = loaded.evaluate(pictures, labels, verbose=0, return_dict=True)
    wanted = task.evaluate(model, "test")
    assert found["accuracy"] == pytest.approx(wanted["accuracy"], abs=1e-6)
    assert found["loss"] == pytest.approx(wanted["loss"], rel=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="Keras splits strings by TensorFlow",
)
@pytest.mark.parametrize("level", ["word", "character"])
def test_lines_of_text_are_read_one_by_one(level):
    task = registry.make("tasks", f"pydoc_topics(level='{level}')")
    model = child(CELLS, task)
    raw = raw_model(model, task)
    lines, targets = (part[:2] for part in task.raw("test"))
    width = (targets >= 0).sum(1).max()
    loss = raw.evaluate(lines, targets[:, :width], batch_size=2, verbose=0)
    total = 0
    for row in targets:
        row = row[row >= 0]
        tokens = np.append(task.vocabulary.index("<eos>"), row[:-1])
        logits, _ = model.advance(tokens[None], model.initial_states(1))
        logs = keras.ops.log_softmax(keras.ops.convert_to_numpy(logits[0]))
        total -= sum(float(log[token]) for log, token in zip(logs, row))
    assert loss == pytest.approx(total / (targets >= 0).sum(), rel=1e-5)


class Named(Digits):
    """A task of two inputs, which are called as its models are."""

    def preprocessing(self):
        inputs = {n: keras.Input((2,), name=n) for n in ("parts", "child")}
        outputs = [keras.layers.Identity()(x) for x in inputs.values()]
        return keras.Model(inputs, outputs, name="parts")

    def compile_arguments(self):
        return {}


def test_inputs_may_be_called_as_models():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    joined = keras.layers.Concatenate()(inputs)
    raw = raw_model(keras.Model(inputs, joined, name="child"), Named())
    found = raw({"parts": np.zeros((3, 2)), "child": np.ones((3, 2))})
    np.testing.assert_array_equal(found, [[0, 0, 1, 1]] * 3)


class Bare(Digits):
    """Digits that are prepared before, with a loss that Keras has not."""

    def raw(self, split):
        return self.load(split)

    def preprocessing(self):
        return None

    def compile_arguments(self):
        return {}


def test_without_preparation_and_loss_a_model_stays_as_it_is():
    task = Bare()
    model = child(PICTURES, task)
    assert raw_model(model, task) is model
    assert not model.compiled


def test_the_optimizer_in_the_file_has_no_slots():
    """They would be as large as the weights."""
    task = registry.make("tasks", "digits")
    raw = raw_model(child(PICTURES, task), task)
    assert [v.shape for v in raw.optimizer.variables] == [(), ()]
