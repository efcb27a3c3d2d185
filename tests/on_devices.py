"""Trains on one and on several devices and writes the results to files.

Run by `tests/test_devices.py`, `python -m tests.on_devices FOLDER`: a processor
can be divided into devices only before TensorFlow starts.
"""

import json
import pathlib
import random
import sys
import types

import keras
import numpy as np

from nas_tf import registry
from nas_tf.children.language_model import LanguageModel
from nas_tf.errors import UsageError
from nas_tf.layers.drop_path import DropPath
from nas_tf.layers.drop_path import TrainingProgress
from nas_tf.layers.tree_cell import TreeCell
from nas_tf.layers.tree_rnn import TreeRNN
from nas_tf.training import devices
from nas_tf.training import fit as training
from nas_tf.training import precision
from nas_tf.training.batches import weighted
from nas_tf.training.batches import whole_windows
from nas_tf.training.batches import windows
from nas_tf.training.lessons.classification import Classification
from nas_tf.training.lessons.language_modelling import LanguageModelling
from tests import test_lessons
from tests.toy_language_models import Recurrent
from tests.toy_lessons import Masked

MOST = 3
SYMBOLS = 7
# 7 pictures: unequal parts on 2 devices as well as on 3.
BATCH = 7
WEIGHT_DECAY = 0.01
SPACE = "conv(num_layers=3, num_filters=(4, 8))"
DIGITS = "digits(epochs=2, train_examples=93, valid_examples=40, batch_size=31)"


def make_pictures(count, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count).astype(np.int32)
    # Moments lose precision if the mean is far from 0.
    x = 5 + rng.normal(size=(count, 6, 6, 2)) + y[:, None, None, None]
    return x.astype(np.float32), y


def batches(epoch):
    for step in range(4):
        yield make_pictures(BATCH, seed=10 * epoch + step)


def make_conv(dropout=0.0, path_steps=None):
    """Returns a network with skip connections, on axes first and last.

    Args:
        dropout: Share of features to drop.
        path_steps: Number of steps after which half of the paths are dropped.
            Default: None, for no such layers.
    """
    image = keras.Input((6, 6, 2))
    outputs = image
    if path_steps:
        progress = TrainingProgress(path_steps)(image)
    for number in range(3):
        x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False)(outputs)
        x = keras.layers.BatchNormalization(
            axis=(-1, 1)[number % 2], momentum=0.9, scale=number < 2
        )(x)
        x = keras.layers.ReLU()(x)
        if path_steps:
            x = DropPath(0.5, seed=number)([x, progress])
        outputs = keras.layers.Concatenate()([outputs, x])
    x = keras.layers.GlobalAveragePooling2D()(outputs)
    x = keras.layers.Dropout(dropout)(x)
    x = keras.layers.Dense(
        3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.1)
    )(x)
    return keras.Model(image, x)


def fit_conv(
    count, make_optimizer, dropout=0.0, path_steps=None, half=None, **arguments
):
    start(1)
    task = types.SimpleNamespace(precision=half or "float32")
    with devices.scope(count):
        with precision.scope(task):
            model = make_conv(dropout, path_steps)
        optimizer = make_optimizer()
        history = training.fit(
            model,
            Classification(),
            optimizer=optimizer,
            batches=batches,
            num_epochs=2,
            validation=weighted(*make_pictures(22, seed=99)),
            weight_decay=WEIGHT_DECAY,
            **arguments,
        )
    patched = [layer.name for layer in model.layers if "call" in vars(layer)]
    assert not patched, patched
    assert not {"update_step", "_all_reduce_sum_gradients"} & set(
        vars(optimizer)
    )
    assert int(optimizer.iterations.numpy()) == 8
    for variable in model.variables:
        if variable.name == "step":
            assert float(variable.numpy()) == 8
    return model, history


def start(seed):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)


def momentum(**clipping):
    rate = keras.optimizers.schedules.CosineDecay(0.1, 8)
    return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **clipping)


def scaled():
    """Returns an optimizer whose first step overflows on no device."""
    return keras.optimizers.LossScaleOptimizer(momentum(), initial_scale=64.0)


