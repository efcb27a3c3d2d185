"""A data set with the structure of TFDS's imagenet2012, and its recipes."""

import re
import types

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks import _tfds
from nas_tf.tasks import image_classification
from nas_tf.tasks import tfds_images
from nas_tf.train import architectures
from nas_tf.train import trainer
from tests import test_flagfiles
from tests.test_tasks import noise
from tests.test_tasks import write_tfds

TASK = (
    "tfds_images(name='imagenet2012', data_dir='{}', valid_examples=6, "
    "batch_size=8, image_size={}{})"
)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """Pictures of different sizes; those of the test have no labels."""
    import tensorflow_datasets as tfds

    root = tmp_path_factory.mktemp("tfds")
    splits = {"train": 30, "validation": 9, "test": 5}
    pictures = {
        split: [noise((count, i), 40 + i % 7, 60 - i % 5) for i in range(count)]
        for split, count in splits.items()
    }
    write_tfds(
        root,
        "imagenet2012",
        pictures,
        shape=(None, None, 3),
        unlabelled=("test",),
        version="5.1.0",
        file_name=tfds.features.Text(),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAS_TF_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield root


def make(folder, size=24, options=", test_split='validation'"):
    return registry.make("tasks", TASK.format(folder, size, options))


def test_another_split_is_the_test(folder):
    task = make(folder)
    task.check()
    counts = [task.num_examples(s) for s in ("train", "valid", "test")]
    assert counts == [24, 6, 9]
    assert task.input_shape == (24, 24, 3)
    with pytest.raises(UsageError, match="labels.*test_split names another"):
        make(folder, options="").check()
    for name in ("train", "dev"):
        with pytest.raises(UsageError, match=f"of validation, test.*'{name}'"):
            make(folder, options=f", test_split='{name}'").check()


@pytest.mark.parametrize("crops", ["", ", crop_scale=0.1"])
def test_pictures_that_do_not_fit_are_read_in_parts(folder, crops, monkeypatch):
    options = f", test_split='validation'{crops}"
    small = make(folder, options=options)
    expected = list(small.batches("train", 1, 2))
    held_out = small.load("valid")
    raw = small.raw("test")
    monkeypatch.setattr(image_classification, "MOST_BYTES", 0)
    image_classification._pictures.cache_clear()
    large = make(folder, options=f"{options}, epochs=3")
    for images in (large.pictures("train")[0], large.held_out("valid")[0]):
        assert isinstance(images, image_classification.Rows)
        assert images.shape[1:] == (24, 24, 3)
    for found, wanted in zip(
        large.batches("train", 1, 2), expected, strict=True
    ):
        for one, other in zip(found, wanted):
            np.testing.assert_array_equal(one, other)
    for found in (large.load("valid"), large.held_out("valid")):
        np.testing.assert_array_equal(found[0][:], held_out[0])
        np.testing.assert_array_equal(found[1], held_out[1])
    np.testing.assert_array_equal(large.raw("test")[0][:], raw[0])
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    scores = [task.evaluate(model, "test") for task in (small, large)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-5)
    image_classification._pictures.cache_clear()


def test_crops_are_a_part_of_augmentation(folder):
    with pytest.raises(UsageError, match="augment=True.*crop_scale=0.1"):
        make(folder, options=", augment=False, crop_scale=0.1")


@pytest.mark.slow
def test_the_recipe_for_imagenet_trains_a_small_network(folder, tmp_path):
    """That of the large network, with all its options, on small pictures."""
    path = test_flagfiles.ROOT / "flags" / "imagenet_nasnet_a_large_train.flags"
    flags = test_flagfiles.read(path)
    numbers = r"(batch_size|image_size|valid_examples)=\d+, "
    recipe = re.sub(numbers, "", flags["task"])
    recipe = recipe.replace(
        "imagenet2012'",
        f"imagenet2012', data_dir='{folder}', batch_size=12, image_size=96, "
        f"valid_examples=6",
    )
    space = re.sub(
        r"num_repeats=6, filters=168",
        "num_repeats=1, filters=8",
        flags["space"],
    )
    space = space.replace("stem_filters=96", "stem_filters=8")
    found = architectures.find(flags["architecture"], space)
    [candidate] = found.candidates(0)
    task = registry.make("tasks", recipe).in_full(1)
    assert (task.precision, task.num_steps) == ("bfloat16", 2)
    trained = trainer.train(candidate, found.space, task, 0, tmp_path)
    assert np.isfinite(trained.history["loss"]).all()
    # What is exported is in float32, and has no second output.
    assert trained.model.compute_dtype == "float32"
    assert {weight.dtype for weight in trained.model.weights} == {"float32"}
    assert len(trained.model.outputs) == 1
    assert trained.scores["test"]["loss"] > 0


def test_a_data_set_of_another_kind_is_not_downloaded(tmp_path, monkeypatch):
    tfds = pytest.importorskip("tensorflow_datasets")
    builder = tfds.core.DatasetBuilder

    def download(*_, **__):
        raise AssertionError("it was downloaded")

    monkeypatch.setattr(builder, "download_and_prepare", download)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(UsageError, match="class 'label'.*Received: coco"):
        tfds_images.open_builder("coco_captions", None)


def test_without_a_connection_a_download_ends_at_once(monkeypatch):
    pytest.importorskip("tensorflow_datasets")
    from tensorflow_datasets.core.download import downloader

    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # Nothing listens at this port.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    def host(*addresses):
        builder = types.SimpleNamespace(url_infos=dict.fromkeys(addresses))
        return _tfds._unreachable(builder)

    assert host("http://a.test/x.zip", "ftp://b.test/y") == "a.test"
    assert host("file:///c") is None
    usual = downloader.MAX_RETRIES
    with _tfds._without_retries():
        assert downloader.MAX_RETRIES == 0
    assert usual == downloader.MAX_RETRIES
