"""Every task that needs no download, on small data made here.

Tasks of texts have more tests in `test_text_tasks.py`. Real CIFAR-10 is read
where `NAS_TF_DATA_DIR` names a folder that has `cifar-10-batches-bin/` and a
TFDS folder `tfds/`.
"""

import os
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks import arrays
from nas_tf.tasks import pixels

NAMES = (
    "digits",
    "cifar10",
    "image_folder",
    "presplit",
    "grey",
    "tfds_images",
    "picture_arrays",
)
TEXTS = ("text", "ptb", "pydoc_topics")
# Tasks with tests of their own in `test_arrays.py`.
COLUMNS = ("arrays",)
# The same in `test_translating.py`.
PAIRS = ("translation", "grammar_translation", "tfds_translation")
RECORDS_A_FILE = 24
CLASSES = ("ant", "bee", "cat")


def noise(seed, height, width, channels=3):
    rng = np.random.default_rng(seed)
    shape = (height, width, channels)[: 2 if channels == 1 else 3]
    return rng.integers(0, 256, shape, np.uint8)


def write_records(folder, records=RECORDS_A_FILE):
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]
    for seed, name in enumerate(names):
        data = np.random.default_rng(seed).integers(
            0, 256, (records, 3073), np.uint8
        )
        data[:, 0] %= 10
        data.tofile(folder / name)
    return folder


def write_pictures(folder, counts, size=(12, 10), seed=0):
    for i, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for j in range(count):
            picture = noise((seed, i, j), *size)
            Image.fromarray(picture).save(folder / name / f"{j}.png")
    return folder


