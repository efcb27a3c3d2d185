"""Tasks of pictures that use some of a data set's classes."""

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks.image_classification import SPLITS
from tests.test_tasks import noise
from tests.test_tasks import write_pictures
from tests.test_tasks import write_records
from tests.test_tasks import write_tfds

CHOSEN = {
    "cifar10": ("ship", "airplane", "dog"),
    "image_folder": ("cat", "ant"),
    "tfds_images": ("2", "0"),
}
each_task = pytest.mark.parametrize("name", CHOSEN)


@pytest.fixture(scope="module", autouse=True)
def calls(tmp_path_factory):
    """A dict of a task's name to the arguments that find its data."""
    root = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAS_TF_CACHE_DIR", str(root / "cache"))
        write_records(root / "cifar", 60)
        write_pictures(root / "folder", dict.fromkeys(("ant", "bee", "cat"), 9))
        pictures = [noise(i, 12, 12) for i in range(60)]
        write_tfds(root, "tiny", {"train": pictures, "test": pictures[:9]})
        yield {
            "cifar10": f"data_dir='{root}/cifar'",
            "image_folder": f"path='{root}/folder'",
            "tfds_images": f"name='tiny', data_dir='{root}'",
        }


@pytest.fixture
def make(calls):
    def make(name, **options):
        given = [f"{key}={value!r}" for key, value in options.items()]
        arguments = ", ".join([calls[name], "augment=False", *given])
        return registry.make("tasks", f"{name}({arguments})")

    return make


@each_task
@pytest.mark.parametrize("raw", [False, True])
def test_the_pictures_of_other_classes_are_left_out(make, name, raw):
    chosen = CHOSEN[name]
    whole, some = make(name), make(name, classes=chosen)
    assert some.class_names == chosen and some.num_outputs == len(chosen)
    assert some.input_shape == whole.input_shape
    for split in SPLITS:
        pictures, labels = getattr(whole, "raw" if raw else "pictures")(split)
        names = np.array(whole.class_names)[labels]
        used = np.flatnonzero(np.isin(names, chosen))
        found, numbers = getattr(some, "raw" if raw else "pictures")(split)
        # In the same split, in the same order.
        np.testing.assert_array_equal(found[:], [pictures[i] for i in used])
        assert [chosen[number] for number in numbers] == names[used].tolist()
        assert 0 < some.num_examples(split) == len(used) < len(labels)
        assert numbers.dtype == np.int32


@each_task
def test_numbers_of_examples_count_the_classes_that_are_used(make, name):
    chosen = CHOSEN[name]
    task = make(name, classes=chosen, train_examples=5, valid_examples=1)
    whole = make(name, classes=chosen)
    for split, count in (("train", 5), ("valid", 1)):
        images, labels = whole.pictures(split)
        found = task.pictures(split)
        np.testing.assert_array_equal(found[0], images[:count])
        np.testing.assert_array_equal(found[1], labels[:count])
    with pytest.raises(UsageError, match="Expected at most .* in split 'valid"):
        make(name, classes=chosen, valid_examples=1000).check()


@each_task
@pytest.mark.parametrize(
    "classes", [(), ("cat",), ("cat", "cat"), "cat", (0, 1), ["cat", 2], 2]
)
def test_what_are_no_names_is_refused(make, name, classes):
    with pytest.raises(UsageError, match="Expected `classes` to be .*a tuple"):
        make(name, classes=classes)


@each_task
def test_an_unknown_name_is_told_with_a_near_one(make, name):
    known = CHOSEN[name]
    strange = (known[0], known[1] + "s")
    message = f"such as .*{known[1]}.* Received: '{known[1]}s'"
    task = make(name, classes=strange)
    with pytest.raises(UsageError, match=message) as told:
        task.check()
    assert "\n" not in str(told.value)
