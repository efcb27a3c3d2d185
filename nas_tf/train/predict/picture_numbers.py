"""Prints the outputs for each picture: python predict.py picture.png ..."""

import pathlib
import sys

import keras
from picture_values import values
from PIL import Image

folder = pathlib.Path(__file__).parent
model = keras.models.load_model(folder / "model.keras")
file = folder / "class_names.txt"
names = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
channels = model.input_shape[-1]
# What transparent pictures are laid on.
background = "white"
for path in sys.argv[1:]:
    with Image.open(path) as picture:
        pixels = values(picture, channels, background)
    outputs = model.predict_on_batch(pixels[None])[0].ravel()
    shown = [
        f"{names[i]} {value:.4g}" if names else f"{value:.4g}"
        for i, value in enumerate(outputs)
    ]
    print(f"{path}: {', '.join(shown)}")
