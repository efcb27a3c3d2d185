"""Prints the class of each picture: python predict.py picture.png ..."""

import pathlib
import sys

import keras
from picture_values import values
from PIL import Image

folder = pathlib.Path(__file__).parent
model = keras.models.load_model(folder / "model.keras")
names = (folder / "class_names.txt").read_text(encoding="utf-8").split("\n")
channels = model.input_shape[-1]
# What transparent pictures are laid on.
background = "white"
for path in sys.argv[1:]:
    with Image.open(path) as picture:
        pixels = values(picture, channels, background)
    probabilities = model.predict_on_batch(pixels[None])[0]
    best = probabilities.argmax()
    print(f"{path}: {names[best]} {probabilities[best]:.1%}")
