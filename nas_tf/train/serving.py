"""Saves a model for others, and scores it as loaded from its files."""

import pathlib

from nas_tf.lazy_keras import import_keras

KERAS_FILE = "model.keras"
SAVED_MODEL = "saved_model"


def save(model, folder):
    """Writes a model as `model.keras` and, with TensorFlow, a SavedModel.

    A classifier's SavedModel has one endpoint, `serve`, from examples to
    probabilities. A language model's has two. `serve` takes whole texts, tokens
    `[B, T]`. `advance` continues a text: it takes tokens `[B, T]` and states,
    and returns a dict of "logits" and the next states "state_0", "state_1", ...

    Args:
        model: Built Keras model on one device.
        folder: `pathlib.Path` of a directory.
    """
    keras = import_keras()
    model.save(folder / KERAS_FILE)
    if keras.backend.backend() != "tensorflow":
        return
    path = str(folder / SAVED_MODEL)
    if not hasattr(model, "advance"):
        model.export(path, format="tf_saved_model", verbose=False)
        return
    import tensorflow as tf

    def advance(tokens, *states):
        # The outputs of a signature have names but no structure.
        logits, states = model.advance(tokens, list(states))
        return {"logits": logits, **_named(states)}

    tokens = tf.TensorSpec((None, None), "int32", name="tokens")
    states = [
        tf.TensorSpec((None, *state.shape[1:]), state.dtype, name=name)
        for name, state in _named(model.initial_states(1)).items()
    ]
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model.call, [tokens])
    archive.add_endpoint("advance", advance, [tokens, *states])
    archive.write_out(path, verbose=False)


def _named(states):
    return {f"state_{i}": state for i, state in enumerate(states)}


def scores(folder, task, split):
    """Loads the files that `save` wrote and evaluates them.

    Meant for a process that has not built the model.

    Args:
        folder: Path of the directory.
        task: `Task`.
        split: "train", "valid" or "test".

    Returns:
        Dict from the name of each loaded file to what `Task.evaluate`
        returns.
    """
    keras = import_keras()
    folder = pathlib.Path(folder)
    found = {}
    model = keras.models.load_model(folder / KERAS_FILE)
    found[KERAS_FILE] = task.evaluate(model, split)
    if (folder / SAVED_MODEL).exists():
        served = _Served(folder / SAVED_MODEL, model)
        found[SAVED_MODEL] = task.evaluate(served, split)
    return found


class _Served:
    """A SavedModel with the methods of a Keras model that evaluation needs."""

    trainable_variables = ()
    losses = ()

    def __init__(self, folder, model):
        import tensorflow as tf

        self._loaded = tf.saved_model.load(str(folder))
        if hasattr(model, "advance"):
            # The files do not say the shapes of the states.
            self.initial_states = model.initial_states
            self.advance = self._advance

    def __call__(self, x, training=False):
        return self._loaded.serve(x)

    def _advance(self, tokens, states, training=False):
        outputs = self._loaded.advance(tokens, *states)
        return outputs["logits"], [outputs[name] for name in _named(states)]
