"""TFLite, for LiteRT on phones and small devices."""

from nas_tf.train.formats import _lite

FILE = "model.tflite"
LIBRARIES = ("ai_edge_litert",)
INSTALLED_BY = "pip install ai-edge-litert"
IS_EXACT = True
# TFLite has no loops over sequences whose length is not known.
TEXT = False
HAS_ONE_SIZE = True


def write(model, task, path):
    """Writes a model that takes raw inputs, pictures of one size.

    Args:
        model: What `raw_model` returned.
        task: Its `Task`.
        path: `pathlib.Path` of the file.

    Raises:
        UsageError: If an operation of the model cannot be written.
    """
    _lite.write(model, task, path)
