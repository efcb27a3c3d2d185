"""Loading Keras."""

import subprocess
import sys

SCRIPT = """
import gc
import weakref
from nas_tf.quiet import import_keras
keras = import_keras()
assert gc.get_freeze_count() > 100_000
# What is made afterwards is collected as ever.
layer = keras.layers.Dense(1)
layer.loop = layer
gone = weakref.ref(layer)
del layer
keras.utils.clear_session()
assert gone() is None
"""


def test_is_silent_and_spares_later_collections():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
