"""Neural architecture search with reinforcement learning."""

import importlib
import importlib.abc
import importlib.util
import sys
import typing

from nas_tf.machine import threads as _threads

__version__ = "0.1.0"

# This comes before anything imports NumPy.
_threads.settle()

# Public names and their modules, imported on first use: TensorFlow takes
# seconds to load, and not every process needs it.
_PUBLIC = {
    "Categorical": "nas_tf.decisions",
    "Controller": "nas_tf.controller",
    "ENASCell": "nas_tf.layers.enas_cell",
    "ENASRNN": "nas_tf.layers.enas_rnn",
    "NAS": "nas_tf.layers.nas_cell",
    "NASCell": "nas_tf.layers.nas_cell",
    "Pointer": "nas_tf.decisions",
    "SearchResult": "nas_tf.api.result",
    "SearchSpace": "nas_tf.spaces.base",
    "Skeleton": "nas_tf.skeletons.base",
    "Spec": "nas_tf.specs.base",
    "Strategy": "nas_tf.strategies.base",
    "Subset": "nas_tf.decisions",
    "Task": "nas_tf.tasks.base",
    "TreeCell": "nas_tf.layers.tree_cell",
    "TreeRNN": "nas_tf.layers.tree_rnn",
    "TreeSpec": "nas_tf.specs.tree",
    "UsageError": "nas_tf.errors",
    "from_addons_states": "nas_tf.layers.addons_weights",
    "load_addons_weights": "nas_tf.layers.addons_weights",
    "load_spec": "nas_tf.runs.spec_file",
    "load_translator": "nas_tf.translator",
    "make": "nas_tf.registry",
    "open_run": "nas_tf.api.open_run",
    "run_search": "nas_tf.api.run_search",
}

# Packages, imported on first use too.
_PACKAGES = ("applications", "optimizers")

__all__ = sorted([*_PUBLIC, *_PACKAGES])


if typing.TYPE_CHECKING:
    # The same names for editors and type checkers, which do not run
    # `__getattr__`. Hidden from them, it cannot make a misspelt name look good.
    from nas_tf import applications as applications
    from nas_tf import optimizers as optimizers
    from nas_tf.api.open_run import open_run as open_run
    from nas_tf.api.result import SearchResult as SearchResult
    from nas_tf.api.run_search import run_search as run_search
    from nas_tf.controller import Controller as Controller
    from nas_tf.decisions import Categorical as Categorical
    from nas_tf.decisions import Pointer as Pointer
    from nas_tf.decisions import Subset as Subset
    from nas_tf.errors import UsageError as UsageError
    from nas_tf.layers.addons_weights import (
        from_addons_states as from_addons_states,
    )
    from nas_tf.layers.addons_weights import (
        load_addons_weights as load_addons_weights,
    )
    from nas_tf.layers.enas_cell import ENASCell as ENASCell
    from nas_tf.layers.enas_rnn import ENASRNN as ENASRNN
    from nas_tf.layers.nas_cell import NAS as NAS
    from nas_tf.layers.nas_cell import NASCell as NASCell
    from nas_tf.layers.tree_cell import TreeCell as TreeCell
    from nas_tf.layers.tree_rnn import TreeRNN as TreeRNN
    from nas_tf.registry import make as make
    from nas_tf.runs.spec_file import load_spec as load_spec
    from nas_tf.skeletons.base import Skeleton as Skeleton
    from nas_tf.spaces.base import SearchSpace as SearchSpace
    from nas_tf.specs.base import Spec as Spec
    from nas_tf.specs.tree import TreeSpec as TreeSpec
    from nas_tf.strategies.base import Strategy as Strategy
    from nas_tf.tasks.base import Task as Task
    from nas_tf.translator import load_translator as load_translator
else:

    def __getattr__(name):
        if name in _PACKAGES:
            return importlib.import_module(f"nas_tf.{name}")
        if name in _PUBLIC:
            return getattr(importlib.import_module(_PUBLIC[name]), name)
        raise AttributeError(f"module 'nas_tf' has no attribute '{name}'")


def __dir__():
    return __all__


# Modules with the layers, models and optimizers that saved models may contain.
_REGISTERED = (
    "nas_tf.layers",
    "nas_tf.children.language_model",
    "nas_tf.children.translator",
    "nas_tf.optimizers",
)


class _AfterKeras(importlib.abc.MetaPathFinder):
    """Registers this package's layers with Keras as soon as Keras is imported.

    `import nas_tf` is then enough to load a saved model, without loading Keras
    itself.
    """

    def __init__(self):
        self._asking = False

    def find_spec(self, fullname, path, target=None):
        if fullname != "keras" or self._asking:
            return None
        self._asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._asking = False
        if spec is None:
            return None
        execute = spec.loader.exec_module

        # Much code only looks up whether Keras is installed, so registration
        # waits until Keras is really executed.
        def execute_and_register(module):
            sys.meta_path.remove(self)
            execute(module)
            _register()

        spec.loader.exec_module = execute_and_register
        return spec


def _register():
    for name in _REGISTERED:
        importlib.import_module(name)


if "keras" in sys.modules:
    _register()
else:
    sys.meta_path.insert(0, _AfterKeras())
