"""The command `nas_tf predict`, on pictures, arrays and texts."""

import json
import re
import sys
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

from nas_tf import registry
from nas_tf.cli import predict
from nas_tf.errors import UsageError
from nas_tf.runs.exported import find
from nas_tf.tasks import arrays
from nas_tf.tasks import text
from nas_tf.train import usage
from nas_tf.train.raw_model import raw_model


def exported(space, task, folder):
    """Writes the files of an exported model that `predict` needs."""
    space = registry.make("spaces", space)
    keras.utils.set_random_seed(0)
    spec = space.decode((0,) * len(space.decisions))
    model = space.build(spec, task)
    raw = raw_model(model, task)
    folder.mkdir(parents=True)
    raw.save(folder / "model.keras")
    usage.write(folder, raw, task, ())
    card = usage.facts(raw, task, ())
    (folder / "model_card.json").write_text(json.dumps(card))
    return model, raw


def predicted(model, *paths, top_k=1, length=5, batch_size=2, capsys):
    """Returns whether all was good, and both streams as lists of lines."""
    predictor = predict.load(find(model), top_k, length)
    good = predict.run(predictor, [str(path) for path in paths], batch_size)
    out, error = capsys.readouterr()
    return good, out.splitlines(), error.splitlines()


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A run with a trained model of pictures, and five picture files."""
    task = registry.make("tasks", "digits")
    run = tmp_path_factory.mktemp("digits")
    folder = run / "trained" / "model"
    _, raw = exported("conv(num_layers=1, num_filters=(4,))", task, folder)
    images = task.raw("test")[0][:5]
    pictures = []
    for number, image in enumerate(np.asarray(images)):
        # Two sizes, so that a batch is not of one size.
        picture = Image.fromarray(image[:, :, 0])
        if number == 2:
            picture = picture.resize((12, 10))
        pictures.append(run / f"{number}.png")
        picture.save(pictures[-1])
    return run, raw, images, pictures


def test_each_picture_has_a_line_in_order(digits, capsys):
    run, raw, images, pictures = digits
    good, lines, errors = predicted(run, *pictures, capsys=capsys)
    assert good and errors == []
    assert [line.split(": ")[0] for line in lines] == list(map(str, pictures))
    rows = raw.predict_on_batch(images)
    for number in (0, 1, 3, 4):
        best = rows[number].argmax()
        said = f"{best} {rows[number][best]:.2%}"
        assert lines[number] == f"{pictures[number]}: {said}"


def test_a_picture_of_another_size_than_the_models_is_one_line(
    tmp_path, capsys
):
    folder = card_of(tmp_path / "model", input="pictures")
    image = keras.Input((4, 4, 1), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.Dense(2)(keras.layers.Flatten()(x))
    keras.Model(image, x).save(folder / "model.keras")
    paths = [tmp_path / f"{size}.png" for size in (4, 5)]
    for path, size in zip(paths, (4, 5)):
        Image.new("L", (size, size)).save(path)
    good, lines, [error] = predicted(folder, *paths, capsys=capsys)
    assert not good and len(lines) == 1
    assert f"Expected a picture [4, 4, 1]. Received: {paths[1]} with" in error


def test_a_bad_file_is_one_line_and_the_others_are_read(digits, capsys):
    run, _, _, pictures = digits
    (run / "bad.png").write_text("no picture")
    paths = [pictures[0], run / "bad.png", run / "missing.png", pictures[1]]
    good, lines, errors = predicted(
        run / "trained", *paths, top_k=3, capsys=capsys
    )
    assert not good
    assert [line.count("%") for line in lines] == [3, 3]
    assert len(errors) == 2
    assert all(line.startswith("error: Expected a picture.") for line in errors)


def text_of(folder, **options):
    """Returns a task whose lines are drawn from five words."""
    rng = np.random.default_rng(0)
    rows = rng.choice(["to", "be", "or", "not", "it"], (200, 30))
    path = folder / "whole.txt"
    path.write_text("".join(f"{' '.join(row)}\n" for row in rows))
    return text.make(path=str(path), **options)


def test_a_text_has_its_perplexity_and_goes_on(tmp_path, capsys):
    task = text_of(tmp_path)
    space = "recurrent(skeleton='language_model(units=5, num_layers=1)')"
    model, _ = exported(space, task, tmp_path / "model")
    lines = task.read("test")
    path = tmp_path / "text.txt"
    path.write_text("\n".join(lines) + "\n")
    good, [line], errors = predicted(tmp_path, path, capsys=capsys)
    assert good and errors == []
    wanted = task.evaluate(model, "test")["perplexity"]
    count = task.num_examples("test")
    begin = f"{path}: perplexity {wanted:.2f} on {count:,} words; goes on: "
    assert line.startswith(begin)
    words = line.removeprefix(begin).split(" ")
    assert len(words) == 5 and set(words) <= set(task.vocabulary)
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    good, lines, [error] = predicted(
        tmp_path / "model", empty, path, length=0, capsys=capsys
    )
    assert not good and "empty.txt with nothing in it" in error
    assert lines == [f"{path}: perplexity {wanted:.2f} on {count:,} words"]


def test_a_text_model_has_a_level(tmp_path):
    task = text_of(tmp_path)
    space = "recurrent(skeleton='language_model(units=4, num_layers=1)')"
    exported(space, task, tmp_path / "model")
    path = tmp_path / "model" / "model_card.json"
    card = json.loads(path.read_text())
    for level in ("sentence", None, 3):
        path.write_text(json.dumps({**card, "level": level}))
        with pytest.raises(UsageError, match="Expected `level` to be"):
            predict.load(find(tmp_path / "model"), 1, 0)


def test_characters_have_bits(tmp_path, capsys):
    task = text_of(tmp_path, level="character")
    space = "recurrent(skeleton='language_model(units=4, num_layers=1)')"
    exported(space, task, tmp_path / "model")
    path = tmp_path / "text.txt"
    path.write_text("to be it\nor\n")
    _, [line], _ = predicted(tmp_path, path, length=7, capsys=capsys)
    start, _, rest = line.partition("; goes on: ")
    assert "bits per character " in start and "on 12 characters" in start
    assert len(rest) == 7


def test_a_text_needs_its_vocabulary_and_level(tmp_path):
    task = text_of(tmp_path)
    space = "recurrent(skeleton='language_model(units=4, num_layers=1)')"
    folder = tmp_path / "model"
    exported(space, task, folder)
    vocabulary = folder / "vocabulary.txt"
    whole = vocabulary.read_text()
    for wrong in (whole.replace("<eos>", "end"), "<eos>\n", ""):
        vocabulary.write_text(wrong)
        with pytest.raises(UsageError, match="symbols of the model, <eos>"):
            predict.load(folder, 1, 0)
    vocabulary.write_text(whole)
    for facts in ({"level": "line"}, {"level": ["word"]}, {}):
        card = {"input": "text", **facts}
        (folder / "model_card.json").write_text(json.dumps(card))
        with pytest.raises(UsageError, match="`level` to be one of"):
            predict.load(folder, 1, 0)
    card = {"input": "arrays"}
    (folder / "model_card.json").write_text(json.dumps(card))
    with pytest.raises(UsageError, match="Expected a model of arrays"):
        predict.load(folder, 1, 0)


@pytest.fixture
def columns(tmp_path):
    """A model of two columns, and their examples."""
    rng = np.random.default_rng(0)
    x = {
        "size": rng.normal(size=40).astype(np.float32),
        "kind": np.array(["a", "b"] * 20),
    }
    y = np.array(["no", "yes"] * 20)
    task = arrays.from_data((x, y))
    _, raw = exported("dense(num_layers=1)", task, tmp_path / "model")
    return tmp_path, raw, x


def test_columns_are_read_from_csv_and_npz(columns, capsys):
    folder, _, x = columns
    rows = [f"{a},{b},0" for a, b in zip(x["size"][:3], x["kind"][:3])]
    table = folder / "table.CSV"
    table.write_text("\n".join(["size,kind,unused", *rows]))
    stored = folder / "stored.npz"
    np.savez(stored, **{name: array[:1] for name, array in x.items()})
    good, lines, errors = predicted(folder, table, stored, capsys=capsys)
    assert good, errors
    assert [line.split(": ")[0] for line in lines] == [
        *(f"{table}, example {number}" for number in range(3)),
        str(stored),
    ]
    assert all(line.split(": ")[1][:2] in ("no", "ye") for line in lines)
    assert lines[3].split(": ")[1] == lines[0].split(": ")[1]


@pytest.mark.parametrize(
    "name, content, expected",
    [
        ("a.csv", "size\n1\n", "without kind"),
        ("a.csv", "size,kind\n", "without any"),
        ("a.csv", "size,kind,size\n1,a,2\n", "several called 'size'"),
        ("a.csv", "size,kind\nlarge,a\n", "could not convert"),
        ("a.npy", "no array", "Expected arrays as .npy, .npz or .csv"),
        ("missing.csv", None, "No such file"),
        ("missing.npy", None, "No such file"),
    ],
)
def test_broken_arrays_are_one_line(columns, capsys, name, content, expected):
    path = columns[0] / name
    if content is not None:
        path.write_text(content)
    good, lines, [error] = predicted(columns[0], path, capsys=capsys)
    assert (good, lines) == (False, [])
    assert expected in error


@pytest.mark.parametrize(
    "size, kind, expected",
    [
        ([1, 2], ["a"], "with 1 of kind, 2 of size"),
        ([], [], "with 0 of kind, 0 of size"),
        ([1, np.nan], ["a", "b"], "with nan in example 1"),
        ([1e300, 1], ["a", "b"], r"with 1e\+300 in example 0"),
        (-np.inf, "a", "with -inf in example 0"),
    ],
)
def test_arrays_that_are_no_examples_are_one_line(
    columns, capsys, size, kind, expected
):
    path = columns[0] / "a.npz"
    np.savez(path, size=np.array(size, float), kind=np.array(kind, str))
    good, lines, [error] = predicted(columns[0], path, capsys=capsys)
    assert (good, lines) == (False, [])
    assert str(path) in error and re.search(expected, error)


def test_a_table_with_what_is_no_number_names_the_row(columns, capsys):
    path = columns[0] / "a.csv"
    path.write_text("size,kind\n1,a\nnan,b\n")
    good, _, [error] = predicted(columns[0], path, capsys=capsys)
    assert not good and "size. Received:" in error
    assert error.endswith("a.csv with nan in example 1")


@pytest.mark.parametrize("text", ["no\n", "no\nyes\nperhaps\n", "n\no\nyes\n"])
def test_other_names_than_outputs_are_refused(columns, capsys, text):
    folder = columns[0]
    (folder / "model" / "class_names.txt").write_text(text)
    (folder / "a.csv").write_text("size,kind\n1,a\n")
    with pytest.raises(UsageError, match="Expected 2 names in class_names.txt"):
        predicted(folder, folder / "a.csv", capsys=capsys)


def test_the_last_name_needs_no_end_of_line(columns, capsys):
    folder = columns[0]
    (folder / "model" / "class_names.txt").write_text("left\nright")
    (folder / "a.csv").write_text("size,kind\n1,a\n")
    good, [line], _ = predicted(
        folder, folder / "a.csv", top_k=2, capsys=capsys
    )
    assert good and "left" in line and "right" in line


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({"input": "text", "level": "word"}, "Expected a model of text, as"),
        ({"input": "pictures"}, "Expected a model of pictures, as its card"),
        ({"input": "sounds"}, "`input` to be one of pictures, text, arrays"),
        ({"input": ["arrays"]}, "`input` to be one of"),
        ({"input": None}, "`input` to be one of"),
    ],
)
def test_a_card_of_another_model_is_one_line(columns, facts, expected):
    folder = columns[0] / "model"
    (folder / "vocabulary.txt").write_text("<eos>\na\n")
    (folder / "model_card.json").write_text(json.dumps(facts))
    with pytest.raises(UsageError, match=expected) as caught:
        predict.load(find(folder), 1, 0)
    assert "\n" not in str(caught.value)


def test_objects_are_never_unpickled(columns, capsys):
    path = columns[0] / "objects.npy"
    np.save(path, np.array([{}], object), allow_pickle=True)
    good, _, [error] = predicted(columns[0], path, capsys=capsys)
    assert not good and "allow_pickle=False" in error


def test_numbers_are_shown_as_numbers(tmp_path, capsys):
    x = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    task = arrays.from_data((x, x[:, 0]))
    _, raw = exported("dense(num_layers=1)", task, tmp_path / "model")
    path = tmp_path / "x.npy"
    np.save(path, x[0])
    _, [line], _ = predicted(tmp_path, path, capsys=capsys)
    value = float(line.removeprefix(f"{path}: "))
    assert value == pytest.approx(
        raw.predict_on_batch(x[:1]).item(), rel=1e-4, abs=1e-6
    )
    np.save(path, x[:, :2])
    good, _, [error] = predicted(tmp_path, path, capsys=capsys)
    assert not good and "with [30, 2]" in error


def card_of(folder, **facts):
    folder.mkdir()
    (folder / "model.keras").write_text("broken")
    (folder / "model_card.json").write_text(json.dumps(facts))
    return folder


def test_models_that_cannot_be_used_are_one_line(tmp_path):
    old = card_of(tmp_path / "old", measure="accuracy")
    with pytest.raises(UsageError, match="of an earlier version"):
        find(old)
    with pytest.raises(UsageError, match="Received: nowhere"):
        find("nowhere")
    broken = card_of(tmp_path / "broken", input="pictures", imports=["nas_tf"])
    with pytest.raises(UsageError, match="Expected a model that Keras opens"):
        predict.load(find(broken / "model.keras"), 1, 0)
    # A module that a card names is not imported.
    foreign = card_of(tmp_path / "foreign", input="text", imports=["this"])
    with pytest.raises(UsageError, match="needs `import this`"):
        predict.load(foreign, 1, 0)


def renamed(model, folder, **names):
    """Writes a model whose last layer is another class."""
    model.save(folder / "whole.keras")
    with (
        zipfile.ZipFile(folder / "whole.keras") as source,
        zipfile.ZipFile(folder / "model.keras", "w") as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "config.json":
                config = json.loads(data)
                config["config"]["layers"][-1].update(names)
                data = json.dumps(config)
            target.writestr(name, data)


def test_a_model_of_others_runs_no_code(tmp_path, monkeypatch):
    (tmp_path / "a_stranger.py").write_text("raise SystemExit(0)")
    monkeypatch.syspath_prepend(str(tmp_path))
    plain = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    code = keras.Sequential(
        [keras.Input((2,)), keras.layers.Lambda(lambda x: x[:, ::-1])]
    )
    known = "Custom>Known"
    keras.saving.register_keras_serializable("Custom", "Known")(
        type("Known", (keras.layers.Layer,), {})
    )
    strange = {"module": "a_stranger", "registered_name": "a_stranger>Layer"}
    for number, (model, names, message) in enumerate(
        [
            (code, {}, "Expected a model that Keras opens"),
            (plain, strange, "needs `import a_stranger`"),
            (plain, {**strange, "registered_name": []}, "import a_stranger"),
            (plain, {**strange, "registered_name": None}, "import a_stranger"),
            (
                plain,
                {**strange, "class_name": "function", "registered_name": known},
                "needs `import a_stranger`",
            ),
            (plain, {"module": "keras.a_stranger"}, "that Keras opens"),
            (plain, {"module": "a_stranger.x.y"}, "needs `import a_stranger`"),
        ]
    ):
        folder = card_of(tmp_path / f"{number}", input="arrays", imports=[])
        renamed(model, folder, **names)
        with pytest.raises(UsageError, match=message) as error:
            predict.load(find(folder), 1, 0)
        assert "\n" not in str(error.value)
    assert "a_stranger" not in sys.modules
