"""Prints what the model returns for arrays: python predict.py inputs.npy ..."""

import pathlib
import sys

import keras
import numpy as np

folder = pathlib.Path(__file__).parent
model = keras.models.load_model(folder / "model.keras")
# Of a model with several inputs, a file of np.savez(path, name=array, ...).
for path in sys.argv[1:]:
    inputs = np.load(path)
    if not isinstance(inputs, np.ndarray):
        inputs = dict(inputs)
    print(f"{path}:\n{model.predict(inputs, verbose=0)}")
