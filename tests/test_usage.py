"""What lies beside an exported model: names, script and facts."""

import pathlib
import py_compile
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from nas_tf.tasks import _picture_values
from nas_tf.tasks.digits import Digits
from nas_tf.train import usage


class Nameless(Digits):
    class_names = ()
    num_outputs = 10


def pictures():
    inputs = keras.Input((None, None, 1), dtype="uint8")
    return keras.Model(inputs, keras.layers.GlobalMaxPooling2D()(inputs))


def arrays():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


def text():
    tokens = keras.Input((None,), dtype="int32")
    return keras.Sequential([tokens, keras.layers.Identity(name="reader")])


MODELS = {"pictures": pictures, "arrays": arrays, "text": text}


@pytest.mark.parametrize("name", MODELS)
def test_the_kind_of_a_model(name):
    assert usage.kind(MODELS[name](), Digits()) == name


@pytest.mark.parametrize("names", [("reader", "x"), ("left", "right")])
def test_several_inputs_are_arrays_whatever_their_names(names):
    inputs = {n: keras.Input((4, 4, 1), dtype="uint8", name=n) for n in names}
    joined = keras.layers.Concatenate()(list(inputs.values()))
    assert usage.kind(keras.Model(inputs, joined), Digits()) == "arrays"


@pytest.mark.parametrize("name", MODELS)
def test_the_script_imports_what_the_model_needs(name, tmp_path):
    usage.write(tmp_path, MODELS[name](), Digits(), ("nas_tf", "my_space"))
    lines = (tmp_path / "predict.py").read_text().splitlines()
    start = lines.index("import keras")
    assert lines[start + 1 : start + 3] == ["import nas_tf", "import my_space"]
    py_compile.compile(tmp_path / "predict.py", doraise=True)


def test_names_are_written_one_a_line(tmp_path):
    usage.write(tmp_path, pictures(), Digits(), ())
    names = (tmp_path / "class_names.txt").read_text()
    assert names == "".join(f"{number}\n" for number in range(10))
    usage.write(tmp_path, text(), Digits(), ())
    assert (tmp_path / "vocabulary.txt").read_text() == names


def test_classes_without_names_have_numbers(tmp_path):
    usage.write(tmp_path, pictures(), Nameless(), ())
    names = (tmp_path / "class_names.txt").read_text()
    assert names == "".join(f"{number}\n" for number in range(10))


class Laid(Nameless):
    def __init__(self, background):
        super().__init__()
        object.__setattr__(self, "background", background)


class Numbers(Nameless):
    kind = "regression"
    background = "black"


@pytest.mark.slow
def test_numbers_of_pictures_are_printed_as_they_are(tmp_path):
    usage.write(tmp_path, pictures(), Numbers(), ())
    pictures().save(tmp_path / "model.keras")
    Image.fromarray(np.full((2, 2), 51_000, np.uint16)).save(
        tmp_path / "grey.png"
    )
    # Its colour is hidden.
    Image.new("RGBA", (2, 2), (0, 200, 0, 0)).save(tmp_path / "clear.png")
    done = subprocess.run(
        [sys.executable, "predict.py", "grey.png", "clear.png"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    wanted = f"grey.png: {51_000 >> 8}\nclear.png: 0\n"
    assert done.stdout == wanted, done.stderr


def test_outputs_without_names_have_no_file(tmp_path):
    usage.write(tmp_path, arrays(), Nameless(), ())
    assert [path.name for path in tmp_path.iterdir()] == ["predict.py"]


def test_scripts_import_nothing_of_this_package():
    folder = pathlib.Path(usage.__file__).parent / "predict"
    for path in [
        *(folder / f"{name}.py" for name in MODELS),
        pathlib.Path(_picture_values.__file__),
    ]:
        assert "nas_tf" not in path.read_text()


@pytest.mark.parametrize("background", ["white", "black"])
def test_pictures_lie_on_what_they_were_trained_on(tmp_path, background):
    task, model = Laid(background), pictures()
    assert usage.facts(model, task, ())["background"] == background
    usage.write(tmp_path, model, task, ())
    script = (tmp_path / "predict.py").read_text()
    assert f'\nbackground = "{background}"\n' in script


def test_the_card_says_how_to_open_the_model():
    facts = usage.facts(pictures(), Digits(), ["nas_tf"])
    card = {**facts, "reloaded": ["model.keras", "saved_model"]}
    shown = "\n".join(usage.lines(card))
    assert "import keras\nimport nas_tf\n\nmodel = keras.models.load" in shown
    assert "pictures of any size, uint8 [B, height, width, 1] (grey)" in shown
    assert "one number for each of 0, 1, 2" in shown
    assert "saved_model" in shown
    assert usage.first_line(card) == (
        "**`import nas_tf` before opening model.keras.**"
    )
    assert usage.first_line({**card, "imports": []}) is None