def write_tfds(
    folder,
    name,
    pictures,
    shape=(12, 12, 3),
    unlabelled=(),
    version="1.0.0",
    **more,
):
    """Writes a prepared TFDS data set.

    Args:
        folder: Folder of data sets.
        name: Its name.
        pictures: Dict from the name of a split to its pictures.
        shape: Their shape, sides that differ being None.
        unlabelled: Names of splits whose labels are -1.
        version: Its version.
        **more: Further features of all examples, all the text "more".
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=shape, encoding_format="png"),
            "label": tfds.features.ClassLabel(num_classes=3),
            **more,
        }
    )
    place = folder / name / version
    place.mkdir(parents=True)
    template = tfds.core.ShardedFileTemplate(
        data_dir=place, dataset_name=name, filetype_suffix="tfrecord"
    )
    infos = []
    for split, images in pictures.items():
        file = place / f"{name}-{split}.tfrecord-00000-of-00001"
        with tf.io.TFRecordWriter(str(file)) as writer:
            for i, image in enumerate(images):
                label = -1 if split in unlabelled else i % 3
                example = {"image": image, "label": label}
                example |= dict.fromkeys(more, "more")
                encoded = features.encode_example(example)
                writer.write(features.serialize_example(encoded))
        infos.append(
            tfds.core.SplitInfo(
                name=split,
                shard_lengths=[len(images)],
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
    return folder


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("NAS_TF_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with one small data set for each of `NAMES`."""
    root = tmp_path_factory.mktemp("data")
    write_records(root / "cifar10" / "cifar-10-batches-bin")
    write_pictures(root / "image_folder", dict.fromkeys(CLASSES, 20))
    for seed, split in enumerate(("train", "val")):
        write_pictures(
            root / "presplit" / split, dict.fromkeys(CLASSES, 10), seed=seed
        )
    for split in ("train", "valid", "test"):
        path = root / f"ptb.{split}.txt"
        path.write_text("the cat sat on\nthe mat\n" * 20, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def tfds_dir(tmp_path_factory):
    root = tmp_path_factory.mktemp("tfds")
    train = [noise(i, 12, 12) for i in range(40)]
    test = [noise(100 + i, 12, 12) for i in range(10)]
    write_tfds(root, "tiny", {"train": train, "test": test})
    unequal = [noise(i, 12 + i % 2, 12) for i in range(20)]
    write_tfds(root, "unequal", {"train": unequal}, shape=(None, None, 3))
    return root


@pytest.fixture
def make(data, request):
    def make(name, /, **arguments):
        defaults = {"batch_size": 8}
        kind = name
        if name == "cifar10":
            defaults["data_dir"] = str(data / "cifar10")
        elif name in ("image_folder", "presplit", "grey"):
            kind = "image_folder"
            folder = "image_folder" if name == "grey" else name
            defaults["path"] = str(data / folder)
            defaults["channels"] = 1 if name == "grey" else 3
        elif name == "tfds_images":
            defaults["data_dir"] = str(request.getfixturevalue("tfds_dir"))
            defaults["name"] = "tiny"
        elif name == "picture_arrays":
            images = np.stack([noise(i, 10, 8) for i in range(60)])
            task = arrays.from_data((images, np.arange(60) % 3))
            defaults["path"] = task.path
        elif name in TEXTS:
            defaults["steps"] = 5
            if name == "ptb":
                defaults["data_dir"] = str(data)
            elif name == "text":
                defaults["path"] = str(data / "ptb.train.txt")
        return call(kind, **{**defaults, **arguments})

    return make


def call(kind, /, **arguments):
    text = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return registry.make("tasks", f"{kind}({text})")


def keys(images):
    return {image.tobytes() for image in images}


def test_every_task_is_tested():
    assert set(registry.names("tasks")) <= {*NAMES, *TEXTS, *COLUMNS, *PAIRS}


@pytest.mark.parametrize("name", NAMES + TEXTS)
def test_batches_are_what_a_model_takes(make, name):
    task = make(name)
    task.check()
    for split in ("train", "valid"):
        runs = [list(task.batches(split, 1, 0)) for _ in range(2)]
        for (inputs, targets), (again, _) in zip(*runs, strict=True):
            np.testing.assert_array_equal(inputs, again)
            assert inputs.shape[1:] == task.input_shape
            assert len(targets) == len(inputs) <= 8
            assert targets.max() < task.num_outputs
    for split in ("train", "valid", "test"):
        inputs, targets = task.load(split)
        assert len(inputs) == len(targets) > 0
    with pytest.raises(UsageError, match="Expected a split"):
        task.load("dev")


@pytest.mark.parametrize("name", NAMES + TEXTS)
def test_measure_is_in_history_and_metrics(make, name):
    task = make(name)
    assert isinstance(task.measure, str) and task.show(0.5)
    names = ("loss", "perplexity", task.measure)
    history = {f"{prefix}{n}": [0.5] for n in names for prefix in ("", "val_")}
    assert task.metrics(history)[f"val_{task.measure}"] == 0.5
    assert task.reward(history) > 0


@pytest.mark.parametrize("name", NAMES)
def test_shapes_types_and_labels(make, name):
    task = make(name)
    task.check()
    for split in ("train", "valid", "test"):
        images, labels = task.pictures(split)
        assert task.num_examples(split) == len(images)
        assert images.dtype == np.uint8 and labels.dtype == np.int32
        assert images.shape == (len(labels), *task.input_shape)
        assert labels.min() >= 0 and labels.max() < task.num_outputs
        inputs, targets = task.load(split)
        assert inputs.shape == images.shape and inputs.dtype == np.float32
        np.testing.assert_array_equal(targets, labels)


@pytest.mark.parametrize("name", NAMES)
def test_no_picture_is_in_two_splits(make, name):
    task = make(name)
    splits = [task.pictures(split)[0] for split in ("train", "valid", "test")]
    together = set().union(*map(keys, splits))
    assert len(together) == sum(map(len, splits))


@pytest.mark.parametrize("name", NAMES)
def test_subset_is_the_first_of_a_shuffled_split(make, name):
    images, labels = make(name).pictures("train")
    few, few_labels = make(name, train_examples=9).pictures("train")
    np.testing.assert_array_equal(few, images[:9])
    np.testing.assert_array_equal(few_labels, labels[:9])
    assert len(set(few_labels.tolist())) > 1
    other = make(name, split_seed=1).pictures("train")[0]
    assert not np.array_equal(other[:9], few)
    assert len(make(name, valid_examples=2).load("valid")[0]) == 2
    with pytest.raises(UsageError, match=r"Expected .* Received: "):
        make(name, train_examples=10**6).check()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("augment", [False, True])
def test_batches_are_a_function_of_seed_and_epoch(make, name, augment):
    task = make(name, augment=augment)
    images = task.pictures("train")[0]
    runs = [
        list(task.batches("train", *seed_and_epoch))
        for seed_and_epoch in [(1, 0), (1, 0), (1, 1), (2, 0)]
    ]
    assert len(runs[0]) == len(images) // 8
    for inputs, labels in runs[0]:
        assert inputs.shape == (8, *task.input_shape) and len(labels) == 8
        assert inputs.dtype == np.float32 and labels.dtype == np.int32
    bits = [b"".join(inputs.tobytes() for inputs, _ in run) for run in runs]
    assert bits[0] == bits[1]
    assert len(set(bits)) == 3


@pytest.mark.parametrize("name", NAMES)
def test_whitened_pictures_have_mean_0_and_variance_1(make, name):
    inputs = make(name, augment=False).load("valid")[0]
    np.testing.assert_allclose(inputs.mean((1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(inputs.var((1, 2, 3)), 1, atol=1e-4)


@pytest.mark.parametrize("name", NAMES + TEXTS)
def test_task_is_a_value(make, name):
    task = make(name)
    assert task == make(name) and hash(task) == hash(make(name))
    assert task != make(name, batch_size=7)
    if name in NAMES:
        assert task != make(name, split_seed=3)
    task.load("valid")
    copied = pickle.loads(pickle.dumps(task))
    assert copied == task and len(pickle.dumps(task)) < 2000
    record = registry.call_string(task)
    assert not {"data_dir", "path"} & set(record)


@pytest.mark.parametrize("name", NAMES)
def test_image_size(make, name):
    task = make(name, image_size=6)
    assert task.input_shape[:2] == (6, 6)
    assert task.load("valid")[0].shape[1:] == task.input_shape


@pytest.mark.parametrize("name", NAMES)
def test_raw_pictures_are_prepared_by_the_model(make, name):
    """They have their own sizes, and become what `load` returns."""
    task = make(name, image_size=7, augment=name in ("cifar10", "grey"))
    raw, targets = task.raw("valid")
    inputs, same_targets = task.load("valid")
    np.testing.assert_array_equal(targets, same_targets)
    pictures = np.stack(list(raw[: len(targets)]))
    assert pictures.shape[1:3] != (7, 7) and pictures.dtype == np.uint8
    prepared = task.preprocessing().predict_on_batch(pictures)
    np.testing.assert_allclose(prepared, inputs, atol=2e-5)
    assert len(task.class_names) in (0, task.num_outputs)


def test_augmented_pictures_are_windows_of_the_upsampled_one(make):
    task = make("image_folder", train_examples=1, batch_size=1)
    whitened = pixels.whiten(task.pictures("train")[0])
    large = pixels.upsample(whitened)[0]
    height, width, _ = task.input_shape
    windows = [
        large[top : top + height, left : left + width][:, ::step]
        for top in range(large.shape[0] - height + 1)
        for left in range(large.shape[1] - width + 1)
        for step in (1, -1)
    ]
    seen = set()
    for epoch in range(100):
        ((inputs, _),) = task.batches("train", 0, epoch)
        distances = [np.abs(inputs[0] - window).max() for window in windows]
        assert min(distances) < 1e-5
        seen.add(int(np.argmin(distances)))
    # 100 draws miss one of these 4 * 3 * 2 with probability 24 * 0.0142.
    assert len(windows) == 24 and len(seen) > 20
    centre = windows[2 * ((2 * 3) + 1)]
    np.testing.assert_allclose(task.load("train")[0][0], centre, atol=1e-5)


def test_cifar10_records_are_planes_in_order(make, data):
    task = make("cifar10")
    path = data / "cifar10" / "cifar-10-batches-bin" / "test_batch.bin"
    records = np.fromfile(path, np.uint8).reshape(-1, 3073)
    images, labels = task.pictures("test")
    np.testing.assert_array_equal(labels, records[:, 0])
    assert images[3, 5, 7, 1] == records[3, 1 + 1024 + 5 * 32 + 7]
    sizes = [len(task.pictures(split)[0]) for split in ("train", "valid")]
    assert sizes == [108, 12]
    assert make("cifar10", image_size=8).input_shape == (8, 8, 3)


def test_cifar10_records_need_no_tensorflow(data):
    code = (
        "import sys; from nas_tf.tasks import cifar10; "
        "task = cifar10.make(data_dir=sys.argv[1]); task.check(); "
        "task.load('valid'); "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(data / "cifar10")]
    root = pathlib.Path(__file__).parent.parent
    subprocess.run(command, check=True, cwd=root)


def broken_cifar10(folder):
    yield folder / "none", "is no folder"
    (folder / "empty").mkdir()
    yield folder / "empty", "has none of them"
    write_records(folder / "short", 2)
    with open(folder / "short" / "data_batch_3.bin", "ab") as file:
        file.truncate(6000)
    yield folder / "short", r"30730000 .*data_batch_3\.bin with 6000 bytes"
    write_records(folder / "missing", 2)
    (folder / "missing" / "test_batch.bin").unlink()
    yield folder / "missing", r"test_batch\.bin .*no such file"
    write_records(folder / "few", 1)
    yield folder / "few", "split 'valid'"
    (folder / "half" / "cifar10").mkdir(parents=True)
    yield folder / "half", "Expected the prepared TFDS data set 'cifar10'"


def test_cifar10_messages(tmp_path):
    for path, message in broken_cifar10(tmp_path):
        assert_refused(call("cifar10", data_dir=str(path)), message)
    folder = write_records(tmp_path / "labels", 4)
    with open(folder / "data_batch_1.bin", "r+b") as file:
        file.write(b"\x0c")
    with pytest.raises(UsageError, match=r"labels 0 to 9 .* Received: 12"):
        call("cifar10", data_dir=str(folder)).pictures("train")


def assert_refused(task, message):
    with pytest.raises(UsageError, match=message) as caught:
        task.check()
    assert "\n" not in str(caught.value)
    assert "Expected" in str(caught.value) and "None" not in str(caught.value)


def test_image_folder_split_is_stratified(make):
    task = make("image_folder", valid_fraction=0.25)
    assert task.class_names == CLASSES and task.num_outputs == 3
    for split, count in (("train", 13), ("valid", 5), ("test", 2)):
        labels = task.pictures(split)[1]
        np.testing.assert_array_equal(np.bincount(labels), [count] * 3)


def test_image_folder_with_splits_of_its_own(make, data):
    task = make("presplit")
    assert task.num_outputs == 3
    sizes = [len(task.pictures(s)[0]) for s in ("train", "valid", "test")]
    assert sizes == [27, 30, 3]
    paths = (data / "presplit" / "val").glob("*/*.png")
    expected = keys([np.asarray(Image.open(path)) for path in paths])
    assert keys(task.pictures("valid")[0]) == expected


def test_image_folder_reads_what_pillow_opens(tmp_path):
    folder = write_pictures(tmp_path / "mixed", {"a": 3, "train": 3}, (8, 8))
    picture = Image.fromarray(noise(0, 8, 8))
    for ending in ("jpg", "JPEG", "bmp", "gif", "webp"):
        picture.save(folder / "a" / f"x.{ending}")
    picture.convert("RGBA").save(folder / "a" / "alpha.png")
    deep = np.full((8, 8), 0x80FF, np.uint16)
    Image.fromarray(deep).save(folder / "train" / "deep.png")
    (folder / "a" / "notes.txt").write_text("not a picture")
    (folder / ".hidden").mkdir()
    task = call("image_folder", path=str(folder), augment=False)
    assert task.class_names == ("a", "train")
    images = [task.pictures(s)[0] for s in ("train", "valid", "test")]
    images = np.concatenate(images)
    assert images.shape == (13, 8, 8, 3)
    assert any((image == 0x80).all() for image in images)


def broken_folders(folder):
    few = {"a": 3, "b": 3}
    yield folder / "none", "is not there"
    (folder / "empty").mkdir()
    yield folder / "empty", "two class folders .* Received: none"
    yield write_pictures(folder / "one", {"a": 3}), "Received: a$"
    path = write_pictures(folder / "bare", {"a": 3, "b": 0})
    yield path, "Received: none in .*b$"
    path = write_pictures(folder / "torn", few)
    (path / "b" / "2.png").write_bytes(b"\x89PNG torn")
    yield path, r"b/2\.png, which cannot be read"
    yield write_pictures(folder / "few", {"a": 9, "b": 2}), "2 in class 'b'"
    path = write_pictures(folder / "unequal", few)
    Image.fromarray(noise(0, 5, 7)).save(path / "a" / "9.png")
    yield path, r"image_size=32.*12x10.*a/9\.png 5x7"
    path = folder / "strange"
    write_pictures(path / "train", few)
    write_pictures(path / "test", {**few, "z": 1})
    yield path, "'z' too"


def test_image_folder_messages(tmp_path):
    for path, message in broken_folders(tmp_path):
        assert_refused(call("image_folder", path=str(path)), message)
    unequal = str(tmp_path / "unequal")
    task = call("image_folder", path=unequal, image_size=4)
    raw, labels = task.raw("train")
    prepared = [
        task.preprocessing().predict_on_batch(picture[None])[0]
        for picture in raw
    ]
    np.testing.assert_allclose(prepared, task.load("train")[0], atol=2e-5)
    assert len({picture.shape for picture in raw}) > 1
    assert len(raw) == len(labels) == task.num_examples("train")
    for arguments in ({"channels": 2}, {"test_fraction": 0.95}):
        with pytest.raises(UsageError, match=r"Expected .* Received: "):
            call("image_folder", path=unequal, **arguments)
    with pytest.raises(UsageError, match="Missing argument 'path'"):
        call("image_folder")


def test_image_folder_sees_a_changed_file(tmp_path):
    path = write_pictures(tmp_path / "changing", {"a": 4, "b": 4})
    before = call("image_folder", path=str(path)).pictures("train")[0]
    for file in path.glob("*/*.png"):
        Image.fromarray(np.zeros((12, 10, 3), np.uint8)).save(file)
    after = call("image_folder", path=str(path), epochs=2).pictures("train")[0]
    assert before.any() and not after.any()


def test_tfds_splits(make):
    task = make("tfds_images")
    sizes = [len(task.pictures(s)[0]) for s in ("train", "valid", "test")]
    assert sizes == [36, 4, 10]
    fewer = make("tfds_images", valid_examples=15)
    assert len(fewer.pictures("train")[0]) == 25
    expected = keys(noise(100 + i, 12, 12) for i in range(10))
    assert keys(task.pictures("test")[0]) == expected
    images, labels = task.pictures("train")
    by_picture = {noise(i, 12, 12).tobytes(): i % 3 for i in range(40)}
    assert [by_picture[image.tobytes()] for image in images] == labels.tolist()


def test_tfds_messages(make, tmp_path):
    unequal = make("tfds_images", name="unequal")
    assert_refused(unequal, r"image_size=32.* size: 12x12 and 13x12$")
    task = make("tfds_images", name="unequal", image_size=8)
    assert task.load("test")[0].shape == (2, 8, 8, 3)
    for name, message in [
        ("nothing", "'nothing' in data_dir=.*which is empty"),
        ("../x", "Expected a TFDS name"),
    ]:
        task = make("tfds_images", name=name, data_dir=str(tmp_path))
        assert_refused(task, message)
    with pytest.raises(UsageError, match=r"Unknown .* Did you mean 'mnist'"):
        call("tfds_images", name="mnistt").check()


@pytest.fixture(scope="module")
def real():
    folder = os.environ.get("NAS_TF_DATA_DIR")
    if not folder:
        pytest.skip("NAS_TF_DATA_DIR is not set")
    forms = [pathlib.Path(folder) / name for name in ("", "tfds")]
    return [call("cifar10", data_dir=str(form)) for form in forms]


@pytest.mark.real_data
def test_real_cifar10_is_the_same_in_both_forms(real):
    for split, count in (("train", 45_000), ("valid", 5_000), ("test", 10_000)):
        assert [len(task.read(split)[0]) for task in real] == [count, count]
    # The other splits are equal too, but slow to decode.
    records, tfds = [task.pictures("test") for task in real]
    np.testing.assert_array_equal(records[0], tfds[0])
    np.testing.assert_array_equal(records[1], tfds[1])


@pytest.mark.real_data
def test_real_cifar10_has_the_published_means(real):
    images = [real[0].pictures(split)[0] for split in ("train", "valid")]
    total = sum(part.sum((0, 1, 2), dtype=np.int64) for part in images)
    means = total / (50_000 * 32 * 32 * 255)
    np.testing.assert_allclose(means, [0.4914, 0.4822, 0.4465], atol=5e-5)
    labels = [real[0].pictures(split)[1] for split in ("train", "valid")]
    counts = np.bincount(np.concatenate(labels))
    np.testing.assert_array_equal(counts, [5_000] * 10)
