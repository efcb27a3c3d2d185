"""Loads Keras without TensorFlow's messages, and with oneDNN on processors."""

import contextlib
import gc
import os
import platform
import sys
import tempfile

from nas_tf import keras_scope
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.machine import standard_streams

# The backends that models can be trained on.
BACKENDS = ("tensorflow", "jax", "torch")
# Keras imports these for its plots and wrappers alone, if they are installed.
# They and what they import take a third of the time that Keras takes.
EXTRAS = ("matplotlib", "sklearn")

_with_extras = True


def import_keras():
    """Imports Keras and its backend, silently unless that fails.

    While it is imported, TensorFlow writes lines to the standard error stream
    that none of its own settings suppresses. On x86-64 this also turns oneDNN
    on, unless the environment has `TF_ENABLE_ONEDNN_OPTS=0`.

    Returns:
        The module.

    Raises:
        UsageError: If the chosen backend is not installed.
    """
    if "keras" in sys.modules:
        keras_scope.settle()
        return sys.modules["keras"]
    set_environment()
    try:
        with _held_back_stderr(), _extras():
            import keras
    except (ModuleNotFoundError, ValueError) as error:
        backend = _refused(error)
        if backend is None:
            raise
        raise UsageError(
            f"Expected Keras on a backend that is installed, by KERAS_BACKEND "
            f"one of {', '.join(BACKENDS)}. Received: {backend}"
        ) from None
    # Keras is never unloaded. Without this each garbage collection would visit
    # its 400,000 objects, which takes 0.2 s, and there is one before every
    # child.
    gc.freeze()
    keras_scope.settle()
    return keras


def import_tensorflow():
    """Imports TensorFlow silently, unless that fails.

    Returns:
        The module.
    """
    set_environment()
    with _held_back_stderr(), _extras():
        import tensorflow

    return tensorflow


def leave_out_extras():
    """Makes `import_keras` and `import_tensorflow` leave out `EXTRAS`.

    Commands and workers call it, so that they start sooner. Other code can
    import both packages as usual. But in this process Keras's own plots and its
    wrappers for scikit-learn say that they are not installed. It changes
    nothing where Keras is imported already.
    """
    global _with_extras
    _with_extras = False


def set_environment():
    """Sets what is read from the environment when frameworks are imported.

    A user's own search space may import Keras before `import_keras` does.
    Variables that are already set keep their values.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if platform.machine() in ("x86_64", "AMD64"):
        # By default TensorFlow uses oneDNN only on processors with AVX-512.
        # With AVX2 it makes convolutions about twice as fast.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if not places.has_home():
        # Otherwise Keras makes a folder "~" where it is started.
        (folder,) = places.cache("KERAS_HOME", ".keras")
        os.environ["KERAS_HOME"] = str(folder)


def set_random_seed(seed):
    """Seeds Keras's random numbers, without messages of TensorFlow.

    On other backends Keras loads TensorFlow for this if it is installed.

    Args:
        seed: Integer, at least 0.
    """
    keras = import_keras()
    if "tensorflow" in sys.modules:
        keras.utils.set_random_seed(seed)
        return
    with _held_back_stderr():
        keras.utils.set_random_seed(seed)


def clear_session():
    """Clears Keras's session, but leaves its global dtype policy as it is."""
    keras = import_keras()
    policy = keras.config.dtype_policy()
    keras.utils.clear_session()
    keras.config.set_dtype_policy(policy)


def _refused(error):
    """Returns the backend that is not installed, None for other errors."""
    if isinstance(error, ModuleNotFoundError):
        return error.name if error.name in BACKENDS else None
    _, is_it, name = str(error).partition("Unable to import backend : ")
    return name if is_it else None


@contextlib.contextmanager
def _extras():
    if _with_extras:
        yield
        return
    hidden = [name for name in EXTRAS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextlib.contextmanager
def _held_back_stderr():
    standard_streams.stderr().flush()
    try:
        real = os.dup(2)
    except OSError:  # It is closed: there is nothing to hold back.
        yield
        return
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
