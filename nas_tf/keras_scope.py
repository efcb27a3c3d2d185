"""Keras's global settings: set for this package's parts, and given back.

A program may have Keras set up its own way, by `keras.config`, by keras.json or
by a seed. What this package needs it sets within `own_settings`. Afterwards
everything is as it was found. docs/backends.md lists the settings.
"""

import contextlib
import random
import sys

import numpy as np

FULL = "float32"
_CHANNELS_LAST = "channels_last"
# Keras's default, which losses and layers divide by.
_EPSILON = 1e-7

# The scopes that are open, the outermost first.
_open: list["_Settings"] = []


@contextlib.contextmanager
def own_settings():
    """Computes in float32 with channels last, whatever Keras is set to.

    Afterwards, and after an exception, these settings, the numbering of layer
    names, interactive logging and all states of random numbers are those from
    before. Where Keras is not loaded yet, `settle` applies the settings.
    """
    settings = _Settings()
    numbers = random.getstate(), np.random.get_state()
    _open.append(settings)
    try:
        settings.apply()
        yield
    finally:
        _open.remove(settings)
        settings.give_back()
        random.setstate(numbers[0])
        np.random.set_state(numbers[1])


def settle():
    """Applies the settings of open scopes to a Keras loaded since."""
    for settings in _open:
        settings.apply()


def found_precision():
    """Returns what the innermost open scope has found, a pair of names.

    They are those of Keras's dtype policy and of its `floatx`. None if Keras is
    not loaded, or outside of scopes.
    """
    if not _open or _open[-1].found is None:
        return None
    found = _open[-1].found
    return found["policy"].name, found["floatx"]


@contextlib.contextmanager
def channels_last():
    """Builds layers of pictures whose last axis is that of channels."""
    # Whoever builds layers has loaded it.
    keras = sys.modules["keras"]
    before = keras.config.image_data_format()
    keras.config.set_image_data_format(_CHANNELS_LAST)
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)


class _Settings:
    """The settings that one scope has found.

    Attributes:
        found: Dict of them; None as long as Keras is not loaded.
    """

    found = None

    def apply(self):
        keras = _keras()
        if keras is None or self.found is not None:
            return
        config = keras.config
        self.found = {
            "policy": config.dtype_policy(),
            "floatx": config.floatx(),
            "format": config.image_data_format(),
            "epsilon": config.epsilon(),
            "logging": config.is_interactive_logging_enabled(),
        }
        self._tracker = _tracker()
        self._seeds = _seeds()
        config.set_floatx(FULL)
        config.set_image_data_format(_CHANNELS_LAST)
        config.set_epsilon(_EPSILON)
        config.set_dtype_policy(FULL)

    def give_back(self):
        if self.found is None:
            return
        config = _keras().config
        if self._tracker is not None:
            module, tracker = self._tracker
            module.GLOBAL_STATE_TRACKER = tracker
        config.set_floatx(self.found["floatx"])
        config.set_image_data_format(self.found["format"])
        config.set_epsilon(self.found["epsilon"])
        config.set_dtype_policy(self.found["policy"])
        if self.found["logging"]:
            config.enable_interactive_logging()
        else:
            config.disable_interactive_logging()
        for give_back in self._seeds:
            give_back()


def _keras():
    """Returns Keras if it is loaded as a whole, otherwise None."""
    keras = sys.modules.get("keras")
    ready = hasattr(getattr(keras, "config", None), "dtype_policy")
    return keras if ready else None


def _tracker():
    """Returns where Keras keeps names, seeds and scopes; None if elsewhere.

    Keras has no function that returns all of it, and `clear_session` replaces
    it.
    """
    module = sys.modules.get("keras.src.backend.common.global_state")
    tracker = getattr(module, "GLOBAL_STATE_TRACKER", None)
    return None if tracker is None else (module, tracker)


def _seeds():
    """Returns functions that give back random numbers of the frameworks."""
    found = []
    torch = sys.modules.get("torch")
    if hasattr(torch, "get_rng_state"):
        state = torch.get_rng_state()
        found.append(lambda: torch.set_rng_state(state))
    eager = sys.modules.get("tensorflow.python.eager.context")
    if eager is not None:
        # TensorFlow has a function that sets its seed, and none that returns
        # it.
        context = eager.context()
        names = [n for n in ("_seed", "_rng") if hasattr(context, n)]
        values = [getattr(context, name) for name in names]

        def give_back():
            for name, value in zip(names, values):
                setattr(context, name, value)

        found.append(give_back)
    return found
