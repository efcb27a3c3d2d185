"""Tasks of language modelling, on small texts made here.

Real Penn Treebank is read where `NAS_TF_DATA_DIR` names a folder that has
`ptb/`.
"""

import dataclasses
import hashlib
import math
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf import rewards
from nas_tf.errors import UsageError
from nas_tf.recipe import Recipe
from nas_tf.tasks import _symbols
from nas_tf.tasks import pydoc_topics
from nas_tf.tasks import text
from tests.toy_language_models import Bigram
from tests.toy_language_models import Recurrent

WORDS = ("a", "bb", "c", "dd", "e")
CHARACTER_FILES = {
    "train": "e313d91425e06c4f0a8fb6e881dcce0c291f2a0e9f4dda54833069b122f91da9",
    "valid": "21661f63ec355085879458b6524644d4add5573541b4be14fb52ab2e2e995eb8",
    "test": "1ef5607ac3c463b16e38bfe7900dd3bfc91de5a96e0f21e7eab5188b465b8ebe",
}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("NAS_TF_CACHE_DIR", str(folder))
        yield folder


def random_lines(count, seed=0, words=WORDS):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(words, 4)) for _ in range(count)]


def write(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def small(tmp_path):
    """A task of 40 lines of 5 symbols: 32 to train on, 4 and 4."""
    path = write(tmp_path / "small.txt", random_lines(40))

    def make(**arguments):
        defaults = {"path": path, "batch_size": 3, "steps": 7, "epochs": 2}
        return text.make(**(defaults | arguments))

    return make


def spelled(task, numbers):
    return [task.vocabulary[number] for number in numbers]


def test_a_file_is_split_by_tenths_of_its_lines(small):
    task = small()
    lines = random_lines(40)
    expected = {"train": lines[:32], "valid": lines[32:36], "test": lines[36:]}
    for split, part in expected.items():
        words = " <eos> ".join([*part, ""]).split()
        assert spelled(task, task.tokens(split)) == words
    assert task.num_outputs == len(WORDS) + 1
    assert small(level="character").num_outputs == 5 + 2
    assert small(max_words=2).num_outputs == 2 + 2


def test_files_of_splits(tmp_path):
    lines = {
        name: random_lines(20, i) for i, name in enumerate(_symbols.SPLITS)
    }
    paths = {
        name: write(tmp_path / f"{name}.txt", lines[name]) for name in lines
    }
    folder = text.make(path=str(tmp_path))
    for split in lines:
        assert folder.read(split) == lines[split]
    task = text.make(path=paths["train"], test_path=paths["test"])
    assert task.read("train") == lines["train"][:18]
    assert task.read("valid") == lines["train"][18:]
    assert task.read("test") == lines["test"]
    other = text.make(path=str(tmp_path), valid_path=paths["test"])
    assert other.read("valid") == lines["test"]
    assert not {"path", "valid_path", "test_path"} & set(
        registry.call_string(other)
    )


def test_line_ends_and_byte_order_marks_are_no_text(tmp_path):
    path = tmp_path / "windows.txt"
    path.write_bytes("\ufeffa é\r\n\r\nb\u2028c\rd".encode())
    lines = _symbols.read_lines(path)
    assert lines == ["a é", "", "b\u2028c", "d"]


def test_rows_are_contiguous_and_predict_every_symbol(small):
    task = small()
    stream = task.tokens("train")
    inputs, targets = task.load("train")
    assert inputs.dtype == targets.dtype == np.int32
    # 160 symbols fill 7 windows of 3 x 7.
    assert inputs.shape == targets.shape == (3, 49)
    np.testing.assert_array_equal(targets.ravel(), stream[:147])
    np.testing.assert_array_equal(inputs.ravel()[1:], stream[:146])
    assert spelled(task, inputs[0, :1]) == ["<eos>"]
    for _ in range(2):
        parts = zip(*task.batches("train", seed=1, epoch=0))
        for part, whole in zip(parts, (inputs, targets)):
            assert {window.shape for window in part} == {(3, 7)}
            np.testing.assert_array_equal(np.concatenate(part, 1), whole)


@pytest.mark.parametrize("split", ["train", "valid", "test"])
@pytest.mark.parametrize("count", [1, 3, 19])
def test_rows_count_every_symbol_once(small, split, count):
    task = small()
    stream = task.tokens(split)
    inputs, targets = task.rows(split, count)
    assert inputs.shape == (count, math.ceil(len(stream) / count))
    counted = targets >= 0
    np.testing.assert_array_equal(targets[counted], stream)
    np.testing.assert_array_equal(inputs[counted][1:], stream[:-1])
    assert inputs.min() >= 0
    if split == "valid":
        windows = np.concatenate(
            [y for _, y in task.batches("valid", 0, 0)], axis=1
        )
        assert windows.shape[1] % task.steps == 0
        np.testing.assert_array_equal(windows[windows >= 0], stream)


def test_fewer_tokens_are_the_first_and_leave_the_vocabulary(small):
    task, few = small(), small(train_tokens=25, valid_tokens=11)
    assert few.vocabulary == task.vocabulary
    for split, count in (("train", 25), ("valid", 11), ("test", 20)):
        np.testing.assert_array_equal(
            few.tokens(split), task.tokens(split)[:count]
        )
    assert few.load("train")[0].shape == (3, 7)


def test_text_is_encoded_once_and_anew_when_it_changes(tmp_path, monkeypatch):
    path = write(tmp_path / "changing.txt", random_lines(40))
    before = text.make(path=path).tokens("train").tolist()
    with monkeypatch.context() as patch:
        patch.setattr(_symbols, "symbols", None)
        assert text.make(path=path, epochs=1).tokens("train").tolist() == before
    write(tmp_path / "changing.txt", random_lines(41, seed=1))
    after = text.make(path=path, epochs=2).tokens("train").tolist()
    assert before != after


def test_tasks_need_no_keras(tmp_path):
    code = (
        "import sys; from nas_tf.tasks import pydoc_topics, ptb, text; "
        "task = text.make(path=sys.argv[1], batch_size=2, steps=3); "
        "task.check(); task.num_outputs; pydoc_topics.make().check(); "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    path = write(tmp_path / "small.txt", random_lines(40))
    root = pathlib.Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", code, path], check=True, cwd=root)


def test_rates_of_the_published_recipe(small):
    task = text.make(path="unread")
    rates = [task.rate(epoch) for epoch in range(39)]
    expected = [1.0] * 6 + [1.2**-n for n in range(1, 34)]
    np.testing.assert_allclose(rates, expected)
    assert task.rate(7, Recipe(0.5)) == pytest.approx(0.5 / 1.2**2)
    assert dataclasses.replace(task, decay=10).rate(1000) == 0
    assert [small(decay_after=0).rate(e) for e in range(2)] == pytest.approx(
        [1 / 1.2, 1 / 1.44]
    )


@pytest.mark.parametrize("level", ["word", "character"])
def test_fit_reports_the_measure_of_the_level(small, level):
    task = small(level=level, epochs=3, reward_epochs=2)
    keras.utils.set_random_seed(0)
    model = Recurrent(task.num_outputs)
    seen = []
    history = task.fit(model, 0, on_epoch=lambda epoch, logs: seen.append(logs))
    assert task.measure == (
        "perplexity" if level == "word" else "bits_per_character"
    )
    for name in ("loss", "val_loss", task.measure, f"val_{task.measure}"):
        assert [logs[name] for logs in seen] == history[name]
    assert [value is None for value in history[f"val_{task.measure}"]] == (
        [True, False, False]
    )
    for prefix in ("", "val_"):
        loss = history[f"{prefix}loss"][-1]
        assert history[f"{prefix}perplexity"][-1] == math.exp(loss)
        if level == "character":
            bits = history[f"{prefix}bits_per_character"][-1]
            assert bits == loss / math.log(2)
    lowest = min(history["val_perplexity"][1:])
    assert task.reward(history) == 80 / lowest**2
    metrics = task.metrics(history)
    assert metrics["val_perplexity"] == lowest
    assert metrics[task.measure] == history[task.measure][-1]
    assert set(metrics) == (
        {"val_perplexity", "val_loss", "loss"}
        | {task.measure, f"val_{task.measure}"}
    )
    after = task.evaluate(model, "test")
    assert set(after) == {"loss", task.measure}


def test_reward_is_of_the_lowest_of_the_last_perplexities():
    task = text.make(path="unread", reward_epochs=2, reward_scale=50.0)
    assert task.reward({"val_perplexity": [1.0, 10.0, 5.0]}) == 2
    assert math.isnan(task.reward({"val_perplexity": [5.0, math.inf, 5.0]}))
    with pytest.raises(UsageError, match="Expected a measurement"):
        rewards.lowest_of_last([1.0, None], 1)
    assert rewards.perplexity(1e6) == math.inf
    assert math.isnan(rewards.perplexity(math.nan))


def test_measures_are_shown_to_people(small):
    assert small().show(82.456) == "82.46"
    assert small(level="character").show(1.2345) == "1.234"


def test_examples_are_symbols(small):
    assert (small().num_examples("valid"), small().unit) == (
        len(small().tokens("valid")),
        "words",
    )
    assert small(level="character").unit == "characters"


def test_the_formula_of_the_reward_is_said(small):
    assert small(reward_scale=40).reward_formula == "40 / perplexity squared"
    assert "2 to the power" in small(level="character").reward_formula


def test_evaluate_reads_the_text_in_one_row(small):
    task = small()
    table = np.random.default_rng(0).normal(size=(6, 6)).astype(np.float32)
    powers = np.exp(table.astype(np.float64))
    chances = powers / powers.sum(1, keepdims=True)
    for split in ("train", "valid", "test"):
        stream = task.tokens(split)
        before = np.append(task.vocabulary.index("<eos>"), stream[:-1])
        loss = -np.log(chances[before, stream]).mean()
        found = task.evaluate(Bigram(table), split)
        assert found["loss"] == pytest.approx(loss, abs=1e-5)
        assert found["perplexity"] == pytest.approx(math.exp(loss), rel=1e-5)


def test_pydoc_topics_share_no_line_that_is_long():
    task = pydoc_topics.make()
    assert task.num_outputs <= 1002
    sizes = [len(task.tokens(split)) for split in _symbols.SPLITS]
    assert sizes[0] > 20_000 and min(sizes[1:]) > 2_000
    lines = {
        split: {line for line in task.read(split) if len(line.split()) > 12}
        for split in _symbols.SPLITS
    }
    for split in ("valid", "test"):
        shared = lines[split] & lines["train"]
        assert len(shared) <= 0.02 * len(lines[split])


def test_training_gets_below_the_unigram_perplexity():
    task = pydoc_topics.make(
        max_words=200, train_tokens=20_000, valid_tokens=3_000, epochs=3
    )
    counts = np.bincount(task.tokens("train"), minlength=task.num_outputs) + 1
    chances = counts / counts.sum()
    unigram = math.exp(-np.log(chances[task.tokens("valid")]).mean())
    keras.utils.set_random_seed(0)
    model = Recurrent(task.num_outputs, units=32, scale=0.1)
    history = task.fit(model, 0, Recipe(learning_rate=0.3))
    assert history["val_perplexity"][-1] < 0.8 * unigram


def test_the_rule_and_the_decay_are_those_of_the_task(small):
    task = small(update_rule="adam", learning_rate=0.01, weight_decay=1.0)
    optimizer = task.optimizer()
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert optimizer.global_clipnorm == task.clip_norm
    assert isinstance(small().optimizer(), keras.optimizers.SGD)
    norms = []
    for decay in (0.0, 1.0):
        keras.utils.set_random_seed(0)
        model = Recurrent(task.num_outputs, units=8, scale=0.5)
        dataclasses.replace(task, weight_decay=decay, epochs=3).fit(model, 0)
        weights = [np.linalg.norm(w) for w in model.get_weights()]
        norms.append(sum(weights))
    assert norms[1] < 0.9 * norms[0]


def broken_texts(folder):
    yield folder / "none.txt", {}, r"none\.txt, which is not there"
    (folder / "bare").mkdir()
    yield folder / "bare", {}, r"bare/train\.txt, which is not there"
    write(folder / "half" / "train.txt", random_lines(40))
    write(folder / "half" / "valid.txt", random_lines(40))
    yield folder / "half", {}, r"half/test\.txt, which is not there"
    (folder / "odd.txt").mkdir()
    path = write(folder / "good.txt", random_lines(40))
    other = str(folder / "odd.txt")
    yield path, {"valid_path": other}, r"odd\.txt, which is no file"
    (folder / "empty.txt").write_text("")
    yield folder / "empty.txt", {}, r"empty\.txt with nothing"
    yield write(folder / "blank.txt", [" ", "\t"]), {}, "only blank lines"
    (folder / "latin.txt").write_bytes(b"caf\xe9 noir\n")
    yield folder / "latin.txt", {}, r"latin\.txt, whose byte 3 \(0xe9\) is not"
    yield write(folder / "two.txt", "ab"), {}, "more than 2 lines .* with 2$"
    path = write(folder / "same.txt", ["a a"] * 40)
    yield path, {}, r"at least 2 different words .*same\.txt\. Received: 1$"
    path = write(folder / "short.txt", random_lines(5))
    message = r"batch_size x steps = 700 symbols in split 'train' of .*short"
    yield path, {}, message + r"\.txt\. Received: 15$"
    path = write(folder / "long.txt", random_lines(400))
    message = r"at most 1600 symbols .*'train' .* train_tokens=1601"
    yield path, {"train_tokens": 1601}, message
    yield path, {"valid_tokens": 201}, r"'valid' .* valid_tokens=201"
    yield path, {"train_tokens": 699}, "Received: 699$"


def test_text_messages(tmp_path):
    for path, arguments, message in broken_texts(tmp_path):
        with pytest.raises(UsageError, match=message) as caught:
            text.make(path=str(path), **arguments).check()
        assert "\n" not in str(caught.value)
        assert "Expected" in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        "level='letter'",
        "epochs=0",
        "batch_size=0",
        "steps=0",
        "reward_epochs=0",
        "decay_after=-1",
        "train_tokens=0",
        "valid_tokens=-3",
        "max_words=0",
        "learning_rate=0",
        "decay=0.9",
        "clip_norm=0.0",
        "update_rule='momentum'",
        "weight_decay=-1",
        "reward_scale=-1",
        "steps=2.5",
    ],
)
def test_fields_are_checked(arguments):
    name = arguments.split("=")[0]
    with pytest.raises(UsageError, match=f"Expected `{name}` .*Received: "):
        registry.make("tasks", f"text(path='x', {arguments})")


