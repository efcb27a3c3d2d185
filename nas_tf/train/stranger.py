"""Opens exported files as somebody without this package does.

This file is run by its path in a process of its own and imports nothing of
`nas_tf`. Questions come through standard input: a line of JSON, then arrays.
Answers go through standard output in the same way. The process ends when its
input does.

A question is `{"file": ..., "imports": [...], "read": ..., "keys": ...}`. The
file is one of those in the folder that the command names. `imports` are modules
that must be imported before it opens. The arrays are the inputs of the model:
if `keys` is null, a single one; else a dict with these keys, or, if they are
numbers, a list. The arrays of the answer are the outputs in order, unless it is
`{"error": ...}`. With `read`, the input is one text or the numbers of its
symbols, and the output is the nats of each symbol, `[N]`, read to the end in
windows; or there are three arrays for a translator, see `nats_of_pairs`.
"""

import ctypes
import importlib
import io
import json
import os
import pathlib
import re
import signal
import sys

import numpy as np

# Symbols that are read at a time.
WINDOW = 200
# A name that inputs can have in every format.
PLAIN = re.compile(r"[A-Za-z]\w*", re.ASCII)


def send(stream, head, arrays):
    """Writes one message.

    Args:
        stream: Binary stream.
        head: JSON-able dict.
        arrays: List of NumPy arrays, which strings may be in, but no objects.
    """
    parts = []
    for array in arrays:
        part = io.BytesIO()
        np.save(part, array, allow_pickle=False)
        parts.append(part.getvalue())
    head = {**head, "sizes": [len(part) for part in parts]}
    stream.write(json.dumps(head).encode() + b"\n" + b"".join(parts))
    stream.flush()


def receive(stream):
    """Returns the head and the arrays of the next message, None at the end."""
    line = stream.readline()
    if not line:
        return None
    head = json.loads(line)
    parts = [io.BytesIO(stream.read(size)) for size in head["sizes"]]
    return head, [np.load(part, allow_pickle=False) for part in parts]


