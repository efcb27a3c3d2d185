"""A model as a TensorFlow function, which converters take."""

import contextlib
import os
import tempfile
import warnings

from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.train import serving
from nas_tf.train import stranger


def of_model(model, size=None):
    """Returns a concrete function of what a model predicts.

    Args:
        model: Functional Keras model.
        size: `(height, width)` of pictures, if only those of one size are to
            be taken; None (default) for the model's own shapes.

    Returns:
        A TensorFlow function of tensors, one for each input in flattened
        order, whose outputs are those of the model in flattened order.
    """
    import tensorflow as tf

    keras = import_keras()
    specs = [
        tf.TensorSpec(*spec)
        for spec in zip(shapes(model, size), dtypes(model), input_names(model))
    ]

    def predictions(*tensors):
        given = keras.tree.pack_sequence_as(model.input, tensors)
        # Without it, a layer of pictures such as `Resizing` would set all
        # that follow to training.
        outputs = keras.tree.flatten(model(given, training=False))
        return dict(zip(output_names(model), outputs))

    function = tf.function(predictions, input_signature=specs)
    return function.get_concrete_function()


def given(function):
    """Returns the tensors that a concrete function is called with."""
    captured = len(function.captured_inputs)
    return function.inputs[: len(function.inputs) - captured]


def shapes(model, size=None):
    """Returns the shapes of a model's inputs, flattened; see `of_model`."""
    found = [tensor.shape for tensor in _flat(model.input)]
    if size is not None:
        found = [(None, *size, found[0][-1])]
    return found


def dtypes(model):
    """Returns the names of the types of a model's inputs, flattened."""
    return [tensor.dtype for tensor in _flat(model.input)]


def input_names(model):
    """Returns the names of a model's inputs in a file, flattened.

    See `nas_tf.train.stranger.names_of`.
    """
    return stranger.names_of("inputs", input_keys(model))


def input_keys(model):
    """Returns the keys of a model's inputs: numbers, if it has no dict."""
    if isinstance(model.input, dict):
        return sorted(model.input)
    return range(len(_flat(model.input)))


def output_names(model):
    """Returns the names of a model's outputs in a file, as those of inputs."""
    return stranger.names_of("outputs", range(len(_flat(model.output))))


def _flat(structure):
    return import_keras().tree.flatten(structure)


def reading_numbers(model):
    """Returns a model as it is, or one of numbers where it takes strings."""
    layers = serving.layers_of(model)
    if "reader" not in layers or "preprocessing" not in layers:
        return model
    from nas_tf.children import reader

    return reader.from_zeros(layers["reader"])


@contextlib.contextmanager
def conversion(title):
    """Keeps what a converter prints from the terminal.

    Args:
        title: Name of the format in messages.

    Raises:
        UsageError: If the converter raises an error, with its first line.
    """
    import tensorflow as tf

    logger = tf.get_logger()
    level = logger.level
    # Converters print from C++ too, which only knows the file number.
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as printed, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel("ERROR")
        os.dup2(printed.fileno(), 2)
        try:
            yield
        except OSError:
            raise
        except Exception as error:
            reason = str(error).strip().split("\n")[0]
            raise UsageError(
                f"Expected a model that can be written as {title}. Received: "
                f"{type(error).__name__}: {reason}"
            ) from error
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            logger.setLevel(level)
