"""Loading Keras."""

import os
import platform
import subprocess
import sys

import pytest

from nas_tf import lazy_keras
from nas_tf.machine import places

ON_X86 = platform.machine() in ("x86_64", "AMD64")
SCRIPT = """
import gc
import sys
import weakref
from nas_tf.lazy_keras import import_keras
keras = import_keras()
assert gc.get_freeze_count() > 100_000
# What is made afterwards is collected as before.
layer = keras.layers.Dense(1)
layer.loop = layer
gone = weakref.ref(layer)
del layer
keras.utils.clear_session()
assert gone() is None
from tensorflow.python.util import _pywrap_util_port
sys.exit(10 + _pywrap_util_port.IsMklEnabled())
"""


@pytest.mark.parametrize("home", ["~", ""])
def test_without_a_home_keras_has_a_temporary_one(tmp_path, monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    # Set first, so that it is gone after the test.
    monkeypatch.setenv("KERAS_HOME", "x")
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr(places.tempfile, "gettempdir", lambda: str(tmp_path))
    lazy_keras.set_environment()
    own = tmp_path / f".keras-{os.getuid()}"
    assert os.environ["KERAS_HOME"] == str(own) and own.is_dir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    lazy_keras.set_environment()
    assert os.environ["KERAS_HOME"] == str(tmp_path)


LEAVING_OUT = """
import sys
from nas_tf import lazy_keras
if sys.argv[1] == "leave":
    lazy_keras.leave_out_extras()
lazy_keras.import_keras()
left = [name for name in lazy_keras.EXTRAS if name not in sys.modules]
for name in lazy_keras.EXTRAS:
    __import__(name)
print(*left)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked, left", [("leave", "matplotlib sklearn"), ("", "")]
)
def test_commands_leave_out_what_keras_needs_for_plots(asked, left):
    run = subprocess.run(
        [sys.executable, "-c", LEAVING_OUT, asked],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == left


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked, used",
    [(None, True), ("0", False)],
)
def test_loads_silently_spares_collections_and_uses_onednn(asked, used):
    environment = dict(os.environ)
    environment.pop("TF_ENABLE_ONEDNN_OPTS", None)
    if asked is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = asked
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (run.stdout, run.stderr) == ("", "")
    # oneDNN is enabled only where it was measured to be faster.
    if ON_X86:
        assert run.returncode == 10 + used
    else:
        assert run.returncode in (10, 11)
