"""A user's arguments are checked."""

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError


def test_unknown_argument_lists_what_there_is():
    with pytest.raises(UsageError, match="'layers'.*It takes: num_layers, "):
        registry.make("spaces", "conv(layers=3)")


def test_missing_argument_is_named():
    with pytest.raises(UsageError, match="Missing argument 'b'"):
        registry.call_with_literals(lambda a, b: None, "part", {"a": 1})
