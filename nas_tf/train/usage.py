"""What a user of an exported model needs beside it: names, a script, facts."""

import importlib.resources

from nas_tf import subwords
from nas_tf.train import serving

CLASS_NAMES = "class_names.txt"
VOCABULARY = "vocabulary.txt"
SCRIPT = "predict.py"
PICTURE_VALUES = "picture_values.py"
WHITE = "white"

PICTURES = "pictures"
TEXT = "text"
ARRAYS = "arrays"
SENTENCES = "sentences"


def kind(model, task):
    """Returns what a model that takes raw inputs reads.

    Args:
        model: What `raw_model` returned.
        task: Its `Task`.

    Returns:
        "sentences" for a translator, "text" for a language model, "pictures"
        for a classifier of pictures of any size, "arrays" for any other.
    """
    if task.kind == "translation":
        return SENTENCES
    if "reader" in serving.layers_of(model):
        return TEXT
    inputs = model.inputs or []
    if [(x.dtype, len(x.shape)) for x in inputs] == [("uint8", 4)]:
        return PICTURES
    return ARRAYS


def facts(model, task, imports):
    """Returns what the card says about using a model, a JSON-able dict.

    Args:
        model: What `raw_model` returned.
        task: Its `Task`.
        imports: Names of the modules to import before `model.keras` is opened.
    """
    own = kind(model, task)
    found = {
        "input": own,
        "input_description": task.describe_inputs(),
        "imports": list(imports),
    }
    if own == TEXT:
        return {**found, "level": task.level}
    if own == SENTENCES:
        return {
            **found,
            "beam_width": task.beam_width,
            "length_penalty": task.length_penalty,
        }
    if own == PICTURES:
        found["background"] = _background(task)
    return {**found, "class_names": list(task.class_names)}


def write(folder, model, task, imports):
    """Writes the names of the outputs and the script `predict.py`.

    The script reads pictures by a copy of the code that training reads them by.

    Args:
        folder: `pathlib.Path` of the model's directory.
        model: What `raw_model` returned.
        task: Its `Task`.
        imports: As in `facts`.
    """
    own = kind(model, task)
    if own == SENTENCES:
        (folder / subwords.FILE).write_bytes(task.subwords.model)
    names = list(task.class_names)
    one_class = task.kind == "classification"
    if own == PICTURES and one_class and not names:
        names = [str(number) for number in range(task.num_outputs)]
    if names:
        text = serving.names_text(names)
        name = VOCABULARY if own == TEXT else CLASS_NAMES
        (folder / name).write_bytes(text.encode("utf-8"))
    scripts = importlib.resources.files("nas_tf.train.predict")
    script = own if one_class or own != PICTURES else "picture_numbers"
    script = (scripts / f"{script}.py").read_text(encoding="utf-8")
    first = "nas_tf" if own == SENTENCES else "keras"
    modules = dict.fromkeys(("keras", first, *imports))
    wanted = "".join(f"import {name}\n" for name in modules)
    script = script.replace(f"import {first}\n", wanted, 1)
    if own == PICTURES:
        read = importlib.resources.files("nas_tf.tasks") / "_picture_values.py"
        (folder / PICTURE_VALUES).write_bytes(read.read_bytes())
        script = script.replace(
            f'background = "{WHITE}"', f'background = "{_background(task)}"'
        )
    (folder / SCRIPT).write_text(script, encoding="utf-8")


def lines(card):
    """Yields the Markdown of a card that says how a model is used.

    Args:
        card: Dict with the `facts`, and "reloaded", the names of the files.
    """
    yield "## Use"
    yield ""
    if card["input"] == SENTENCES:
        yield from _lines_of_translator()
        return
    yield "```python"
    for name in ("keras", *card["imports"]):
        yield f"import {name}"
    yield ""
    yield f'model = keras.models.load_model("{serving.KERAS_FILE}")'
    yield "```"
    yield ""
    yield f"Input: {card['input_description']}"
    yield ""
    if "background" in card:
        yield (
            f"`{PICTURE_VALUES}` makes that of picture files, as training did: "
            f"turned by their EXIF orientation, and laid on "
            f"{card['background']} where they are transparent."
        )
        yield ""
    yield _outputs(card)
    yield ""
    yield f"`python {SCRIPT}` shows how; its first lines say what it takes."
    if serving.SAVED_MODEL in card["reloaded"]:
        yield ""
        yield (
            f"`{serving.SAVED_MODEL}/` does the same for programs that have "
            f"TensorFlow alone: `tf.saved_model.load(path).serve(inputs)`."
        )


def _background(task):
    """Returns what transparent pictures are laid on."""
    return getattr(task, "background", WHITE)


def _lines_of_translator():
    yield "```python"
    yield "import nas_tf"
    yield 'translator = nas_tf.load_translator(".")'
    yield 'translator.translate(["A sentence."])'
    yield "```"
    yield ""
    yield (
        f"`python {SCRIPT} < in > out`, or `nas_tf translate --model=. < in > "
        f"out`, translates a sentence in each line. Both need this package and "
        f"sentencepiece, which reads {subwords.FILE}."
    )


def _outputs(card):
    if card["input"] == TEXT:
        return (
            f"Output: the probabilities of the symbol after each position. "
            f"Their order is that of {VOCABULARY}. The layer `reader` reads on "
            f"from given states."
        )
    names = card["class_names"]
    if not names:
        return "Output: see the task."
    shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"Output: one number for each of {shown}, see {CLASS_NAMES}."


def first_line(card):
    """Returns the line above a card's title, or None if there is none."""
    if not card["imports"]:
        return None
    modules = " and ".join(f"`import {name}`" for name in card["imports"])
    return f"**{modules} before opening {serving.KERAS_FILE}.**"
