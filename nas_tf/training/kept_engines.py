"""Lets several trainings of one model share their compiled steps.

Tracing a step takes longer than a short training. In `keeping()` a second
training of the same model by the same optimizer uses the steps of the first.
"""

import contextlib

_kept = None


@contextlib.contextmanager
def keeping():
    """Returns a context at whose end all kept engines are forgotten."""
    global _kept
    before, _kept = _kept, {}
    try:
        yield
    finally:
        _kept = before


def get(objects, settings, make):
    """Returns an engine, outside of `keeping` a new one.

    Args:
        objects: Tuple of objects that the engine is for: it is kept for these
            very objects.
        settings: Tuple of values that it depends on.
        make: Function that returns a new engine.
    """
    if _kept is None:
        return make()
    key = tuple(map(id, objects))
    # The objects are kept too, so that no other gets the same id.
    for _, known, engine in _kept.get(key, ()):
        if known == settings:
            return engine
    engine = make()
    _kept.setdefault(key, []).append((objects, settings, engine))
    return engine
