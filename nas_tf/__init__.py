"""Neural architecture search with reinforcement learning."""

import importlib

__version__ = "0.1.0"

# Public names and where they are, imported on first use: TensorFlow takes
# seconds to load, and not every process has use for it.
_PUBLIC = {
    "Archive": "nas_tf.archive",
    "Categorical": "nas_tf.decisions",
    "Controller": "nas_tf.controller",
    "Pointer": "nas_tf.decisions",
    "SearchSpace": "nas_tf.spaces.base",
    "Strategy": "nas_tf.strategies.base",
    "Subset": "nas_tf.decisions",
    "Task": "nas_tf.tasks.base",
    "UsageError": "nas_tf.errors",
    "make": "nas_tf.registry",
    "run_search": "nas_tf.search_loop",
}

__all__ = sorted([*_PUBLIC, "applications"])


def __getattr__(name):
    if name == "applications":
        return importlib.import_module("nas_tf.applications")
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'nas_tf' has no attribute '{name}'")


def __dir__():
    return __all__
