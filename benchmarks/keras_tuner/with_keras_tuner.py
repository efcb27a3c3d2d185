"""Usage: python with_keras_tuner.py FOLDER SEED"""

import sys

import keras
import keras_tuner
import numpy as np
from sklearn.datasets import load_digits

folder, seed = sys.argv[1:]
digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
x = digits.images[order, :, :, None].astype("float32")
x -= x.mean(axis=(1, 2, 3), keepdims=True)
x /= x.std(axis=(1, 2, 3), keepdims=True)
y = digits.target[order]
train, valid, test = slice(900), slice(900, 1500), slice(1500, None)


def build(hp, epochs=5):
    inputs = outputs = keras.Input((8, 8, 1))
    for i in range(4):
        height = hp.Choice(f"height_{i}", [1, 3, 5, 7])
        width = hp.Choice(f"width_{i}", [1, 3, 5, 7])
        outputs = keras.layers.Conv2D(
            hp.Choice(f"filters_{i}", [4, 8, 12, 16]),
            (height, width),
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
        )(outputs)
        outputs = keras.layers.BatchNormalization(momentum=0.9)(outputs)
        outputs = keras.layers.ReLU()(outputs)
    outputs = keras.layers.GlobalAveragePooling2D()(outputs)
    outputs = keras.layers.Dense(10, activation="softmax")(outputs)
    model = keras.Model(inputs, outputs)
    rate = keras.optimizers.schedules.CosineDecay(0.1, 29 * epochs)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


tuner = keras_tuner.BayesianOptimization(
    build, "val_accuracy", max_trials=12, seed=int(seed), directory=folder
)
data = {"validation_data": (x[valid], y[valid]), "verbose": 0}
tuner.search(x[train], y[train], epochs=5, batch_size=32, **data)
tuner.results_summary(num_trials=3)
model = build(tuner.get_best_hyperparameters()[0], epochs=20)
best = keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True)
model.fit(x[train], y[train], 32, 20, callbacks=[best], **data)
model.save(f"{folder}/model.keras")
print("test", model.evaluate(x[test], y[test], verbose=0)[1])
