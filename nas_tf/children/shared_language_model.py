"""A language model whose recurrent layers compute any of several cells."""

from keras import ops

from nas_tf.children.language_model import LanguageModel


class SharedLanguageModel(LanguageModel):
    """A `LanguageModel` that is told its cell with each call.

    Its layers take `actions` as an argument, as `SharedENASRNN` does. For its
    arguments see `LanguageModel`.

    Call arguments:
        inputs: Pair `(tokens, actions)`: `[B, T]` integers in [0,
            num_symbols), and `[decisions]` int32.
        training: Whether to apply dropout. Default: False.
    """

    def call(self, inputs, training=False):
        tokens, actions = inputs
        return super().call(tokens, training, actions=actions)

    def advance(self, inputs, states, training=False, **options):
        """Continues reading; see `LanguageModel.advance`.

        Args:
            inputs: Pair `(tokens, actions)`, or tokens if `options` has the
                actions.
            states: See `LanguageModel`, as for `training`.
        """
        if not options:
            inputs, options["actions"] = inputs
        return super().advance(inputs, states, training, **options)

    def copy_to(self, model, spec):
        """Sets the weights of a model of one cell to those that it shares.

        Args:
            model: Built `LanguageModel` of the same sizes.
            spec: The spec of its cell, which the layers' `chosen` takes.
        """
        for variable, value in zip(
            _own(model), map(ops.convert_to_numpy, _own(self)), strict=True
        ):
            variable.assign(value)
        for shared, layer in zip(self.recurrent, model.recurrent, strict=True):
            for variable, value in zip(
                layer.trainable_variables, shared.chosen(spec), strict=True
            ):
                variable.assign(value)


def _own(model):
    """Returns the trainable variables outside of recurrent layers."""
    inner = {id(v) for layer in model.recurrent for v in layer.variables}
    return [v for v in model.trainable_variables if id(v) not in inner]
