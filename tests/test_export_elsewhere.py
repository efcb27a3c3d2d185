"""Exported models in an environment with Keras alone, on raw files."""

import json
import re
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from nas_tf import registry
from nas_tf.seeds import generator
from nas_tf.specs.tree import NAS_CELL
from nas_tf.train import export
from nas_tf.train import model_card
from nas_tf.train.candidates import Candidate
from nas_tf.train.trainer import Trained
from tests.alone import Environment

pytestmark = pytest.mark.slow

SIZES = [(12, 12), (30, 20), (9, 47)]
# The score of `model.keras`, then `predict.py`.
PICTURES = """
import pathlib, runpy, sys
import keras, numpy as np
from PIL import Image
folder, files, *shown = map(pathlib.Path, sys.argv[1:])
model = keras.models.load_model(folder / "model.keras")
names = (folder / "class_names.txt").read_text().splitlines()
totals, count = np.zeros(2), 0
for size in {Image.open(path).size for path in files.glob("*/*.png")}:
    paths = [p for p in files.glob("*/*.png") if Image.open(p).size == size]
    pictures = np.stack([np.asarray(Image.open(path)) for path in paths])
    labels = np.array([names.index(path.parent.name) for path in paths])
    found = model.evaluate(pictures, labels, verbose=0, return_dict=True)
    totals += len(paths) * np.array([found["accuracy"], found["loss"]])
    count += len(paths)
assert "nas_tf" not in sys.modules
print(*(totals / count))
sys.path.insert(0, str(folder))
sys.argv = [str(folder / "predict.py"), *map(str, shown)]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
# The SavedModel and the model on one text, then `predict.py`. A model with
# layers of searched cells needs the package, so there it is not opened.
TEXT = """
import pathlib, runpy, sys
import keras, numpy as np, tensorflow as tf
folder, path, end, own = sys.argv[1:]
lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
text = "".join(line + end for line in lines)
served = tf.saved_model.load(folder + "/saved_model")
tokens = served.encode(tf.constant([text])).numpy()[0]
found = [served.serve(tf.constant([text])).numpy()[0]]
if own == "True":
    model = keras.models.load_model(folder + "/model.keras")
    inputs = np.array([text], object)
    again = model.get_layer("preprocessing").predict_on_batch(inputs)[0]
    assert np.array_equal(again, tokens)
    found.append(model.predict(inputs, verbose=0)[0])
assert "nas_tf" not in sys.modules
for probabilities in found:
    nats = -np.log(probabilities[np.arange(len(tokens) - 1), tokens[1:]])
    print("nats", np.mean(nats, dtype=float))
