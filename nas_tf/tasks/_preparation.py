"""How raw inputs become a child's: numbers standardised, strings one-hot.

The same twice: in NumPy for training, and as layers of Keras for the exported
model, which takes raw inputs.
"""

import dataclasses
import functools

import numpy as np

from nas_tf.children.names import Names
from nas_tf.errors import UsageError
from nas_tf.tasks import _standardised
from nas_tf.tasks import _user_data
from nas_tf.tasks import pixels

# The kinds of inputs, and what becomes of them, for people.
_NAMES = {
    _user_data.NUMBERS: "float32",
    _user_data.CATEGORIES: "strings",
    _user_data.PICTURES: "uint8",
}
_PREPARED = {
    _user_data.NUMBERS: "The model standardises numbers by the mean and "
    "deviation of the training examples",
    _user_data.CATEGORIES: "The model knows the strings of the training "
    "examples, and takes all others for one more",
    _user_data.PICTURES: "The model makes mean and variance of each picture "
    "0 and 1",
}


@dataclasses.dataclass(frozen=True)
class Preparation:
    """The preparation of the inputs of a store.

    Inputs that are all columns, `[N]` each, are joined to one input `[N, F]`.
    Others remain apart.

    Attributes:
        facts: What a `Store` says of its arrays.
        shapes: Dict from the name of each input to the shape of one example.
        moments: Dict from the name of each input of numbers to a pair `(mean,
            deviation)` of float32, over all but the last axis.
    """

    facts: dict
    shapes: dict
    moments: dict

    @property
    def joined(self):
        """Whether the inputs are columns that become one input."""
        several = self.facts["structure"] != _user_data.SINGLE
        return several and not any(self.shapes.values())

    @functools.cached_property
    def specs(self):
        """The inputs of a child for one example, see `Task.inputs`."""
        shapes = {name: self._prepared_shape(name) for name in self.shapes}
        if self.joined:
            return (sum(shape[0] for shape in shapes.values()),), "float32"
        return self.structured({n: (s, "float32") for n, s in shapes.items()})

    def apply(self, arrays):
        """Returns the inputs of a child for raw ones.

        Args:
            arrays: Dict from names to arrays `[N, ...]`.
        """
        prepared = {n: self._apply(n, array) for n, array in arrays.items()}
        if self.joined:
            return np.concatenate(list(prepared.values()), axis=1)
        return self.structured(prepared)

    def describe(self):
        """Returns in words what raw inputs are and how they are prepared."""
        kinds = self.facts["kinds"]
        parts = [
            f"{_NAMES[kinds[name]]} [{', '.join(map(str, ('B', *shape)))}]"
            for name, shape in self.shapes.items()
        ]
        structure = self.facts["structure"]
        if structure != _user_data.SINGLE:
            pairs = zip(self.shapes, parts)
            parts = [f"'{name}' {part}" for name, part in pairs]
            parts.insert(0, f"a {structure} of")
        text = f"{parts[0]} {', '.join(parts[1:])}".strip()
        for kind, words in _PREPARED.items():
            if kind in kinds.values():
                text += f". {words}"
        return f"{text}."

    def model(self):
        """Returns the same as a `keras.Model`.

        Several inputs without names are a list, as usual for Keras.

        Raises:
            UsageError: If there are strings, and Keras's backend is not
                TensorFlow.
        """
        import keras

        names = Names(self.shapes)
        inputs, outputs = {}, {}
        for name, shape in self.shapes.items():
            kind = self.facts["kinds"][name]
            if kind == _user_data.CATEGORIES:
                _check_strings(keras)
            dtype = {
                _user_data.CATEGORIES: "string",
                _user_data.PICTURES: "uint8",
            }.get(kind, "float32")
            inputs[name] = keras.Input(shape, dtype=dtype, name=name)
            outputs[name] = self._layers(keras, name, names)(inputs[name])
        given = self.structured(inputs, list)
        if self.joined:
            parts = list(outputs.values())
            if len(parts) > 1:
                join = keras.layers.Concatenate(name=names.free("columns"))
                parts = [join(parts)]
            return keras.Model(given, parts[0])
        return keras.Model(given, self.structured(outputs))

    def structured(self, named, several=tuple):
        """Returns a dict of inputs in the structure that a user gave.

        Args:
            named: Dict from names to anything.
            several: Type of inputs without names. Default: tuple.
        """
        structure = self.facts["structure"]
        if structure == _user_data.SINGLE:
            return next(iter(named.values()))
        return (
            dict(named) if structure == _user_data.DICT else (*named.values(),)
        )

    def _prepared_shape(self, name):
        if self.facts["kinds"][name] == _user_data.CATEGORIES:
            return (len(self.facts["categories"][name]) + 1,)
        return self.shapes[name] or (1,)

    def _apply(self, name, array):
        kind = self.facts["kinds"][name]
        if kind == _user_data.PICTURES:
            return pixels.whiten(array)
        if kind == _user_data.CATEGORIES:
            return _one_hot(array, self.facts["categories"][name])
        array = array[:, None] if array.ndim == 1 else array
        return _standardised.apply(array, *self.moments[name])

    def _layers(self, keras, name, names):
        """Returns a function from a raw input to a prepared one."""
        kinds = self.facts["kinds"]
        kind = kinds[name]
        # Columns may have names that layers cannot have.
        number = list(self.shapes).index(name) + 1
        if kind == _user_data.PICTURES:
            from nas_tf.children.pictures import preparation

            title = "preprocessing"
            if [*kinds.values()].count(kind) > 1:
                title += f"_{number}"
            return preparation(self.shapes[name], name=names.free(title))
        if kind == _user_data.CATEGORIES:
            strings = self.facts["categories"][name]
            return keras.layers.StringLookup(
                vocabulary=strings,
                # The layer's own word for strings that it does not know.
                oov_token=Names(strings).free("[UNK]"),
                output_mode="one_hot",
                name=names.free(f"one_hot_{number}"),
            )
        # A model of its own, so that Keras's names for operations are not
        # beside those of the inputs.
        raw = keras.Input(self.shapes[name], dtype="float32", name="raw")
        x = raw if self.shapes[name] else keras.ops.expand_dims(raw, -1)
        x = _standardised.apply(x, *self.moments[name])
        return keras.Model(raw, x, name=names.free(f"standardised_{number}"))


def of_store(store, rows):
    """Returns the `Preparation` by the statistics of training examples.

    Args:
        store: `Store`.
        rows: Numbers of the examples of its "train" to train on.
    """
    arrays = store.inputs("train")
    rows = np.sort(rows)
    kinds = store.facts["kinds"]
    return Preparation(
        facts=store.facts,
        shapes={name: array.shape[1:] for name, array in arrays.items()},
        moments={
            name: _standardised.moments(array, rows)
            for name, array in arrays.items()
            if kinds[name] == _user_data.NUMBERS
        },
    )


def _one_hot(array, categories):
    """Returns `[N, 1 + K]`; the first column is that of unknown strings."""
    known = np.array(categories)
    places = np.minimum(np.searchsorted(known, array), len(known) - 1)
    columns = np.where(known[places] == array, places + 1, 0)
    one_hot = np.zeros((len(array), len(known) + 1), np.float32)
    one_hot[np.arange(len(array)), columns] = 1
    return one_hot


def _check_strings(keras):
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"Expected TensorFlow as Keras's backend for a model that takes "
            f"strings. Received: {backend}"
        )
