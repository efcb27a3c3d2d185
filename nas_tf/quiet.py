"""Loading Keras without the notes its backend prints."""

import contextlib
import gc
import os
import sys
import tempfile


def import_keras():
    """Imports Keras and its backend, silently unless that fails.

    TensorFlow writes lines to the standard error stream while it is imported
    that no setting of its own holds back.

    Returns:
        The module.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _held_back_stderr():
        import keras
    # It stays for good, and going through its 400,000 objects would take 0.2 s
    # at each collection, of which Keras asks for one before every child.
    gc.freeze()
    return keras


@contextlib.contextmanager
def _held_back_stderr():
    sys.stderr.flush()
    real = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(real, held.read())
            raise
        finally:
            os.dup2(real, 2)
            os.close(real)
