"""Trains the same models on any backend and prints the results.

`python -m tests.on_backends` prints JSON, with the word `translator` that of
a translator alone; see `tests/test_engine.py`. Weights and data come from
NumPy, because backends draw different random numbers.
"""

import functools
import json
import sys

import keras
import numpy as np

from nas_tf import registry
from nas_tf.children.language_model import LanguageModel
from nas_tf.layers.tree_cell import TreeCell
from nas_tf.layers.tree_rnn import TreeRNN
from nas_tf.training import fit as training
from nas_tf.training import resident
from nas_tf.training.batches import weighted
from nas_tf.training.batches import whole_windows
from nas_tf.training.batches import windows
from nas_tf.training.lessons.classification import Classification
from nas_tf.training.lessons.language_modelling import LanguageModelling
from nas_tf.training.lessons.translation import Translation
from tests import translators
from tests.backends import array

SYMBOLS = 7
BATCH = 8


def pictures(count, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count).astype(np.int32)
    x = rng.normal(size=(count, 6, 6, 2)) + y[:, None, None, None]
    return x.astype(np.float32), y


def batches(epoch):
    for step in range(3):
        yield pictures(BATCH, seed=10 * epoch + step)


def kept_pictures():
    """Returns the pictures of `batches`, for a device that keeps them."""
    parts = [batch for epoch in range(2) for batch in batches(epoch)]
    arrays = tuple(map(np.concatenate, zip(*parts)))
    numbers = np.arange(len(arrays[1])).reshape(2, -1, BATCH)
    return resident.Resident(
        arrays, plans=numbers.__getitem__, batch=resident.examples
    )


def text(rows, length, seed):
    stream = np.random.default_rng(seed).integers(0, SYMBOLS, rows * length + 1)
    stream = stream.astype(np.int32)
    return stream[:-1].reshape(rows, -1), stream[1:].reshape(rows, -1)


def make_classifier(dropout=0.0):
    image = keras.Input((6, 6, 2))
    x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False)(image)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    x = keras.layers.Concatenate()([image, keras.layers.ReLU()(x)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(dropout, seed=3)(x)
    x = keras.layers.Dense(
        3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.1)
    )(x)
    return keras.Model(image, x)


def make_language_model(kind="tree", dropout=0.0):
    arguments = {"return_sequences": True, "return_state": True}
    if kind == "tree":
        space = registry.make("spaces", "tree(base=2)")
        rng = np.random.default_rng(2)
        spec = space.decode(tuple(d.random(rng) for d in space.decisions))
        layer = TreeRNN(TreeCell(spec, 5), **arguments)
    else:
        layer = keras.layers.LSTM(5, **arguments)
    return LanguageModel(
        [layer],
        SYMBOLS,
        shared_embeddings=kind == "lstm",
        embedding_dropout=dropout,
        output_dropout=dropout,
        seed=3,
    )


def with_weights(model, seed=0):
    """Gives a model random weights from NumPy, all of which have an effect."""
    rng = np.random.default_rng(seed)
    model.set_weights(
        [
            0.5 + rng.random(weights.shape)
            if weight.name.endswith("variance")
            else 0.5 * rng.normal(size=weights.shape)
            for weight, weights in zip(model.weights, model.get_weights())
        ]
    )
    return model


def train_classifier(optimizer, **arguments):
    model = with_weights(make_classifier())
    history = training.fit(
        model,
        Classification(),
        optimizer=optimizer,
        batches=batches,
        num_epochs=2,
        validation=weighted(*pictures(21, seed=99)),
        weight_decay=0.01,
        **arguments,
    )
    return _record(model, optimizer, history)


def train_language_model(kind, optimizer, rate=1.0, **arguments):
    inputs, targets = text(4, 9, seed=5)
    targets[3, 4:] = -1
    model = with_weights(make_language_model(kind))
    model.trainable_variables[0].regularizer = keras.regularizers.L2(0.01)
    rows = text(5, 12, seed=0)
    history = training.fit(
        model,
        LanguageModelling(),
        optimizer=optimizer,
        batches=lambda epoch: whole_windows(*rows, 4),
        num_epochs=2,
        learning_rate=lambda epoch: rate / (1 + epoch),
        validation=list(windows(inputs, targets, 4)),
        **arguments,
    )
    return _record(model, optimizer, history)


def train_translator():
    """Trains a translator of two cells on sentences of several lengths."""
    # JAX compiles each step of a sentence.
    source, target = (side[:, :3] for side in translators.sentences())
    wanted = np.pad(target[:, 1:], ((0, 0), (0, 1)), constant_values=3)
    wanted[1, 2:] = 0
    batch = (source, target), wanted
    model = with_weights(translators.translator(("gru", "lstm"), ("lstm",)))
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(0.1, 10), global_clipnorm=5.0
    )
    history = training.fit(
        model,
        Translation(0.1),
        optimizer=optimizer,
        batches=lambda epoch: [batch],
        num_epochs=6,
        jit_compile=False,
    )
    return _record(model, optimizer, history)


def _record(model, optimizer, history):
    return {
        "history": history,
        "steps": int(array(optimizer.iterations)),
        "weights": [weights.tolist() for weights in model.get_weights()],
    }


def results():
    rate = keras.optimizers.schedules.CosineDecay(0.1, 6)
    momentum = {"momentum": 0.9, "nesterov": True}
    return {
        "clipped": train_classifier(
            keras.optimizers.SGD(rate, global_clipnorm=0.5, **momentum),
            prefetch=True,
        ),
        "averaged": train_classifier(
            keras.optimizers.RMSprop(0.01, momentum=0.9, epsilon=1.0),
            ema_momentum=0.3,
            # JAX computes the first two of three steps in one call.
            resident=kept_pictures(),
            steps_per_call=2,
        ),
        "tree": train_language_model(
            "tree", keras.optimizers.SGD(1.0, global_clipnorm=0.2)
        ),
        "lstm": train_language_model(
            "lstm",
            keras.optimizers.Adam(0.01),
            0.01,
            resident=resident.Resident(
                text(5, 12, seed=0),
                plans=lambda epoch: map(np.int32, (0, 4, 8)),
                batch=functools.partial(resident.window, 4),
            ),
            steps_per_call=3,
        ),
    }


if __name__ == "__main__":
    alone = sys.argv[1:] == ["translator"]
    print(
        json.dumps({"translator": train_translator()} if alone else results())
    )