sys.argv = [folder + "/predict.py", path, "the cat"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return Environment(tmp_path_factory.mktemp("alone") / "environment")


def exported(space, task, spec, folder):
    """Exports a model after one epoch; returns the folder and its card."""
    keras.utils.set_random_seed(0)
    model = space.build(spec, task)
    history = task.fit(model, 0)
    scores = {split: task.evaluate(model, split) for split in ("valid", "test")}
    trained = Trained(model, history, 0, scores, 1.0)
    candidate = Candidate("a network", spec)
    cost = space.cost(spec, task)
    card = model_card.make(candidate, space, task, cost, trained, 0, 1)
    export.export(model, spec, space, card, task, folder / "model")
    # Where nothing lies beside it.
    shutil.move(folder / "model", folder / "elsewhere" / "model")
    return folder / "elsewhere" / "model"


def output(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of pictures of three sizes, of stripes of two kinds."""
    folder = tmp_path_factory.mktemp("pictures")
    for split, count in (("train", 96), ("valid", 30), ("test", 60)):
        rng = generator(0, split)
        for number in range(count):
            height, width = SIZES[number % 3]
            # Wide stripes, which are stripes in every size.
            rows = rng.integers(0, 256, (4, 1, 3)).astype(np.uint8)
            kind = ("across", "upright")[number // 3 % 2]
            stripes = rows if kind == "across" else rows.transpose(1, 0, 2)
            noise = rng.integers(-60, 60, (height, width, 3))
            picture = np.asarray(
                Image.fromarray(stripes).resize((width, height))
            )
            picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
            (folder / split / kind).mkdir(parents=True, exist_ok=True)
            path = folder / split / kind / f"{number}.png"
            Image.fromarray(picture).save(path)
    return folder


def test_pictures_of_three_sizes(pictures, environment, tmp_path):
    """Augmentation upsamples and crops; the rest is there without it too."""
    (tmp_path / "elsewhere").mkdir()
    task = registry.make(
        "tasks",
        f"image_folder(path='{pictures}', image_size=12, epochs=10, "
        f"augment=True, batch_size=16)",
    )
    space = registry.make(
        "spaces", "conv(num_layers=2, num_filters=(8,), skip_connections=False)"
    )
    spec = space.decode((1,) * len(space.decisions))
    folder = exported(space, task, spec, tmp_path)
    card = json.loads((folder / "model_card.json").read_text())
    files = [
        str(pictures / "test/across/0.png"),
        str(pictures / "test/upright/5.png"),
    ]
    script = ("-c", PICTURES, str(folder), str(pictures / "test"), *files)
    shown = output(environment.run(*script, cwd=tmp_path / "elsewhere"))
    scores, *told = shown.splitlines()[-3:]
    accuracy, loss = map(float, scores.split())
    assert accuracy == pytest.approx(card["test"]["accuracy"], abs=1e-6)
    assert loss == pytest.approx(card["test"]["loss"], abs=1e-5)
    for line, path in zip(told, files, strict=True):
        assert line.startswith((f"{path}: across ", f"{path}: upright "))
        assert line.endswith("%")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    for split, count in (("train", 300), ("valid", 30), ("test", 40)):
        rng = generator(0, split)
        words = ["the", "cat", "dög", "sees", "a", ".", "[", "_"]
        lines = [
            " ".join(
                words[i] for i in rng.integers(8, size=rng.integers(1, 12))
            )
            for _ in range(count)
        ]
        if split == "test":
            lines[3:5] = ["", "never seen words"]
        (folder / f"{split}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="Keras splits strings by TensorFlow",
)
@pytest.mark.parametrize(
    "cell, level, end",
    [("lstm", "word", " <eos> "), ("nas_cell", "character", "\n")],
)
def test_text(text, level, end, cell, environment, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    task = registry.make(
        "tasks",
        f"text(path='{text}', level='{level}', epochs=1, batch_size=4, "
        f"steps=9)",
    )
    kind = "recurrent" if cell == "lstm" else "tree"
    space = registry.make(
        "spaces", f"{kind}(skeleton='language_model(units=8, num_layers=2)')"
    )
    spec = NAS_CELL if cell == "nas_cell" else space.decode((0,))
    folder = exported(space, task, spec, tmp_path)
    card = json.loads((folder / "model_card.json").read_text())
    own = cell == "lstm"
    assert card["imports"] == ([] if own else ["nas_tf"])
    path = str(text / "test.txt")
    arguments = ("-c", TEXT, str(folder), path, end, str(own))
    done = environment.run(*arguments, cwd=tmp_path)
    losses = re.findall(r"^nats (.*)$", done.stdout, re.MULTILINE)
    assert len(losses) == 1 + own, done.stderr
    for loss in losses:
        found = task.scores(float(loss))[task.measure]
        assert found == pytest.approx(card["test"][task.measure], rel=1e-6)
    if not own:
        assert "No module named 'nas_tf'" in done.stderr
        return
    whole, words = output(done).splitlines()[-2:]
    perplexity = np.exp(card["test"]["loss"])
    assert whole.startswith(f"{path}: perplexity {perplexity:.2f}; ")
    assert words.startswith("the cat: perplexity ")
