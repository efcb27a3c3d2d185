"""Translating lines: the Python interface, its files and the command."""

import io
import json
import shutil
import types
import zipfile

import keras
import numpy as np
import pytest
from absl import flags

from nas_tf import translator as translators
from nas_tf.children.beam_search import beam_search
from nas_tf.cli import predict
from nas_tf.cli import translate
from nas_tf.errors import UsageError
from nas_tf.tasks import _bleu
from nas_tf.tasks import _decoding
from nas_tf.tasks import grammar_translation
from nas_tf.train import usage
from tests import toy_translator

LINES = [
    "The old man sees a dog.",
    "",
    "This cat has forgotten the new book in the garden.",
    " \t",
    "Now five women paint four chairs.",
]


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("NAS_TF_CACHE_DIR", str(folder))
        task = grammar_translation.make(batch_size=64, beam_width=3)
        task.check()
        yield task


@pytest.fixture(scope="module")
def folder(task, tmp_path_factory):
    """The folder of an exported translator."""
    folder = tmp_path_factory.mktemp("trained") / "model"
    folder.mkdir()
    model = toy_translator.trained(task)
    model.save(folder / "model.keras")
    usage.write(folder, model, task, ())
    card = usage.facts(model, task, ())
    (folder / "model_card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def translator(folder):
    return translators.load_translator(folder)


def test_lines_keep_their_order_and_empty_ones_stay_empty(translator):
    found = translator.translate(LINES)
    assert [bool(line) for line in found] == [True, False, True, False, True]
    assert (translator.beam_width, translator.length_penalty) == (3, 1.0)
    # Neither neighbours nor padding nor white space change a translation.
    assert [translator.translate([line])[0] for line in LINES] == found
    assert translator.translate(["  The old  man sees a dog. "]) == found[:1]
    assert translator.translate([]) == []
    greedy = translator.translate(LINES, beam_width=1)
    assert len(greedy) == 5 and greedy != found


def test_translations_are_those_of_the_model(task, translator):
    (source, _), _ = next(iter(task.batches("valid", 0, 0)))
    source = np.pad(source[:4], ((0, 0), (0, 32 - source.shape[1])))
    ids, _ = beam_search(translator.model, source, 3, 1.0, 74)
    texts = task.subwords.decode(source)
    assert translator.translate(texts) == task.subwords.decode(ids)


def test_a_long_line_is_cut_and_said(translator):
    long = "the old man sees a dog in the garden " * 1112
    with pytest.warns(UserWarning, match="Line 2 has too many words") as told:
        found = translator.translate(["A dog.", long], beam_width=1)
    assert len(told) == 1 and found[1]
    with pytest.raises(UsageError, match="list of lines"):
        translator.translate("A dog.")
    for size in (0, -1, 2.5):
        with pytest.raises(UsageError, match="Expected `batch_size` to be"):
            translator.translate(["A dog."], batch_size=size)
    assert _decoding.LONGEST == 512


@pytest.mark.slow
def test_further_scores_are_of_the_test(task, translator):
    found = task.further_scores(translator.model)
    assert 0 < found["BLEU"]["value"] < found["chrF"]["value"] < 100
    sources, references = task.lines("test")
    again = translator.translate(sources)
    assert _bleu.scores(again, references) == found


@pytest.fixture
def command(monkeypatch, capfdbinary):
    """Returns a function that runs the command on bytes."""

    def run(given, *words):
        stream = types.SimpleNamespace(
            buffer=io.BytesIO(given), isatty=lambda: False
        )
        monkeypatch.setattr("sys.stdin", stream)
        flags.FLAGS(["nas_tf", *words])
        try:
            translate.main(["nas_tf"])
        finally:
            flags.FLAGS.unparse_flags()
        return capfdbinary.readouterr()

    return run


def test_the_command_translates_standard_input(command, folder, translator):
    text = "\ufeff" + "\r\n".join(LINES)
    done = command(text.encode(), f"--model={folder}")
    wanted = "".join(f"{line}\n" for line in translator.translate(LINES))
    assert done.out.decode() == wanted and done.err == b""
    # The directory of the training is found too.
    given = f"{LINES[0]}\n{'dog ' * 600}".encode()
    done = command(given, f"--model={folder.parent}", "--beam_width=1")
    [first, _] = done.out.decode().splitlines()
    assert [first] == translator.translate(LINES[:1], beam_width=1)
    assert done.err.startswith(b"Line 2 has too many words")
    assert command(b"", f"--model={folder}") == (b"", b"")


def test_a_closed_standard_input_is_one_line(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    flags.FLAGS(["nas_tf", "--model=any"])
    try:
        with pytest.raises(UsageError, match="standard input. Received: none"):
            translate.main(["nas_tf"])
    finally:
        flags.FLAGS.unparse_flags()


def test_what_comes_before_a_broken_line_is_not_lost(
    command, folder, translator, capfdbinary
):
    given = "A dog.\nThe café.\n".encode("latin-1")
    with pytest.raises(UsageError, match=r"line 2 .* byte 7 \(0xe9\)"):
        command(given, f"--model={folder}")
    out = capfdbinary.readouterr().out.decode()
    assert out.splitlines() == translator.translate(["A dog."])
    with pytest.raises(UsageError, match="line 1 .*number 0, as UTF-16"):
        command("A dog.\n".encode("utf-16-le"), f"--model={folder}")


def test_models_that_do_not_translate_are_one_line(command, folder, tmp_path):
    with pytest.raises(UsageError, match="--model=DIR.*Received: none"):
        command(b"")
    with pytest.raises(UsageError, match="nowhere"):
        command(b"", "--model=nowhere")
    for name in ("model.keras", "model_card.json", "subwords.model"):
        for content in (None, b"broken", b"[]"):
            broken = tmp_path / name / str(content)
            broken.mkdir(parents=True)
            for path in folder.iterdir():
                data = path.read_bytes()
                if path.name == name:
                    data = content
                if data is not None:
                    (broken / path.name).write_bytes(data)
            with pytest.raises(UsageError) as error:
                translators.load_translator(broken)
            assert "\n" not in str(error.value), name
    card = json.loads((folder / "model_card.json").read_text())
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.keras").write_bytes((folder / "model.keras").read_bytes())
    for facts, message in [
        ({**card, "input": "text"}, "Expected a translator"),
        ({**card, "imports": ["os_system"]}, "needs `import os_system`"),
    ]:
        (other / "model_card.json").write_text(json.dumps(facts))
        (other / "subwords.model").write_bytes(
            (folder / "subwords.model").read_bytes()
        )
        with pytest.raises(UsageError, match=message):
            translators.load_translator(other)
    (other / "model_card.json").write_text(json.dumps(card))
    with zipfile.ZipFile(other / "model.keras", "w") as file:
        strange = {"module": "os_system", "class_name": "X", "config": {}}
        file.writestr("config.json", json.dumps(strange))
    with pytest.raises(UsageError, match="needs `import os_system`"):
        translators.load_translator(other)
    code = eval(f"lambda x: open({str(tmp_path / 'ran')!r}, 'w') and x")
    layer = keras.layers.Lambda(code)
    keras.Sequential([keras.Input((1,)), layer]).save(other / "model.keras")
    (tmp_path / "ran").unlink()
    with pytest.raises(UsageError, match="that Keras opens.*ambda") as error:
        translators.load_translator(other)
    assert "\n" not in str(error.value) and not (tmp_path / "ran").exists()
    with pytest.raises(UsageError, match="nas_tf translate reads lines"):
        predict.load(folder, 1, 0)


def test_a_card_that_was_edited_stops_no_translator(folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    card = json.loads((folder / "model_card.json").read_text())
    for width in (0, 0.5, -1, 10**6, "wide", None, [5]):
        edited = {**card, "beam_width": width, "length_penalty": width}
        (other / "model_card.json").write_text(json.dumps(edited))
        assert translators.load_translator(other).beam_width == 5
    for what in ("arrays", "pictures", "text"):
        edited = {**card, "input": what, "level": "word"}
        (other / "model_card.json").write_text(json.dumps(edited))
        with pytest.raises(UsageError, match=f"a model of {what}, as its"):
            predict.load(other, 1, 0)
