"""Prints the class of each picture: python predict.py picture.png ..."""

import pathlib
import sys

import keras
import numpy as np
from PIL import Image

folder = pathlib.Path(__file__).parent
model = keras.models.load_model(folder / "model.keras")
names = (folder / "class_names.txt").read_text(encoding="utf-8").split("\n")
channels = model.input_shape[-1]
for path in sys.argv[1:]:
    opened: Image.Image = Image.open(path)
    if opened.mode.startswith("I;16"):
        opened = Image.fromarray((np.asarray(opened) >> 8).astype("uint8"))
    picture = opened.convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(picture).reshape(1, *picture.size[::-1], channels)
    probabilities = model.predict_on_batch(pixels)[0]
    best = probabilities.argmax()
    print(f"{path}: {names[best]} {probabilities[best]:.1%}")
