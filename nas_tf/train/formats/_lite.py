"""What both TFLite formats share."""

from nas_tf.train.formats import _examples
from nas_tf.train.formats import _function

# Training examples from which the ranges of 8-bit numbers are found.
NUM_EXAMPLES = 200


def write(model, task, path, in_8_bits=False):
    """Writes a TFLite file.

    Args:
        model: What `raw_model` returned.
        task: Its `Task`.
        path: `pathlib.Path` of the file.
        in_8_bits: Whether weights and activations become whole numbers of 8
            bits where TFLite can compute with them. Default: False.

    Raises:
        UsageError: If an operation of the model cannot be written.
    """
    import tensorflow as tf

    size = _examples.size(model, task)
    with _function.conversion("TFLite"):
        function = _function.of_model(model, size)
        # The converter finds the values of variables that a module has.
        module = tf.Module()
        module.weights = [variable.value for variable in model.variables]
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [function], module
        )
        if in_8_bits:
            examples = _examples.some(task, size, NUM_EXAMPLES)
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: examples
        content = converter.convert()
    path.write_bytes(content)
