import numpy as np
import pytest

from nas_tf.layers.nas_cell import NAS
from tests.backends import array
from tests.recurrent import assert_close
from tests.recurrent import nas_cell
from tests.recurrent import plain
from tests.recurrent import unrolled


@pytest.mark.parametrize("kind", [NAS, plain])
@pytest.mark.parametrize(
    "options", [{}, {"unroll": True}, {"masked": True}], ids=str
)
def test_dropped_inputs_are_the_same_at_all_steps(kind, options):
    layer, call = dropping(kind, options, dropout=0.5)
    kernel = np.zeros((16, 8, 16), "float32")
    # Output j stays 0 unless input j is kept.
    kernel[:, 1] = np.eye(16)
    layer.cell.kernel.assign(kernel.reshape(16, 128))
    layer.cell.recurrent_kernel.assign(np.zeros((16, 128)))
    sequences = np.ones((3, 6, 16), "float32")
    zeros = [np.zeros((3, 16), "float32")] * 2
    heard = dropped_alike(call, sequences, zeros)
    # Elements that are kept are scaled up.
    weights = {
        "kernel": array(layer.cell.kernel),
        "recurrent_kernel": array(layer.cell.recurrent_kernel),
        "projection_weights": None,
        "bias": None,
    }
    sequences = 2 * heard[0][:, None] * sequences
    wanted, *_ = unrolled(nas_cell, weights, sequences, zeros)
    assert_close([heard[1]], [wanted])


@pytest.mark.parametrize("kind", [NAS, plain])
@pytest.mark.parametrize(
    "options", [{}, {"unroll": True}, {"masked": True}], ids=str
)
def test_dropped_outputs_are_the_same_at_all_steps(kind, options):
    layer, call = dropping(kind, options, recurrent_dropout=0.5)
    kernel = np.zeros((16, 8, 16), "float32")
    kernel[:, 1] = np.eye(16)
    layer.cell.kernel.assign(np.zeros((16, 128)))
    layer.cell.recurrent_kernel.assign(kernel.reshape(16, 128))
    states = [np.ones((3, 16), "float32"), np.zeros((3, 16), "float32")]
    dropped_alike(call, np.ones((3, 6, 16), "float32"), states)


def dropping(kind, options, **rates):
    """Returns a layer with dropout and a function that calls it in training."""
    options = dict(options)
    mask = np.ones((3, 6), bool) if options.pop("masked", False) else None
    layer = NAS(16, seed=2, return_sequences=True, **options, **rates)
    layer.build((3, 6, 16))
    if kind is plain:
        layer = plain(layer)

    def call(sequences, states, training=True):
        outputs = layer(
            sequences, initial_state=states, mask=mask, training=training
        )
        return array(outputs)

    return layer, call


def dropped_alike(call, sequences, states):
    """Checks which outputs are 0; returns which are not, and all outputs."""
    assert call(sequences, states, training=False).all()
    outputs = call(sequences, states)
    heard = outputs != 0
    for t in range(1, sequences.shape[1]):
        np.testing.assert_array_equal(heard[:, t], heard[:, 0])
    assert 0.2 < heard.mean() < 0.8
    # Another mask for each row, and for the next batch.
    assert (heard[0, 0] != heard[1, 0]).any()
    again = call(sequences, states) != 0
    assert (again[:, 0] != heard[:, 0]).any()
    return heard[:, 0], outputs
