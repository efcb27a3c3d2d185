"""The name by which the runs in this folder know the space `recurrent`."""

from nas_tf.spaces.recurrent import Recurrent


def make(params=1_000_000, num_layers=2, init_range=0.05):
    """Returns the `Recurrent` that these runs were made with."""
    return Recurrent(
        f"language_model(params={params!r}, num_layers={num_layers!r}, "
        f"init_range={init_range!r})"
    )
