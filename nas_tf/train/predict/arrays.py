"""Prints what the model returns for arrays: python predict.py inputs.npy ..."""

import pathlib
import sys

import keras
import numpy as np

folder = pathlib.Path(__file__).parent
model = keras.models.load_model(folder / "model.keras")
for path in sys.argv[1:]:
    inputs = np.load(path)
    # Several inputs are in a file of np.savez(path, name=array, ...).
    if not isinstance(inputs, np.ndarray):
        inputs = {
            name: array.astype(object) if array.dtype.kind == "U" else array
            for name, array in inputs.items()
        }
    print(f"{path}:\n{model.predict_on_batch(inputs)}")
