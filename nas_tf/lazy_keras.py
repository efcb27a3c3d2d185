"""Loading Keras, fast on processors and without the notes TensorFlow prints."""

import contextlib
import gc
import os
import platform
import sys
import tempfile

from nas_tf.errors import UsageError

# Those that models are trained on.
BACKENDS = ("tensorflow", "jax", "torch")


def import_keras():
    """Imports Keras and its backend, silently unless that fails.

    TensorFlow writes lines to the standard error stream while it is imported
    that no setting of its own holds back. On x86-64 it is told to use oneDNN
    whatever the processor; `TF_ENABLE_ONEDNN_OPTS=0` in the environment is
    heeded.

    Returns:
        The module.

    Raises:
        UsageError: If the backend asked for is not installed.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if platform.machine() in ("x86_64", "AMD64"):
        # TensorFlow itself uses it only where there is AVX-512; with AVX2
        # convolutions are about twice as fast by it.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    try:
        with _held_back_stderr():
            import keras
    except (ModuleNotFoundError, ValueError) as error:
        backend = _refused(error)
        if backend is None:
            raise
        raise UsageError(
            f"Expected Keras on a backend that is installed, by KERAS_BACKEND "
            f"one of {', '.join(BACKENDS)}. Received: {backend}"
        ) from None
    # It stays for good, and going through its 400,000 objects would take 0.2 s
    # at each collection, of which Keras asks for one before every child.
    gc.freeze()
    return keras


def set_random_seed(seed):
    """Seeds what Keras draws from, silently.

    On other backends Keras loads TensorFlow for it, where that is installed.

    Args:
        seed: Integer, at least 0.
    """
    keras = import_keras()
    if "tensorflow" in sys.modules:
        keras.utils.set_random_seed(seed)
        return
    with _held_back_stderr():
        keras.utils.set_random_seed(seed)


def _refused(error):
    """Returns the backend that Keras did not find, None for other errors."""
    if isinstance(error, ModuleNotFoundError):
        return error.name if error.name in BACKENDS else None
    _, is_it, name = str(error).partition("Unable to import backend : ")
    return name if is_it else None


@contextlib.contextmanager
def _held_back_stderr():
    sys.stderr.flush()
    real = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception as error:
            if _refused(error) is None:
                held.seek(0)
                os.write(real, held.read())
            raise
        finally:
            os.dup2(real, 2)
            os.close(real)
