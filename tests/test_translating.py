"""Tasks of translation: their batches, a training, and what is refused."""

import dataclasses
import os
import pathlib
import pickle

import numpy as np
import pytest

from nas_tf import registry
from nas_tf import subwords
from nas_tf.errors import UsageError
from nas_tf.tasks import _encoded_pairs
from nas_tf.tasks import grammar_translation
from nas_tf.tasks import translation
from tests.toy_translator import ToyTranslator


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("NAS_TF_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def grammar():
    return grammar_translation.make(epochs=2, batch_size=64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of pairs: 60 to train on, one of them long, 2 with one side."""
    path = tmp_path_factory.mktemp("pairs")
    sides = [
        list(side[:60]) for side in grammar_translation.make().read("train")
    ]
    sides[0][7] = "many words " * 60
    for ending, lines in zip(("en", "de"), sides):
        text = "\n".join([*lines, "only English" if ending == "en" else ""])
        (path / f"train.{ending}").write_text(f"{text}\n", "utf-8")
        valid = "\n".join(lines[:9])
        (path / f"valid.{ending}").write_text(f"{valid}\n", "utf-8")
        (path / f"test.{ending}").write_text("\n".join(lines[9:12]), "utf-8")
    return path


def make(folder, **arguments):
    defaults = {"num_subwords": 200, "batch_size": 8, "num_buckets": 2}
    return translation.make(path=str(folder), **{**defaults, **arguments})


def test_a_batch_says_what_is_read_and_what_is_written(grammar):
    grammar.check()
    (source, target), wanted = next(iter(grammar.batches("train", 0, 0)))
    assert source.dtype == target.dtype == wanted.dtype == np.int32
    assert len(source) == len(target) == 64 and target.shape == wanted.shape
    english, german = (set(side) for side in grammar.lines("train"))
    pieces = grammar.subwords
    assert set(pieces.decode(source)) <= english
    assert set(pieces.decode(wanted)) <= german
    assert (target[:, 0] == subwords.BEGIN).all()
    for row, (read, written) in enumerate(zip(target, wanted)):
        count = int((written > 0).sum())
        assert written[count - 1] == subwords.END
        np.testing.assert_array_equal(read[1:count], written[: count - 1])
        assert not read[count:].any() and not written[count:].any()
        length = int((source[row] > 0).sum())
        assert source[row, length - 1] == subwords.END
    assert source.max() < grammar.num_outputs == pieces.size


def test_an_epoch_has_few_shapes_and_nearly_every_pair(grammar):
    batches = list(grammar.batches("train", 0, 0))
    assert len(batches) == 3000 // 64
    assert len({batch[1].shape for batch in batches}) == 2
    again = list(grammar.batches("train", 0, 0))
    np.testing.assert_array_equal(batches[5][1], again[5][1])
    other = list(grammar.batches("train", 0, 1))
    assert not np.array_equal(batches[5][1], other[5][1])


def test_held_out_pairs_are_scored_once(folder):
    task = make(folder)
    for split, count in (("valid", 9), ("test", 3)):
        (sources, _), targets = task.load(split)
        assert len(sources) == task.num_examples(split) == count
        scored = [
            (tuple(row[row > 0]), tuple(line[line > 0]))
            for (source, _), wanted in task.held_out(split)
            for row, line in zip(source, wanted)
            if line.any()
        ]
        wanted = [
            (tuple(row[row > 0]), tuple(line[line > 0]))
            for row, line in zip(sources, targets)
        ]
        assert sorted(scored) == sorted(wanted)
    # Of the pair that is too long to learn from.
    assert task.num_examples("train") == 59
    assert make(folder, max_length=500).num_examples("train") == 60
    lengths = {source.shape[1] for (source, _), _ in task.held_out("valid")}
    assert max(lengths) > 51 and len(lengths) == 3


def test_a_model_learns_and_padding_changes_nothing(grammar):
    import keras

    keras.utils.set_random_seed(0)
    model = ToyTranslator(grammar.num_outputs)
    seen = []
    history = grammar.fit(model, 0, on_epoch=lambda *told: seen.append(told))
    after = grammar.evaluate(model, "valid")
    np.testing.assert_allclose(after["loss"], history["val_loss"][1], 1e-6)
    assert after["perplexity"] < grammar.num_outputs / 4
    assert history["perplexity"][1] < history["perplexity"][0]
    np.testing.assert_allclose(np.exp(after["loss"]), after["perplexity"])
    assert seen[1][1]["val_perplexity"] == history["val_perplexity"][1]
    assert grammar.reward(history) == 10 / min(history["val_perplexity"]) ** 2
    assert grammar.metrics(history)["val_loss"] == history["val_loss"][1]
    # One batch of the longest shape, with the same mean.
    inputs, targets = grammar.load("valid")
    outputs = model.predict_on_batch(inputs)
    logs = outputs - np.logaddexp.reduce(outputs, axis=-1, keepdims=True)
    nats = -np.take_along_axis(logs, targets[:, :, None], -1)[:, :, 0]
    np.testing.assert_allclose(
        nats[targets > 0].mean(dtype=float), after["loss"], rtol=1e-5
    )


def test_gradient_descent_takes_the_place_of_adam(grammar):
    assert type(grammar.optimizer()).__name__ == "Adam"
    changed = dataclasses.replace(grammar, sgd_after=0.25, halve_after=0.5)
    found = changed.optimizer().get_config()
    steps = grammar.num_steps
    assert found["adam_steps"] == int(steps / 4)
    assert found["halve_after"] == int(steps / 2)
    assert found["halve_every"] == -(-(steps - int(steps / 2)) // 4)
    assert found["global_clipnorm"] == grammar.clip_norm


def test_the_rate_falls_along_a_cosine(grammar):
    optimizer = dataclasses.replace(grammar, cosine=True).optimizer()
    for step, share in ((0, 1), (grammar.num_steps // 2, 0.5), (10**6, 0)):
        optimizer.iterations.assign(step)
        rate = float(optimizer.learning_rate)
        whole = grammar.learning_rate
        assert rate == pytest.approx(share * whole, abs=1e-8)
    with pytest.raises(UsageError, match="`cosine` and `sgd_after`"):
        grammar_translation.make(cosine=True, sgd_after=0.5)


def test_subwords_are_of_the_training_text_alone(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "valid.en").write_text("漢字\n" * 9, "utf-8")
    first, second = make(folder), make(tmp_path)
    assert first.subwords.model == second.subwords.model
    assert (second.load("valid")[0][0] == subwords.UNKNOWN).any()


def test_splits_that_have_no_files_are_drawn(folder, tmp_path):
    lines = [side[:50] for side in grammar_translation.make().read("train")]
    table = tmp_path / "pairs.tsv"
    table.write_text("\n".join(map("\t".join, zip(*lines))), "utf-8")
    task = make(table)
    task.check()
    splits = {name: task.lines(name) for name in ("train", "valid", "test")}
    assert [len(s[0]) for s in splits.values()] == [40, 5, 5]
    assert set().union(*(s[0] for s in splits.values())) == set(lines[0])
    by_source = dict(zip(*lines))
    assert all(by_source[a] == b for s in splits.values() for a, b in zip(*s))
    assert make(table, split_seed=1).lines("test") != splits["test"]


def test_a_task_is_a_value(folder):
    task = make(folder)
    task.load("valid")
    assert task == make(folder) and hash(task) == hash(make(folder))
    assert pickle.loads(pickle.dumps(task)) == task
    record = registry.call_string(task)
    assert "path" not in record and "source='en'" in record
    assert isinstance(task.show(3.14159), str) and task.reward_formula


def test_messages(folder, tmp_path):
    for arguments, message in [
        ({"train_pairs": 60}, r"at most 59 pairs.*train\.de.*Received"),
        ({"batch_size": 64}, r"at least batch_size=64 pairs.*Received: 59"),
        ({"max_length": 2}, r"at most max_length=2 subwords.*Received: none"),
        ({"num_subwords": 10}, r"characters.* of 10\. Received"),
    ]:
        with pytest.raises(UsageError, match=message):
            make(folder, **arguments).check()
    for arguments, message in [
        ({"target": "en"}, "another language"),
        ({"beam_width": 0}, "beam_width"),
        ({"label_smoothing": 1}, "label_smoothing"),
        ({"length_penalty": 11}, "length_penalty"),
        # It would raise the rate to 0.1.
        ({"sgd_after": 0.1, "sgd_rate": 0.01}, r"lowest_rate.* \[0, 0\.01\]"),
    ]:
        with pytest.raises(UsageError, match=message):
            make(folder, **arguments)
    with pytest.raises(UsageError, match=r"tab-separated.*not there"):
        make(tmp_path / "none").check()
    with pytest.raises(UsageError, match="Expected a split"):
        make(folder).load("dev")
    for name in ("train.en", "train.de"):
        (tmp_path / name).write_text("x\n\n" if name[-1] == "n" else "\nx\n")
    with pytest.raises(UsageError, match="every pair has an empty side"):
        make(tmp_path).check()
    table = tmp_path / "pairs.tsv"
    table.write_text("a dog\tein Hund\n")
    with pytest.raises(UsageError, match="`test_name` to be None for a table"):
        make(table, test_name="news").check()


def test_lines_are_encoded_alike_in_parts(folder, monkeypatch):
    task = make(folder)
    lines = task.read("train")[0][:5]
    whole, lengths = _encoded_pairs._flat(task.subwords, lines)
    assert lengths.sum() == len(whole) > 0
    monkeypatch.setattr(_encoded_pairs, "_TOGETHER", 2)
    for given, expected in [(lines, (whole, lengths)), ([], ([], []))]:
        found = _encoded_pairs._flat(task.subwords, given)
        for one, other in zip(found, expected, strict=True):
            assert one.dtype == np.int32
            np.testing.assert_array_equal(one, other)


@pytest.mark.real_data
def test_real_multi30k():
    root = pathlib.Path(os.environ.get("NAS_TF_DATA_DIR", "none")) / "multi30k"
    if not root.is_dir():
        pytest.skip("NAS_TF_DATA_DIR has no multi30k")
    task = translation.make(path=str(root))
    counts = [task.num_examples(s) for s in ("train", "valid", "test")]
    assert counts == [29_000, 1_014, 1_000] and task.num_outputs == 10_000
    german = task.lines("test")[1]
    assert task.subwords.decode(task.subwords.encode(german)) == [
        " ".join(line.split()) for line in german
    ]
