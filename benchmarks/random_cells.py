"""Are networks of random cells as counted? python -m benchmarks.random_cells

Builds small networks of random NASNet cells: 1 to 5 blocks, every operation,
both kinds of outputs, pictures of 8x8 to 32x32. Each has to have the parameters
and multiply-adds that its spec said, a finite loss and finite gradients. Saved,
and loaded in a process without this package, it has to compute the same. With
--journal, cells that were checked are not checked again. Runs on TensorFlow.
"""

import json
import multiprocessing
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import flags

from benchmarks import common
from nas_tf.specs import image_cell as cells
from nas_tf.specs.cell_stack import Layout
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell

FLAGS = flags.FLAGS
CLASSES = 3
# A sum of products in another order differs by less.
TOLERANCE = 1e-4
# Loads each model that it is told of, and says how far its outputs are off.
LOAD = """
import sys, json, keras, numpy as np
for line in sys.stdin:
    path = line.strip()
    data = np.load(path + ".npz")
    found = np.array(keras.models.load_model(path + ".keras")(data["x"]))
    keras.utils.clear_session()
    assert "nas_tf" not in sys.modules
    print(float(np.abs(found - data["y"]).max()), flush=True)
"""


def random_cell(rng, num_blocks, combinations=cells.COMBINATIONS):
    """Returns an `ImageCell`; half of them say what they put out.

    Args:
        rng: NumPy random generator.
        num_blocks: Number of blocks.
        combinations: Choices of combinations.
    """
    blocks = []
    for number in range(num_blocks):
        left, right = rng.integers(cells.NUM_INPUTS + number, size=2).tolist()
        first, second = rng.choice(cells.OPERATIONS, 2).tolist()
        combination = str(rng.choice(combinations))
        blocks.append(Block(left, first, right, second, combination))
    outputs = None
    if rng.random() < 0.5:
        states = cells.NUM_INPUTS + num_blocks
        count = int(rng.integers(1, states + 1))
        outputs = tuple(rng.permutation(states)[:count].tolist())
    return ImageCell(tuple(blocks), outputs)


def random_network(seed):
    """Returns the arguments of `cell_stack` for a random small network."""
    rng = np.random.default_rng(seed)
    num_blocks = 1 + seed % 5
    size = int(rng.integers(8, 33))
    # ImageNet's stem reduces by 8 before the two reductions.
    stem = "imagenet" if size >= 24 and rng.random() < 0.3 else "cifar"
    layout = Layout(
        1 if num_blocks > 2 else int(rng.integers(1, 3)),
        8 if stem == "imagenet" else int(rng.integers(1, 5)),
        stem,
        skip_reduction=bool(rng.random() < 0.5),
    )
    pair = [random_cell(rng, num_blocks) for _ in range(2)]
    return (*pair, layout, (size, size, 3), CLASSES)


