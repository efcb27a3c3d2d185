"""The decoder of a translator, whose lowest layer asks for a context."""

from keras import ops

from nas_tf.layers import cell_steps
from nas_tf.layers.matrices import times_matrix
from nas_tf.layers.scan import scan


class AttendingDecoder:
    """The part of `nas_tf.children.translator.Translator` that writes.

    It is no model by itself: layers and sizes are those of the translator.
    """

    def step(self, tokens, state):
        """Writes a symbol after the last one.

        Args:
            tokens: `[B]` integers, the symbols written last.
            state: What `encode` or `step` returned.

        Returns:
            `[B, V]` float32, the logarithms of the probabilities of the next
            symbol, and the state for the step after it.
        """
        memory, moving = state
        states = self._states(moving)
        layer = self.decoder[0].cell
        given = self._given(self._written(tokens))
        x, context, states[0] = self._attended(
            layer, given, moving[0], states[0], memory
        )
        for number, layer in enumerate(self.decoder[1:], 1):
            read = ops.concatenate([x, context], axis=-1)
            given = cell_steps.products(layer.cell, read)
            output, states[number] = cell_steps.advance(
                layer.cell, given, states[number]
            )
            output = self._scaled(output)
            x = output if number < 2 else output + x
        logits = ops.cast(self._logits(x), "float32")
        moving = [context, *(s for one in states for s in one)]
        return ops.log_softmax(logits), (memory, moving)

    def _states(self, moving):
        """Returns the states of each layer of the decoder, a list of lists."""
        found, first = [], 1
        for layer in self.decoder:
            count = len(_sizes(layer.cell))
            found.append(list(moving[first : first + count]))
            first += count
        return found

    def _given(self, embedded):
        """Returns the part of the lowest layer's products without context."""
        rows = (0, self.embedding_size)
        return cell_steps.products(self.decoder[0].cell, embedded, rows)

    def _attended(self, cell, given, context, states, memory):
        """Computes a step of the decoder's lowest layer.

        Args:
            cell: Its cell.
            given: What `_given` returned for the step.
            context: `[B, m]`, the context of the step before.
            states: List of the cell's states before the step.
            memory: As `encode` returned it.

        Returns:
            The output, the context, and the list of states of the step.
        """
        if cell_steps.is_split(cell):
            size = self.embedding_size
            rows = (size, size + self.memory_size)
            given = given + cell_steps.products(cell, context, rows)
        else:
            given = ops.concatenate([given, context], axis=-1)
        output, states = cell_steps.advance(cell, given, states)
        output = self._scaled(output)
        context, _ = self.attention(
            output, memory["keys"], memory["values"], memory["mask"]
        )
        return output, context, states

    def _bottom(self, target, memory, moving, training):
        """Computes all steps of the decoder's lowest layer.

        Returns:
            Outputs `[B, T, n]`, contexts `[B, T, m]`, and the states after the
            last step.
        """
        cell = self.decoder[0].cell
        drop = self._drops[len(self.encoder)]
        x = drop(self._written(target), training=training)
        sequences = [ops.transpose(self._given(x), (1, 0, 2))]
        is_dropped = training and self.dropout
        if is_dropped:
            shape = (*ops.shape(target), self.memory_size)
            kept = drop(ops.ones(shape, x.dtype), training=True)
            sequences.append(ops.transpose(kept, (1, 0, 2)))

        def step(record, given, kept=None):
            _, context, *states = record
            if kept is not None:
                context = context * kept
            output, context, states = self._attended(
                cell, given, context, states, memory
            )
            return output, context, *states

        states = self._states(moving)[0]
        start = (ops.zeros_like(states[0]), moving[0], *states)
        outputs, contexts, *after = scan(
            step, start, tuple(sequences), target.shape[1]
        )
        outputs, contexts = (
            ops.transpose(found, (1, 0, 2)) for found in (outputs, contexts)
        )
        return outputs, contexts, [state[-1] for state in after]

    def _upper(self, x, contexts, moving, training):
        """Returns the outputs of the decoder's highest layer, `[B, T, n]`."""
        states = self._states(moving)
        drops = self._drops[len(self.encoder) :]
        for number, layer in enumerate(self.decoder[1:], 1):
            read = ops.concatenate([x, contexts], axis=-1)
            read = drops[number](read, training=training)
            output, _ = cell_steps.run(layer.cell, read, states[number])
            output = self._scaled(output)
            x = output if number < 2 else output + x
        return x

    def _scaled(self, output):
        return output if self.output_scale == 1 else output * self.output_scale

    def _logits(self, x):
        kernel = ops.cast(ops.convert_to_tensor(self._softmax), x.dtype)
        return times_matrix(x, kernel)


def _sizes(cell):
    size = cell.state_size
    return size if isinstance(size, (list, tuple)) else [size]


def zeros(cell, like):
    """Returns a cell's states before the first step, as `like` begins."""
    start = ops.zeros_like(like[:, 0, :1])
    return [start + ops.zeros((1, n), like.dtype) for n in _sizes(cell)]
