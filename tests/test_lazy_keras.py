"""Loading Keras."""

import os
import platform
import subprocess
import sys

import pytest

SCRIPT = """
import gc
import weakref
from nas_tf.lazy_keras import import_keras
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


@pytest.mark.parametrize("asked, used", [(None, True), ("0", False)])
def test_tensorflow_uses_onednn_unless_told_not_to(asked, used):
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("only where it was measured")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("TF_ENABLE_ONEDNN_OPTS", None)
    if asked is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = asked
    script = """
from nas_tf.lazy_keras import import_keras
import_keras()
from tensorflow.python.util import _pywrap_util_port
print(_pywrap_util_port.IsMklEnabled())
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == str(used)