def framework(name):
    """Imports Keras or TensorFlow, without what plots and wrappers need.

    Does what `nas_tf.lazy_keras.leave_out_extras` is for, which may not be
    imported here.

    Args:
        name: "keras" or "tensorflow".

    Returns:
        The module.
    """
    extras = ("matplotlib", "sklearn")
    hidden = [extra for extra in extras if extra not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        return importlib.import_module(name)
    finally:
        for extra in hidden:
            del sys.modules[extra]


class KerasFile:
    """A `.keras` file, opened by Keras."""

    def __init__(self, path, imports):
        framework("keras")
        for name in imports:
            # What `main` forbids.
            if sys.modules.get(name, "") is None:
                del sys.modules[name]
            importlib.import_module(name)
        import keras

        self._model = keras.models.load_model(path)
        self._layers = {layer.name: layer for layer in self._model.layers}

    def predict(self, inputs):
        import keras

        return keras.tree.flatten(self._model.predict_on_batch(inputs))

    def write(self, source, target):
        import keras

        # Not `predict_on_batch`, which compiles for sentences of any length
        # after a second one. A translator needs to know the length.
        logits = self._model((source, target), training=False)
        return keras.ops.convert_to_numpy(logits)

    def encode(self, lines):
        return self._layers["preprocessing"].predict_on_batch(lines)

    def zeros(self):
        inputs = self._layers["reader"].inputs[1:]
        return [
            np.zeros((1, *state.shape[1:]), state.dtype) for state in inputs
        ]

    def advance(self, tokens, states):
        reader = self._layers["reader"]
        logits, *states = reader.predict_on_batch([tokens, *states])
        return logits, states


class SavedModel:
    """A SavedModel, opened by TensorFlow."""

    def __init__(self, path, imports):
        tf = framework("tensorflow")

        self._loaded = tf.saved_model.load(str(path))

    def predict(self, inputs):
        import tensorflow as tf

        [function] = self._loaded.serve.concrete_functions
        # Whether several inputs are a list or a tuple is up to Keras.
        inputs = tf.nest.pack_sequence_as(
            function.structured_input_signature[0][0],
            tf.nest.flatten(_tensors(inputs)),
        )
        outputs = self._loaded.serve(inputs)
        return [np.asarray(output) for output in tf.nest.flatten(outputs)]

    def encode(self, lines):
        return np.asarray(self._loaded.encode(_tensors(lines)))

    def zeros(self):
        function = self._loaded.advance.concrete_functions[0]
        states = function.structured_input_signature[0][1:]
        return [
            np.zeros((1, *state.shape[1:]), state.dtype.as_numpy_dtype)
            for state in states
        ]

    def advance(self, tokens, states):
        outputs = self._loaded.advance(tokens, *states)
        states = [outputs[f"state_{i}"] for i in range(len(states))]
        return np.asarray(outputs["logits"]), states


def _tensors(inputs):
    import tensorflow as tf

    return tf.nest.map_structure(tf.constant, inputs)


class OnnxFile:
    """An ONNX file, opened by ONNX Runtime."""

    def __init__(self, path, imports):
        import onnxruntime

        self._session = onnxruntime.InferenceSession(
            path, providers=["CPUExecutionProvider"]
        )

    def predict(self, inputs):
        return self._session.run(None, _named(inputs))


class LiteFile:
    """A TFLite file, opened by LiteRT."""

    def __init__(self, path, imports):
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(str(path), num_threads=os.cpu_count())
        self._predict = interpreter.get_signature_runner()

    def predict(self, inputs):
        outputs = self._predict(**_named(inputs))
        names = names_of("outputs", range(len(outputs)))
        return [outputs[name] for name in names]


def _named(inputs):
    """Returns a dict from the names of inputs in files to arrays."""
    if isinstance(inputs, dict):
        names = names_of("inputs", sorted(inputs))
        return {name: inputs[key] for name, key in zip(names, sorted(inputs))}
    if isinstance(inputs, np.ndarray):
        inputs = [inputs]
    return dict(zip(names_of("inputs", range(len(inputs))), inputs))


def names_of(title, keys):
    """Returns the names of inputs or outputs in files of further formats.

    They are the keys, if these are strings that such names can be. Otherwise a
    single one is called as the title, several "inputs_0", "inputs_1", ...

    Args:
        title: "inputs" or "outputs".
        keys: The keys of a dict, sorted, or a range of numbers.
    """
    if all(isinstance(key, str) and PLAIN.fullmatch(key) for key in keys):
        return list(keys)
    if len(keys) == 1:
        return [title]
    return [f"{title}_{number}" for number in range(len(keys))]


KINDS = {".keras": KerasFile, ".onnx": OnnxFile, ".tflite": LiteFile}


def nats(opened, text):
    """Returns the nats of each symbol of a text, `[N]`.

    Args:
        opened: `KerasFile` or `SavedModel`.
        text: `[1]` string, or `[1, N + 1]` integers that begin with the symbol
            before the text.
    """
    tokens = opened.encode(text) if text.dtype == object else text
    states = opened.zeros()
    found = []
    for start in range(0, tokens.shape[1] - 1, WINDOW):
        window = tokens[:, start : start + WINDOW + 1]
        logits, states = opened.advance(window[:, :-1], states)
        logits = logits[0].astype(float)
        highest = logits.max(axis=1)
        total = np.log(np.exp(logits - highest[:, None]).sum(axis=1)) + highest
        found.append(total - logits[np.arange(len(logits)), window[0, 1:]])
    return np.concatenate(found)


def nats_of_pairs(opened, source, target, wanted):
    """Returns the nats of the symbols of translations that count, `[N]`.

    Args:
        opened: `KerasFile`.
        source: `[B, S]` integers.
        target: `[B, T]` integers, each translation up to the symbol before.
        wanted: `[B, T]` integers, its symbols; 0 does not count.
    """
    logits = opened.write(source, target)[wanted > 0].astype(float)
    highest = logits.max(axis=1)
    total = np.log(np.exp(logits - highest[:, None]).sum(axis=1)) + highest
    return total - logits[np.arange(len(logits)), wanted[wanted > 0]]


def answer(folder, files, head, arrays):
    """Returns the arrays that answer a question.

    Args:
        folder: `pathlib.Path` of the files.
        files: Dict from the names of those that are open to what opened them.
        head: Dict, see the module.
        arrays: List of arrays.
    """
    name = head["file"]
    if name not in files:
        kind = KINDS.get(pathlib.Path(name).suffix, SavedModel)
        files[name] = kind(folder / name, head["imports"])
    inputs = [a.astype(object) if a.dtype.kind == "U" else a for a in arrays]
    if head["keys"] is None:
        (inputs,) = inputs
    elif head["keys"] and isinstance(head["keys"][0], str):
        inputs = dict(zip(head["keys"], inputs))
    if head["read"] and len(arrays) == 3:
        return [nats_of_pairs(files[name], *arrays)]
    if head["read"]:
        return [nats(files[name], inputs)]
    return files[name].predict(inputs)


def main():
    folder = pathlib.Path(sys.argv[1])
    # Standard output is for answers alone, whatever a library prints.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Also where the package is installed, nothing may need it.
    sys.modules["nas_tf"] = None
    files = {}
    while (message := receive(sys.stdin.buffer)) is not None:
        try:
            head, outputs = {}, answer(folder, files, *message)
        # Keras and TensorFlow raise any kind of error for a broken file.
        except Exception as error:
            reason = str(error).strip().split("\n")[0]
            head, outputs = {"error": f"{type(error).__name__}: {reason}"}, []
        send(answers, head, outputs)


def end_with_parent():
    """Makes the kernel end this process with the one that started it.

    A process that loads TensorFlow would not see for seconds that its input
    has ended.
    """
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG of Linux's prctl.h.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    end_with_parent()
    main()
