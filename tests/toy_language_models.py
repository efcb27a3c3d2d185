"""Language models small enough to be computed by hand."""

import keras
from keras import ops


class Bigram(keras.Model):
    """A table of logits, one row for each symbol read; remembers nothing."""

    def __init__(self, table):
        super().__init__()
        self.table = self.add_weight(shape=table.shape, name="table")
        self.table.assign(table)
        self.built = True

    def initial_states(self, batch_size):
        return []

    def advance(self, tokens, states, training=False):
        return ops.take(self.table, tokens, axis=0), states


class Recurrent(keras.Model):
    """One recurrent layer, its state `[B, units]`, and one linear layer."""

    def __init__(self, symbols, units=4, scale=1.0):
        super().__init__()
        kind = keras.initializers.RandomUniform(-scale, scale)

        def weight(name, *shape):
            return self.add_weight(shape=shape, initializer=kind, name=name)

        self.units = units
        self.read = weight("read", symbols, units)
        self.keep = weight("keep", units, units)
        self.write = weight("write", units, symbols)
        self.built = True

    def initial_states(self, batch_size):
        return [ops.zeros((batch_size, self.units))]

    def advance(self, tokens, states, training=False):
        inputs = ops.take(self.read, tokens, axis=0)
        [state] = states
        outputs = []
        for step in range(tokens.shape[1]):
            state = ops.tanh(inputs[:, step] + ops.matmul(state, self.keep))
            outputs.append(state)
        return ops.matmul(ops.stack(outputs, axis=1), self.write), [state]
