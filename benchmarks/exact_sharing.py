"""Are shared weights exact? python -m benchmarks.exact_sharing

For random architectures of each space the model of all architectures is
compared with the architecture's own model, to which the shared weights are
copied: outputs and gradients have to agree to 1e-5, and weights that an
architecture does not use must have no gradient. A few architectures of each
space are among the tests, and fifty of nasbench201; here there are many.
"""

import time

import keras
import numpy as np
from absl import flags

from benchmarks import common
from nas_tf import registry
from tests import sharing

FLAGS = flags.FLAGS

# Small networks of the full number of decisions.
SPACES = {
    "enas_micro": "enas_micro(num_repeats=1, filters=2)",
    "enas_macro": "enas_macro(num_layers=12, filters=2)",
    "enas_macro_doubling": (
        "enas_macro(num_layers=12, filters=2, shared_doubling=True)"
    ),
    "nasnet": "nasnet(combinations=('add',), num_repeats=1, filters=2)",
    "enas_recurrent": (
        "enas_recurrent(num_nodes=12, skeleton='language_model(units=4, "
        "num_layers=1, shared_embeddings=True)')"
    ),
}
# Architectures that one shared model is compared with.
AT_A_TIME = 10


class _Pictures:
    kind = "classification"
    input_shape = (8, 8, 3)
    num_outputs = 3


class _Text:
    kind = "language_model"
    input_shape = (5,)
    input_dtype = "int32"
    num_outputs = 7
    output_shape = (5, 7)


def define_flags():
    flags.DEFINE_multi_enum(
        "space", list(SPACES), list(SPACES), "Spaces, each by a flag."
    )
    flags.DEFINE_integer(
        "architectures", 50, "Architectures of each space.", lower_bound=1
    )


def main():
    for name in FLAGS.space:
        began = time.process_time()
        compare(name, FLAGS.architectures)
        seconds = time.process_time() - began
        print(
            f"{name}: {FLAGS.architectures} architectures exact, "
            f"{seconds:.0f} s of processor time",
            flush=True,
        )


def compare(name, count):
    """Compares random architectures of a space.

    Args:
        name: One of `SPACES`.
        count: Number of architectures.

    Raises:
        AssertionError: If one of them differs.
    """
    space = registry.make("spaces", SPACES[name])
    rng = np.random.default_rng(0)
    task, x, run = _Pictures(), rng.normal(size=(4, 8, 8, 3)), None
    x = x.astype("float32")
    if name == "enas_recurrent":
        task, run = _Text(), _read
        x = rng.integers(0, task.num_outputs, (2, 6)).astype("int32")
    for start in range(0, count, AT_A_TIME):
        rows = sharing.random_rows(space, min(AT_A_TIME, count - start), start)
        sharing.check(space, task, x, rows, run, compiled=False)


def _read(model, inputs):
    """Returns the logits of a text, and the states at its end, as one."""
    logits, states = model.advance(inputs, model.initial_states(2))
    return keras.ops.concatenate(
        [keras.ops.reshape(x, (-1,)) for x in (logits, *states)], 0
    )


if __name__ == "__main__":
    common.run(main, define_flags)
