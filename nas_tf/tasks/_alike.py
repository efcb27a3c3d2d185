"""Whether an exported model prepares inputs as training does."""

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.tasks import _user_data

# Largest difference of a prepared number, relative or absolute.
_TOLERANCE = 1e-4


def check(preparation, arrays):
    """Raises `UsageError` unless both preparations give the same.

    The model for strings needs TensorFlow. On other backends of Keras nothing
    is checked if there are some.

    Args:
        preparation: `Preparation`.
        arrays: Dict from names to raw arrays `[N, ...]` of a few examples.
    """
    keras = import_keras()
    strings = _user_data.CATEGORIES in preparation.facts["kinds"].values()
    if strings and keras.backend.backend() != "tensorflow":
        return
    listed = f"{', '.join(arrays):.200}"
    try:
        model = preparation.model()
    # Such as of a name that layers cannot have.
    except ValueError as error:
        reason = str(error).split("\n")[0]
        raise UsageError(
            f"Expected inputs that Keras makes a model of. Received: {listed} "
            f"({reason:.200})"
        ) from None
    found = model(preparation.structured(_user_data.for_keras(arrays), list))
    wanted = preparation.apply(arrays)
    pairs = zip(keras.tree.flatten(found), keras.tree.flatten(wanted))
    for theirs, mine in pairs:
        off = np.abs(keras.ops.convert_to_numpy(theirs) - mine)
        off = (off / np.maximum(np.abs(mine), 1)).max()
        # Not the other way round, for NaN.
        if not off <= _TOLERANCE:
            raise UsageError(
                f"Expected inputs that an exported model prepares as training "
                f"does. Received: {listed}, of which a number is {off:.2g} off"
            )
