"""A trained model as others use it: from raw inputs, compiled."""

import keras

from nas_tf.children import reader as readers
from nas_tf.children.language_model import LanguageModel
from nas_tf.children.names import Names


def raw_model(model, task):
    """Returns a model that takes what a user has, and has the same weights.

    Args:
        model: Built Keras model on one device, a child trained on `task`.
        task: `Task`.

    Returns:
        A `keras.Model` from raw inputs, see `Task.raw`, to what `model`
        returns. The layer "preprocessing" is `Task.preprocessing`, if there is
        one. It is compiled with the loss and metrics of
        `Task.compile_arguments`, if there are any.

        A `LanguageModel` becomes a graph of its layers. The layer "reader"
        reads on from given states; see `nas_tf.children.reader`.
    """
    preparation = task.preprocessing()
    graph = None
    if isinstance(model, LanguageModel):
        graph = readers.reader(model)
    if preparation is not None:
        inputs = keras.tree.map_structure(_like, preparation.input)
        names = Names(tensor.name for tensor in keras.tree.flatten(inputs))
        # An input may be called as Keras has numbered one of the models.
        preparation.name = names.free(preparation.name)
        prepared = preparation(inputs)
        if graph is not None:
            outputs = readers.probabilities(graph, prepared)
        else:
            model.name = names.free(model.name)
            outputs = model(prepared)
        model = keras.Model(inputs, outputs)
    elif graph is not None:
        model = readers.from_zeros(graph)
    arguments = task.compile_arguments()
    if arguments:
        # An optimizer without a state, which would be saved with the model.
        model.compile(**{"optimizer": "sgd", **arguments})
        model.optimizer.build(model.trainable_variables)
    return model


def _like(tensor):
    """Returns a new input of the shape, dtype and name of another."""
    return keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
