"""Which cell models text better? python -m benchmarks.language_models

Trains an LSTM and a NASCell with equal numbers of parameters and the same
recipe, for several seeds. Needs Penn Treebank: --data_dir=DIR.
"""

import time

from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf.lazy_keras import import_keras
from nas_tf.seeds import derive_seed

FLAGS = flags.FLAGS
CELLS = ("lstm", "nas")
# Leaves a cell's matrices are counted by, and whether each has a bias.
SIZES = {"lstm": (4, True), "nas": (8, False)}
RECIPES = {
    "word": (
        "ptb(data_dir={!r}, train_tokens=200_000, epochs=5, steps=20, "
        "learning_rate=0.5, decay=2, decay_after=3)",
        1_000_000,
    ),
    "character": (
        "ptb(data_dir={!r}, level='character', train_tokens=400_000, "
        "epochs=5, learning_rate=0.5, decay=2, decay_after=3)",
        200_000,
    ),
}


def define_flags():
    flags.DEFINE_string("data_dir", "ptb", "Folder of Penn Treebank.")
    flags.DEFINE_list(
        "levels", list(RECIPES), "Levels of text to model: word, character."
    )
    flags.DEFINE_integer(
        "seeds", 3, "Number of trainings of each cell.", lower_bound=1
    )
    flags.DEFINE_string(
        "executor", "process", "Executor: where models are trained."
    )


def main():
    executor = registry.make("executors", FLAGS.executor)
    for level in FLAGS.levels:
        call, budget = RECIPES[level]
        call = call.format(FLAGS.data_dir)
        print(f"\n{call}, {budget:,} parameters")
        task = registry.make("tasks", call)
        task.check()
        futures = {
            (cell, seed): executor.submit(train, task, cell, budget, seed)
            for seed in range(FLAGS.seeds)
            for cell in CELLS
        }
        tests = {cell: [] for cell in CELLS}
        for (cell, seed), future in futures.items():
            units, params, history, test, seconds = future.result()
            tests[cell].append(test)
            print(
                f"{cell:>4}, seed {seed}: {units} units, {params:,} "
                f"parameters; validation {task.measure.replace('_', ' ')} "
                f"{', '.join(task.show(value) for value in history)}; test "
                f"{task.show(test)}; {seconds:.0f} s",
                flush=True,
            )
        for cell, values in tests.items():
            mean, error = common.mean_and_error(values)
            print(f"{cell:>4}, test: {mean:.3f} +- {error:.3f}")
    executor.stop()


def train(task, cell, budget, seed):
    """Trains a cell's model.

    Returns:
        Units, parameters, validation history, test value and seconds.
    """
    keras = import_keras()
    keras.utils.clear_session()
    keras.utils.set_random_seed(derive_seed(seed, cell))
    started = time.time()
    units, model = build(task, cell, budget)
    history = task.fit(model, seed)
    return (
        units,
        model.count_params(),
        history[f"val_{task.measure}"],
        task.evaluate(model, "test")[task.measure],
        time.time() - started,
    )


def build(task, cell, budget, num_layers=2, init_range=0.2):
    """Returns the units and the language model that fit a parameter budget."""
    keras = import_keras()
    from nas_tf.children import sizes
    from nas_tf.children.language_model import LanguageModel
    from nas_tf.layers.nas_cell import NAS
    from nas_tf.specs.cost import CellSize

    pairs, use_bias = SIZES[cell]
    units = sizes.units_for(
        budget,
        lambda units: (
            sizes.language_model(
                units,
                num_layers=num_layers,
                num_symbols=task.num_outputs,
                cell=CellSize(pairs, pairs if use_bias else 0),
            ).params
        ),
    )
    layer = keras.layers.LSTM if cell == "lstm" else NAS
    layers = [
        layer(
            units,
            use_bias=use_bias,
            kernel_initializer=_uniform(keras, init_range),
            recurrent_initializer=_uniform(keras, init_range),
            return_sequences=True,
            return_state=True,
        )
        for _ in range(num_layers)
    ]
    return units, LanguageModel(layers, task.num_outputs, init_range=init_range)


def _uniform(keras, limit):
    return keras.initializers.RandomUniform(-limit, limit)


if __name__ == "__main__":
    common.run(main, define_flags)
