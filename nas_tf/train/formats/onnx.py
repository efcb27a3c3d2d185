"""ONNX, for ONNX Runtime and programs in any language."""

from nas_tf.train.formats import _function

FILE = "model.onnx"
LIBRARIES = ("tf2onnx", "onnxruntime")
INSTALLED_BY = "pip install tf2onnx onnx onnxruntime"
IS_EXACT = True
TEXT = True
HAS_ONE_SIZE = False


def write(model, task, path):
    """Writes a model that takes raw inputs, of any number and size.

    ONNX has no strings to be split, so that of a language model takes the
    numbers of symbols.

    Args:
        model: What `raw_model` returned.
        task: Its `Task`.
        path: `pathlib.Path` of the file.

    Raises:
        UsageError: If an operation of the model cannot be written.
    """
    from tf2onnx import convert
    from tf2onnx import tf_loader

    with _function.conversion("ONNX"):
        function = _function.of_model(_function.reading_numbers(model))
        inputs = [tensor.name for tensor in _function.given(function)]
        outputs = [tensor.name for tensor in function.outputs]
        # `convert.from_function` would take constants that the function has
        # captured for further inputs.
        graph = tf_loader.from_function(function, inputs, outputs)
        convert.from_graph_def(
            graph,
            input_names=inputs,
            output_names=outputs,
            tensors_to_rename={
                **{name: name.split(":")[0] for name in inputs},
                **dict(zip(outputs, _function.output_names(model))),
            },
            output_path=str(path),
        )
