"""Further formats of an exported model: `--export=onnx,tflite,tflite_int8`.

A format is one file here, found by its name. It has

    FILE       the name of the file that it writes beside `model.keras`
    LIBRARIES  the modules that write the file and that read it again
    INSTALLED_BY  the command that installs them
    IS_EXACT   whether the outputs are those of `model.keras`, up to rounding
    TEXT       whether there is such a file for language models
    HAS_ONE_SIZE  whether it takes pictures of one size only
    write(model, task, path)

_names      formats by their names, and whether what they need is installed
_examples   raw examples of the size that a file takes
_function   a model as a TensorFlow function, which converters take
_lite       what both TFLite formats share
_scores     the files scored by a process without this package
_words      what is said about them
"""

from nas_tf.train.formats._names import check
from nas_tf.train.formats._names import in_folder
from nas_tf.train.formats._names import names
from nas_tf.train.formats._names import wanted
from nas_tf.train.formats._names import write
from nas_tf.train.formats._words import line
from nas_tf.train.formats._words import lines

__all__ = [
    "check",
    "in_folder",
    "line",
    "lines",
    "names",
    "wanted",
    "write",
]
