"""An environment with Keras, its backend and Pillow alone.

It is a virtual environment whose packages are links to those of this one, so
that it is made in a second and without a network.
"""

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sysconfig
import venv

import keras

BACKENDS = {"torch": "torch", "jax": "jax", "tensorflow": "tensorflow"}


class Environment:
    """Runs Python with those packages and nothing else.

    Args:
        folder: `pathlib.Path` of a directory that does not exist.
        names: Names of further distributions.
    """

    def __init__(self, folder, *names):
        venv.create(folder, symlinks=True)
        paths = {"base": str(folder), "platbase": str(folder)}
        packages = pathlib.Path(sysconfig.get_path("purelib", vars=paths))
        backend = BACKENDS[keras.backend.backend()]
        for name in _closure("keras", backend, "pillow", *names):
            _link(name, packages)
        self._python = folder / "bin" / "python"

    def run(self, *arguments, cwd):
        """Runs Python and returns a `subprocess.CompletedProcess`.

        Args:
            *arguments: Of Python.
            cwd: The working directory.
        """
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PYTHON")
        }
        return subprocess.run(
            [self._python, *arguments],
            cwd=cwd,
            env={
                **variables,
                "KERAS_BACKEND": keras.backend.backend(),
                "TF_CPP_MIN_LOG_LEVEL": "3",
            },
            capture_output=True,
            text=True,
            check=False,
        )


def _closure(*names):
    """Returns the names of distributions and of all that they require."""
    found, left = set(), list(names)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in found:
            continue
        try:
            required = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:
            # Required on other systems or Python versions.
            continue
        found.add(name)
        for line in required:
            if "extra ==" not in line:
                left.append(re.match(r"[\w.-]+", line).group())
    assert "nas-tf" not in found
    return found


def _link(name, packages):
    """Links what a distribution has installed into another environment."""
    distribution = importlib.metadata.distribution(name)
    for top in {file.parts[0] for file in distribution.files}:
        source = pathlib.Path(distribution.locate_file(top))
        target = packages / top
        if top != ".." and source.exists() and not target.exists():
            target.symlink_to(source)
