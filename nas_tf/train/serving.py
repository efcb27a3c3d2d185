"""Saves a model that takes raw inputs, for others."""

import itertools
import re
import zipfile

from nas_tf.lazy_keras import import_keras

KERAS_FILE = "model.keras"
SAVED_MODEL = "saved_model"
# In `model.keras`, which is a ZIP file: the names of the outputs, one a line.
NAMES = "output_names.txt"
# The names that TensorFlow accepts.
_OPERATION = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.]*")


def save(model, folder, class_names=(), saved_model=True):
    """Writes a model as `model.keras` and, with TensorFlow, a SavedModel.

    Names of the outputs are in `model.keras` as a file that Keras ignores, see
    `NAMES`. The SavedModel has the endpoint `serve`, from raw inputs to what
    the model returns, and `class_names`, without arguments, if there are names.
    A language model's has two more. `encode` takes strings `[B]` and returns
    tokens `[B, T + 1]`, as the model reads them. `advance` continues a text: it
    takes tokens `[B, T]` and states, and returns a dict of "logits" and the
    next states "state_0", "state_1", ...

    Args:
        model: What `raw_model` returned.
        folder: `pathlib.Path` of a directory.
        class_names: Sequence of strings, the names of the outputs, if any.
        saved_model: Whether to write a SavedModel. Default: True.
    """
    keras = import_keras()
    model.save(folder / KERAS_FILE)
    if class_names:
        with zipfile.ZipFile(folder / KERAS_FILE, "a") as file:
            file.writestr(NAMES, names_text(class_names))
    if not saved_model or keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    path = str(folder / SAVED_MODEL)
    if not model.inputs:
        # Its own code decides what it takes.
        model.export(path, format="tf_saved_model", verbose=False)
        return
    layers = layers_of(model)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model, [_spec(model.input)])
    if "reader" in layers:
        _add_reading(archive, layers["reader"], layers.get("preprocessing"))
    if class_names:
        names = tf.constant(list(class_names))
        archive.add_endpoint("class_names", lambda: names, [])
    archive.write_out(path, verbose=False)


def layers_of(model):
    """Returns a dict from names to layers, without those of inputs.

    Users name inputs, maybe as this package names a layer.
    """
    inputs = import_keras().layers.InputLayer
    return {
        layer.name: layer
        for layer in model.layers
        if not isinstance(layer, inputs)
    }


def names_text(names):
    """Returns the content of a file of names, one a line."""
    return "".join(f"{name}\n" for name in names)


def _add_reading(archive, reader, encode):
    """Adds the endpoints of a language model."""

    def advance(tokens, *states):
        # The outputs of a signature have names but no structure.
        logits, *states = reader([tokens, *states])
        named = {f"state_{i}": state for i, state in enumerate(states)}
        return {"logits": logits, **named}

    archive.add_endpoint("advance", advance, _spec(reader.inputs))
    if encode is not None:
        archive.add_endpoint("encode", encode, [_spec(encode.input)])


def _spec(inputs):
    """Returns the TensorFlow specs of a structure of Keras inputs."""
    import tensorflow as tf

    keras = import_keras()
    numbers = itertools.count(1)

    def spec(x):
        number = next(numbers)
        # Columns of a table may have names that operations cannot have.
        name = x.name if _OPERATION.fullmatch(x.name) else f"named_{number}"
        return tf.TensorSpec(x.shape, x.dtype, name=name)

    return keras.tree.map_structure(spec, inputs)
