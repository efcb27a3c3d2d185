import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import grammar_translation
from nas_tf.tasks import tfds_translation
from tests.test_tasks import write_tfds


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder with `pairs`, without a split for validation, and others."""
    import tensorflow_datasets as tfds

    root = tmp_path_factory.mktemp("tfds")
    english, german = grammar_translation.make().read("train")
    examples = [{"de": d, "en": e} for d, e in zip(german, english)]
    languages = tfds.features.Translation(languages=("de", "en"))
    splits = {"train": examples[:40], "test": examples[40:45]}
    write(root, "pairs", languages, splits)
    others = tfds.features.FeaturesDict(
        {
            "id": np.int64,
            "one": tfds.features.Text(),
            "two": tfds.features.Text(),
        }
    )
    examples = [{"id": n, "one": f"a {n}", "two": f"b {n}"} for n in range(30)]
    write(root, "sentences", others, {"train": examples})
    write_tfds(root, "pictures", {"train": []})
    return str(root)


def write(root, name, features, splits):
    """Writes a data set with lists of examples as its splits."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    place = root / name / "1.0.0"
    place.mkdir(parents=True)
    template = tfds.core.ShardedFileTemplate(
        data_dir=place, dataset_name=name, filetype_suffix="tfrecord"
    )
    infos = []
    for split, examples in splits.items():
        file = place / f"{name}-{split}.tfrecord-00000-of-00001"
        with tf.io.TFRecordWriter(str(file)) as writer:
            for example in examples:
                encoded = features.encode_example(example)
                writer.write(features.serialize_example(encoded))
        infos.append(
            tfds.core.SplitInfo(
                name=split,
                shard_lengths=[len(examples)],
                num_bytes=file.stat().st_size,
                filename_template=template.replace(split=split),
            )
        )
    tfds.folder_dataset.write_metadata(
        data_dir=place,
        features=features,
        split_infos=infos,
        filename_template=template,
        check_data=False,
    )


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path))


def make(data_dir, **arguments):
    defaults = {"name": "pairs", "num_subwords": 200, "batch_size": 8}
    return tfds_translation.make(data_dir=data_dir, **{**defaults, **arguments})


def test_pairs_of_a_data_set(data_dir):
    task = make(data_dir, source="en")
    task.check()
    assert task.languages() == ("en", "de")
    assert make(data_dir).languages() == ("de", "en")
    splits = [task.lines(name) for name in ("train", "valid", "test")]
    assert [len(sources) for sources, _ in splits] == [36, 4, 5]
    known = dict(zip(*grammar_translation.make().read("train")))
    for sources, targets in splits:
        assert [known[source] for source in sources] == targets
    assert len(set().union(*(sources for sources, _ in splits))) == 45


def test_languages_are_features_of_text_alone(data_dir):
    task = make(data_dir, name="sentences", num_subwords=30)
    assert task.languages() == ("one", "two")
    sources, targets = task.read("train")
    assert sources[0][0] == "a" and targets[0][0] == "b"
    with pytest.raises(UsageError, match="one of one, two in sentences"):
        make(data_dir, name="sentences", source="id").check()


def test_messages(data_dir):
    for arguments, message in [
        ({"source": "fr"}, "`source` to be one of de, en in pairs"),
        ({"source": "en", "target": "en"}, "another language"),
        (
            {"name": "pictures"},
            "two languages.* Received: pictures with .*image",
        ),
        ({"name": "nothing"}, "'nothing' in data_dir="),
    ]:
        with pytest.raises(UsageError, match=message):
            make(data_dir, **arguments).check()