def test_a_split_there_is_not_is_refused(small):
    with pytest.raises(UsageError, match=r"Expected a split .* dev"):
        small().load("dev")
    with pytest.raises(UsageError, match="Missing argument 'path'"):
        registry.make("tasks", "text")


@pytest.mark.parametrize("place", [".", "ptb", "simple-examples/data"])
def test_ptb_is_found_where_it_lies(tmp_path, monkeypatch, place):
    for i, split in enumerate(_symbols.SPLITS):
        write(tmp_path / place / f"ptb.{split}.txt", random_lines(20, i))
    call = f"ptb(data_dir={str(tmp_path)!r}, batch_size=2, steps=5)"
    task = registry.make("tasks", call)
    task.check()
    assert task.read("test") == random_lines(20, 2)
    (tmp_path / place / "ptb.valid.txt").unlink()
    message = r"ptb\.valid\.txt.*simple-examples\.tgz.* lacks some of them"
    with pytest.raises(UsageError, match=message):
        dataclasses.replace(task, epochs=1).check()
    # A checkout may have a ptb/ of its own.
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=r"'ptb', which is no folder"):
        registry.make("tasks", "ptb").check()


@pytest.fixture(scope="module")
def real():
    folder = pathlib.Path(os.environ.get("NAS_TF_DATA_DIR") or "nowhere")
    if not (folder / "ptb").is_dir():
        pytest.skip("NAS_TF_DATA_DIR has no ptb/")

    def make(**arguments):
        call = ", ".join(f"{k}={v!r}" for k, v in arguments.items())
        return registry.make("tasks", f"ptb(data_dir={str(folder)!r}, {call})")

    return make


@pytest.mark.real_data
def test_real_ptb_has_the_published_counts(real):
    for level, symbols, counts in (
        ("word", 10_000, [929_589, 73_760, 82_430]),
        ("character", 50, [5_017_482, 393_042, 442_423]),
    ):
        task = real(level=level)
        task.check()
        assert task.num_outputs == symbols
        assert [len(task.tokens(split)) for split in _symbols.SPLITS] == counts
    assert real(max_words=9_998).vocabulary == real().vocabulary


@pytest.mark.real_data
def test_real_ptb_has_the_published_characters(real):
    for split, expected in CHARACTER_FILES.items():
        found = _symbols.character_text(real().read(split))
        assert hashlib.sha256(found.encode()).hexdigest() == expected


def test_the_loss_alone_gives_the_scores(small):
    assert small().scores(math.log(8)) == {
        "loss": math.log(8),
        "perplexity": pytest.approx(8),
    }