def batch(seed, shape):
    """Returns two random pictures of a shape and their classes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, *shape)).astype("float32")
    return x, rng.integers(0, CLASSES, 2).astype("int32")


def check_a_step(model, x, y):
    """Computes a step of training eagerly, which compiles nothing.

    Raises:
        AssertionError: If the loss or a gradient is not finite, or missing.
    """
    import tensorflow as tf

    from nas_tf.training.lessons.classification import Classification

    with tf.GradientTape() as tape:
        loss, _, _ = Classification().learn(model, (x, y), ())
    found = tape.gradient(loss, model.trainable_variables)
    assert np.isfinite(loss), f"loss {loss}"
    assert all(value is not None for value in found), "no gradient"
    assert all(np.isfinite(value).all() for value in found), "gradient"


def build_and_check(seed):
    """Returns a random network that is as counted and can be trained.

    Raises:
        AssertionError: If it is not.
    """
    import keras

    from nas_tf.children import counting
    from nas_tf.children.cell_stack import cell_stack
    from nas_tf.specs.cell_stack_cost import cost

    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    arguments = random_network(seed)
    model = cell_stack(*arguments)
    found, wanted = counting.count(model), cost(*arguments)
    assert found.params == wanted.params, "parameters"
    assert found.multiply_adds == wanted.multiply_adds, "multiply-adds"
    check_a_step(model, *batch(seed, arguments[3]))
    return model


def define_flags():
    flags.DEFINE_integer("cells", 200, "Number of networks.", lower_bound=1)
    flags.DEFINE_integer(
        "first_seed", 1000, "Seed of the first.", lower_bound=0
    )
    flags.DEFINE_integer(
        "handful", 20, "Networks that a process builds.", lower_bound=1
    )
    flags.DEFINE_string(
        "journal", None, "File of checked cells, to go on after a stop."
    )


def main():
    with tempfile.TemporaryDirectory() as folder:
        journal = pathlib.Path(FLAGS.journal or f"{folder}/journal.jsonl")
        rows = _read(journal)
        seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.cells)
        waiting = [seed for seed in seeds if seed not in rows]
        for start in range(0, len(waiting), FLAGS.handful):
            # A new process, because what Keras has built stays in memory.
            process = multiprocessing.get_context("spawn").Process(
                target=check,
                args=(waiting[start : start + FLAGS.handful], journal, folder),
            )
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(process.exitcode)
            print(f"{len(_read(journal))} checked", flush=True)
        _report([_read(journal)[seed] for seed in seeds])


def check(seeds, journal, folder):
    """Checks networks and appends what was found to a journal."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    loader = subprocess.Popen(
        [sys.executable, "-c", LOAD],
        cwd=folder,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with loader, open(journal, "a", encoding="utf-8") as file:
        for seed in seeds:
            started = time.process_time()
            row = _facts(seed)
            try:
                model = build_and_check(seed)
                row["difference"] = _difference(model, seed, folder, loader)
                assert row["difference"] < TOLERANCE, "outputs when loaded"
            except Exception as error:
                row["fault"] = repr(error)
            row["seconds"] = round(time.process_time() - started, 2)
            file.write(json.dumps(row) + "\n")
            file.flush()


def _difference(model, seed, folder, loader):
    path = f"{folder}/{seed}"
    x, _ = batch(seed, model.input_shape[1:])
    model.save(f"{path}.keras")
    np.savez(f"{path}.npz", x=x, y=np.array(model(x)))
    loader.stdin.write(f"{path}\n")
    loader.stdin.flush()
    answer = loader.stdout.readline()
    for suffix in ("keras", "npz"):
        pathlib.Path(f"{path}.{suffix}").unlink()
    return float(answer)


def _facts(seed):
    normal, reduction, layout, shape, _ = random_network(seed)
    pair = (normal, reduction)
    return {
        "seed": seed,
        "size": shape[0],
        "stem": layout.stem,
        "blocks": len(normal.blocks),
        "outputs": sorted({c.outputs is None for c in pair}),
        "operations": sorted(
            {o for c in pair for b in c.blocks for _, o in b.sides}
        ),
    }


def _read(journal):
    if not journal.exists():
        return {}
    rows = map(json.loads, journal.read_text(encoding="utf-8").splitlines())
    return {row["seed"]: row for row in rows}


def _report(rows):
    used = {name for row in rows for name in row["operations"]}
    faults = [row for row in rows if "fault" in row]
    differences = [row["difference"] for row in rows if "difference" in row]
    print(
        f"{len(rows)} networks, {len(faults)} with faults; cells of "
        f"{min(row['blocks'] for row in rows)} to "
        f"{max(row['blocks'] for row in rows)} blocks, pictures of "
        f"{min(row['size'] for row in rows)} to "
        f"{max(row['size'] for row in rows)} pixels a side, {len(used)} of "
        f"{len(cells.OPERATIONS)} operations, "
        f"{sum(row['stem'] == 'imagenet' for row in rows)} with ImageNet's "
        f"stem. Largest difference when loaded: {max(differences, default=0)}. "
        f"{sum(row['seconds'] for row in rows):.0f} s of processor time"
    )
    for row in faults:
        print(f"seed {row['seed']}: {row['fault']}")
    if faults:
        sys.exit(1)


if __name__ == "__main__":
    common.run(main, define_flags)
