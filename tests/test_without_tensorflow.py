"""What runs where TensorFlow is not installed."""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from tests import without_tensorflow

ROOT = pathlib.Path(__file__).parent.parent
HAS_JAX = importlib.util.find_spec("jax") is not None
# Whatever the backend of the tests is.
pytestmark = pytest.mark.skipif(
    os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow",
    reason="it is tried once for all backends",
)
needs_jax = pytest.mark.skipif(not HAS_JAX, reason="JAX is not installed")


def run(*arguments, backend="jax"):
    """Returns exit code, stdout and stderr of a process that has none."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.without_tensorflow", *arguments],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@needs_jax
def test_every_module_is_imported():
    code, output, error = run("modules")
    assert code == 0, error
    imported = set(json.loads(output))
    left_out = set(without_tensorflow.modules()) - imported
    assert left_out == without_tensorflow.ONLY_TENSORFLOW
    commands = {f"nas_tf.{name}.__main__" for name in ("search", "train")}
    assert commands.isdisjoint(imported)
    assert len(imported) > 80


@needs_jax
def test_children_are_searched_with_and_without_a_controller():
    code, output, error = run("children")
    assert code == 0, error
    assert json.loads(output) == [["ok", ""]] * 2


@needs_jax
@pytest.mark.parametrize(
    "flags, message",
    [
        (
            ("--parameter_servers=1", "--num_replicas=1"),
            "Expected TensorFlow as Keras's backend for "
            "parameter_servers=1. Received: jax",
        ),
        (
            ("--strategy=random_search", "--task=cifar10"),
            "Expected tensorflow to be installed, to read 'cifar10' from TFDS. "
            "Received: no such package; cifar-10-batches-bin in data_dir is "
            "read without it",
        ),
        (
            ("--strategy=random_search", "--task=tfds_images(name='mnist')"),
            "Expected tensorflow to be installed, to read 'mnist' from TFDS. "
            "Received: no such package",
        ),
        (
            ("--strategy=random_search", "--devices_per_child=2"),
            "Expected TensorFlow as Keras's backend for devices=2. "
            "Received: jax",
        ),
    ],
    ids=["parameter_servers", "cifar10", "tfds_images", "devices"],
)
def test_what_needs_tensorflow_says_so(flags, message, tmp_path):
    code, output, error = run(
        "nas_tf.search", f"--run_dir={tmp_path / 'run'}", *flags
    )
    assert (code, output, error) == (2, "", f"error: {message}\n")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "backend",
    ["tensorflow", pytest.param("nonesuch", marks=pytest.mark.slow)],
)
def test_a_backend_that_is_not_there_is_named(tmp_path, backend):
    code, output, error = run(
        "nas_tf.search", f"--run_dir={tmp_path / 'run'}", backend=backend
    )
    assert (code, output) == (2, "")
    assert error == (
        "error: Expected Keras on a backend that is installed, by "
        f"KERAS_BACKEND one of tensorflow, jax, torch. Received: {backend}\n"
    )
    assert not (tmp_path / "run").exists()


def test_what_the_docs_have_installed_is_all_but_tensorflow():
    text = (ROOT / "docs" / "backends.md").read_text(encoding="utf-8")
    [listed] = re.findall(r"pip install (absl-py .*?)\n[a-z]", text, re.DOTALL)
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    [required] = re.findall(r"install_requires=\[(.*?)\]", setup, re.DOTALL)
    names = set(re.findall(r'"([\w-]+)>=', required))
    kept = names - {"tensorflow", "tensorflow-datasets"}
    assert set(listed.replace("\\", "").split()) == kept | {"jax"}