CONV_CASES = {
    "clipped": (lambda: momentum(global_clipnorm=0.1), {}),
    "prefetched": (
        lambda: keras.optimizers.Adam(0.01, clipnorm=0.05),
        {"prefetch": True},
    ),
    # So many steps that no path is dropped.
    "averaged": (
        lambda: momentum(global_clipnorm=0.5),
        {"ema_momentum": 0.5, "path_steps": 10**9},
    ),
}
THREE_DEVICES = {"clipped"}


def make_lstm():
    layer = keras.layers.LSTM(6, return_sequences=True, return_state=True)
    return LanguageModel([layer], SYMBOLS, shared_embeddings=True, seed=3)


def make_tree():
    space = registry.make("spaces", "tree(base=2)")
    rng = np.random.default_rng(2)
    spec = space.decode(tuple(d.random(rng) for d in space.decisions))
    layer = TreeRNN(TreeCell(spec, 5), return_sequences=True, return_state=True)
    return LanguageModel([layer], SYMBOLS, init_range=0.5, seed=3)


TEXT_CASES = {
    "recurrent": (lambda: Recurrent(SYMBOLS), (3,)),
    "lstm": (make_lstm, (2,)),
    "tree": (make_tree, (2,)),
}


def make_rows(rows, length, seed):
    text = np.random.default_rng(seed).integers(0, SYMBOLS, rows * length + 1)
    text = text.astype(np.int32)
    return text[:-1].reshape(rows, -1), text[1:].reshape(rows, -1)


def fit_text(count, make):
    start(1)
    inputs, targets = make_rows(4, 9, seed=5)
    targets[3, 4:] = -1
    with devices.scope(count):
        model = make()
        optimizer = keras.optimizers.SGD(1.0, global_clipnorm=0.2)
        rows = make_rows(5, 12, seed=0)
        history = training.fit(
            model,
            LanguageModelling(),
            optimizer=optimizer,
            batches=lambda epoch: whole_windows(*rows, 4),
            num_epochs=2,
            learning_rate=lambda epoch: 1 / (1 + epoch),
            validation=list(windows(inputs, targets, 4)),
        )
        # A single row, so on a single device.
        row = list(windows(*make_rows(1, 30, seed=6), 30))
        within = training.evaluate(model, LanguageModelling(), row)["loss"]
    after = training.evaluate(model, LanguageModelling(), row)["loss"]
    history["row"] = [within, after]
    return model, history


def fit_structured(count, prefetch):
    """Trains two outputs on a dict of inputs, a tuple among them."""

    def given(count, seed):
        x, y = make_pictures(count, seed)
        return {"pair": (x[..., :1], x[..., 1:]), "sum": x.sum((1, 2))}, y

    start(1)
    with devices.scope(count):
        inputs = {
            "pair": (keras.Input((6, 6, 1)), keras.Input((6, 6, 1))),
            "sum": keras.Input((2,), name="sum"),
        }
        x = keras.layers.Concatenate()(inputs["pair"])
        x = keras.layers.Conv2D(3, 3)(x)
        x = keras.layers.Flatten()(keras.layers.BatchNormalization()(x))
        second = keras.layers.Dense(3, "softmax")(x)
        x = keras.layers.Concatenate()([x, inputs["sum"]])
        first = keras.layers.Dense(3, "softmax")(x)
        model = keras.Model(inputs, [first, second])
        history = training.fit(
            model,
            Classification(label_smoothing=0.1, auxiliary_weight=0.4),
            optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
            batches=lambda epoch: [
                given(BATCH, seed=10 * epoch + step) for step in range(4)
            ],
            num_epochs=2,
            validation=weighted(*given(9, seed=99), batch_size=5),
            prefetch=prefetch,
        )
    return model, history


def fit_masked(count):
    """Trains a lesson in which rows, and so devices, count unequally."""
    start(1)
    with devices.scope(count):
        model = test_lessons.make_model()
        history = training.fit(
            model,
            Masked(),
            optimizer=keras.optimizers.SGD(0.1),
            batches=lambda epoch: map(test_lessons.make_batch, range(3)),
            num_epochs=2,
            validation=[test_lessons.make_batch(seed) for seed in (7, 8)],
        )
    return model, history


