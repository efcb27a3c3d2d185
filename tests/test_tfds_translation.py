import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import grammar_translation
from nas_tf.tasks import tfds_translation
from tests.test_tasks import write_tfds


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder with `pairs`, without a split for validation, and pictures."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    root = tmp_path_factory.mktemp("tfds")
    place = root / "pairs" / "1.0.0"
    place.mkdir(parents=True)
    features = tfds.features.Translation(languages=("de", "en"))
    template = tfds.core.ShardedFileTemplate(
        data_dir=place, dataset_name="pairs", filetype_suffix="tfrecord"
    )
    english, german = grammar_translation.make().read("train")
    infos = []
    for split, rows in (("train", slice(0, 40)), ("test", slice(40, 45))):
        file = place / f"pairs-{split}.tfrecord-00000-of-00001"
        with tf.io.TFRecordWriter(str(file)) as writer:
            for pair in zip(german[rows], english[rows]):
                example = dict(zip(("de", "en"), pair))
                encoded = features.encode_example(example)
                writer.write(features.serialize_example(encoded))
        infos.append(
            tfds.core.SplitInfo(
                name=split,
                shard_lengths=[rows.stop - rows.start],
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
    write_tfds(root, "pictures", {"train": []})
    return str(root)


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
