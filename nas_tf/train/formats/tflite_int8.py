"""TFLite with weights and activations of 8 bits, a quarter of the size."""

from nas_tf.train.formats import _lite

FILE = "model_int8.tflite"
LIBRARIES = ("ai_edge_litert",)
INSTALLED_BY = "pip install ai-edge-litert"
IS_EXACT = False
TEXT = False
HAS_ONE_SIZE = True


def write(model, task, path):
    """Writes a model that takes raw inputs, pictures of one size.

    Inputs and outputs keep their types. The ranges of the 8-bit numbers are
    those of 200 training examples, evenly spaced.

    Args:
        model: What `raw_model` returned.
        task: Its `Task`.
        path: `pathlib.Path` of the file.

    Raises:
        UsageError: If an operation of the model cannot be written.
    """
    _lite.write(model, task, path, in_8_bits=True)
