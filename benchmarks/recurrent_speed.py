"""How fast is NAS compared with LSTM? python -m benchmarks.recurrent_speed

Times a forward and a backward pass over a batch of 20 sequences of 35 steps in
a traced function, with gradients of the weights and the input. The layers are
timed in turns.
"""

import statistics
import time

from absl import flags

from benchmarks import common
from nas_tf.lazy_keras import import_keras

FLAGS = flags.FLAGS
BATCH = 20
STEPS = 35
SIZES = (200, 650)


def define_flags():
    flags.DEFINE_integer(
        "rounds", 40, "Number of timings per layer.", lower_bound=1
    )


def main():
    keras = import_keras()
    from nas_tf.layers.nas_cell import NAS
    from nas_tf.layers.nas_cell import NASCell

    for units in SIZES:
        fewer = equal_units(units)
        layers = {
            "LSTM": keras.layers.LSTM(units, return_sequences=True),
            "RNN(NASCell), equal units": keras.layers.RNN(
                NASCell(units), return_sequences=True
            ),
            "NAS, equal units": NAS(units, return_sequences=True),
            f"NAS({fewer}), equal parameters": NAS(
                fewer, return_sequences=True
            ),
        }
        for jit_compile in (False, True):
            times = measure(layers, units, jit_compile)
            first = statistics.median(times["LSTM"][1:])
            print(
                f"\nInput and LSTM of {units}, "
                f"{'XLA' if jit_compile else 'no XLA'}:"
            )
            for name, (compilation, *passes) in times.items():
                median = statistics.median(passes)
                print(
                    f"{name:>32}: {layers[name].count_params():>9,} "
                    f"parameters, {BATCH * STEPS / median:8,.0f} tokens/s, "
                    f"{first / median:.2f} of LSTM's; first call "
                    f"{compilation:.1f} s",
                    flush=True,
                )


def equal_units(units):
    """Returns the units of a NAS with as many parameters as an LSTM.

    Both layers read `units` numbers per step. The result m is the integer for
    which 8 m (units + m) is closest to 4 units (2 units + 1).
    """
    wanted = 4 * units * (2 * units + 1)
    return min(range(1, units), key=lambda m: abs(8 * m * (units + m) - wanted))


def measure(layers, input_size, jit_compile):
    """Returns a dict of a layer's name to the seconds of each of its calls."""
    import tensorflow as tf

    inputs = tf.random.stateless_normal((BATCH, STEPS, input_size), (0, 1))
    passes = {name: [] for name in layers}
    steps = {
        name: _compiled(layer, jit_compile) for name, layer in layers.items()
    }
    for layer in layers.values():
        if not layer.built:
            layer.build(inputs.shape)
    for _ in range(FLAGS.rounds + 1):
        for name, step in steps.items():
            started = time.perf_counter()
            step(inputs)[0].numpy()
            passes[name].append(time.perf_counter() - started)
    return passes


def _compiled(layer, jit_compile):
    import tensorflow as tf

    @tf.function(autograph=False, jit_compile=jit_compile)
    def step(inputs):
        variables = [v.value for v in layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=True)
            loss = tf.reduce_sum(tf.square(outputs))
        return tape.gradient(loss, [inputs, *variables])

    return step


if __name__ == "__main__":
    common.run(main, define_flags)
