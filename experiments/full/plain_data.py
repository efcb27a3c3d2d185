"""CIFAR-10 from TFDS as the published binary files, which need no TensorFlow.

    python -m experiments.full.plain_data TFDS_DIR DATA_DIR

writes DATA_DIR/cifar-10-batches-bin/. The pictures have the order of TFDS, so
a training reads the same from both.
"""

import pathlib
import sys

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.tasks import cifar10
from nas_tf.tasks import tfds_images


def write(tfds_dir, data_dir):
    """Writes the files.

    Args:
        tfds_dir: Folder in which TFDS has prepared `cifar10`.
        data_dir: `pathlib.Path` of the folder to write to, made if missing.

    Raises:
        UsageError: If the data or TFDS is not there.
    """
    try:
        builder = tfds_images.open_builder("cifar10", tfds_dir)
    except tfds_images.NotInstalled as error:
        raise UsageError(str(error)) from None
    folder = data_dir / cifar10.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for split, names in (
        ("train", cifar10.TRAIN_FILES),
        ("test", cifar10.TEST_FILES),
    ):
        arrays = tfds_images.decoded(builder, split)
        pictures, labels = arrays["images"], arrays["labels"]
        # A label, then the planes of the three colours.
        planes = np.transpose(pictures, (0, 3, 1, 2)).reshape(len(labels), -1)
        records = np.concatenate(
            [np.asarray(labels, np.uint8)[:, None], planes], axis=1
        )
        for name, part in zip(names, np.array_split(records, len(names))):
            (folder / name).write_bytes(part.tobytes())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("error: Expected TFDS_DIR DATA_DIR. Received: other arguments")
    try:
        write(sys.argv[1], pathlib.Path(sys.argv[2]))
    except UsageError as error:
        sys.exit(f"error: {error}")
