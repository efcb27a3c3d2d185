"""Reads texts: python predict.py "a few words" text.txt ...

Prints the perplexity of each text, and the likeliest symbols to follow it.
"""

import json
import os
import pathlib
import sys

import keras
import numpy as np

folder = pathlib.Path(__file__).parent
card = json.loads((folder / "model_card.json").read_text(encoding="utf-8"))
model = keras.models.load_model(folder / "model.keras")
reader = model.get_layer("reader")
symbols = (folder / "vocabulary.txt").read_bytes().decode("utf-8").split("\n")
numbers = {symbol: number for number, symbol in enumerate(symbols)}
unknown = numbers.get("<unk>", model.output_shape[-1] - 1)
for text in sys.argv[1:]:
    name = text
    if os.path.isfile(text):
        text = pathlib.Path(text).read_text(encoding="utf-8-sig")
    tokens = []
    for line in text.split("\n"):
        words = card["level"] == "word"
        parts = line.split() if words else line.strip().replace(" ", "_")
        tokens += [numbers["<eos>"]] + [numbers.get(s, unknown) for s in parts]
    states = [np.zeros((1, *s.shape[1:]), s.dtype) for s in reader.inputs[1:]]
    nats = []
    # The states carry the text from one window to the next.
    for start in range(0, len(tokens), 200):
        window = np.array([tokens[start : start + 200]], "int32")
        logits, *states = reader.predict_on_batch([window, *states])
        logs = keras.ops.convert_to_numpy(keras.ops.log_softmax(logits[0]))
        following = tokens[start + 1 : start + 201]
        nats += [-row[token] for row, token in zip(logs, following)]
    perplexity = np.exp(np.mean(nats, dtype=float)) if nats else float("nan")
    best = logs[-1].argsort()[:-6:-1]
    shown = ", ".join(f"{symbols[i]} {np.exp(logs[-1][i]):.1%}" for i in best)
    print(f"{name}: perplexity {perplexity:.2f}; next: {shown}")
