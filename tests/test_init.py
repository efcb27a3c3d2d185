"""The package's public names are imported when they are first used."""

import importlib
import subprocess
import sys

import pytest

import nas_tf


@pytest.mark.parametrize("name", nas_tf.__all__)
def test_public_name_is_there(name):
    found = getattr(nas_tf, name)
    if name != "applications":
        module = importlib.import_module(found.__module__)
        assert getattr(module, name, found) is found


def test_dir_lists_the_public_names():
    assert dir(nas_tf) == sorted(nas_tf.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'nas_tf' has no attribute 'x'"):
        nas_tf.x  # noqa: B018


@pytest.mark.parametrize(
    "statement",
    [
        "import nas_tf",
        "import nas_tf; dir(nas_tf)",
        "from nas_tf import Archive, Categorical, UsageError",
    ],
)
def test_neither_keras_nor_tensorflow_is_loaded_early(statement):
    code = f"{statement}; import sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"'keras'", "'tensorflow'"} & set(
        done.stdout.strip("[]\n").split(", ")
    )