def record(model, history):
    return {
        "history": history,
        "weights": [weights.tolist() for weights in model.get_weights()],
        "apart": apart(model),
    }


def apart(model):
    """Returns the largest difference between replicas."""
    most = 0.0
    for variable in model.weights:
        copies = getattr(variable.value, "values", [variable.value])
        for copy in copies[1:]:
            gap = np.abs(copy.numpy() - copies[0].numpy()).max()
            most = max(most, float(gap))
    return most


def seeds(model):
    """Returns for each replica the states of seeds, of dropout and paths."""
    found = [v for v in model.variables if v.name == "seed_generator_state"]
    copies = [getattr(v.value, "values", [v.value]) for v in found]
    return [
        [copy.numpy().tolist() for copy in replica] for replica in zip(*copies)
    ]


def refusal(function, *args):
    try:
        function(*args)
    except UsageError as error:
        return str(error)
    return None


def few_examples():
    with devices.scope(2):
        one = make_pictures(1, seed=0)
        training.evaluate(make_conv(), Classification(), weighted(*one))
        training.fit(
            make_conv(),
            Classification(),
            optimizer=momentum(),
            batches=lambda epoch: [one],
            num_epochs=1,
        )


def child(space, task):
    """Returns the arguments of a child's evaluation."""
    space = registry.make("spaces", space)
    rng = np.random.default_rng(4)
    row = tuple(d.random(rng) for d in space.decisions)
    return space, registry.make("tasks", task), row, 7


def evaluated(count, space, task):
    evaluator = registry.make("evaluators", f"standalone(devices={count})")
    result = evaluator.evaluate(*child(space, task))
    return {
        "status": result.status,
        "error": result.error,
        "reward": result.reward,
        "metrics": result.metrics,
    }


def main(folder):
    devices.names(MOST)
    written = {"conv": {}, "text": {}, "standalone": {}}
    for name, (optimizer, arguments) in CONV_CASES.items():
        counts = (1, 2, 3) if name in THREE_DEVICES else (1, 2)
        written["conv"][name] = {
            count: record(*fit_conv(count, optimizer, **arguments))
            for count in counts
        }
    for name, (make, counts) in TEXT_CASES.items():
        written["text"][name] = {
            count: record(*fit_text(count, make)) for count in (1, *counts)
        }
    written["structures"] = {
        name: record(*fit_structured(count, prefetch))
        for name, count, prefetch in (
            ("1", 1, False),
            ("2", 2, False),
            ("prefetched", 2, True),
        )
    }
    written["masked"] = {count: record(*fit_masked(count)) for count in (1, 3)}
    written["half"] = {
        count: record(*fit_conv(count, scaled, half="float16"))
        for count in (1, 2)
    }
    with devices.scope(2):
        make_conv().save(folder / "within.keras")
    dropping = {
        count: fit_conv(count, momentum, dropout=0.5, path_steps=4)[0]
        for count in (1, 2)
    }
    written["seeds"] = {count: seeds(dropping[count]) for count in (1, 2)}
    written["apart"] = apart(dropping[2])
    dropping[2].save(folder / "after.keras")
    pictures = make_pictures(4, seed=1)[0]
    written["probabilities"] = dropping[2](pictures).numpy().tolist()
    text = folder / "text.txt"
    words = random.Random(0).choices("abcde", k=400)
    text.write_text("\n".join(" ".join(words[i::40]) for i in range(40)))
    tasks = {
        SPACE: DIGITS,
        "tree(base=2, units=5)": f"text(path='{text}', epochs=2, "
        "batch_size=5, steps=8)",
    }
    for space, task in tasks.items():
        # A worker of the test trains the other child on two devices.
        counts = (1,) if space == SPACE else (1, 2)
        written["standalone"][space] = {
            count: evaluated(count, space, task) for count in counts
        }
    written["too_late"] = refusal(devices.names, MOST + 1)
    written["few"] = refusal(few_examples)
    (folder / "written.json").write_text(json.dumps(written))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
