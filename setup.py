"""Installs nas_tf: pip install ."""

import os
import pathlib
import re
import shutil
import sys

from setuptools import find_packages
from setuptools import setup
from setuptools.command.build_py import build_py

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    version = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(f"error: Expected Python 3.11 to 3.13. Received: {version}")

here = pathlib.Path(__file__).parent
init = (here / "nas_tf" / "__init__.py").read_text(encoding="utf-8")
# The repository's page, which the README's links lead to in a package built
# with this variable: NAS_TF_URL=https://HOST/OWNER/nas_tf pip wheel .
url = os.environ.get("NAS_TF_URL", "").rstrip("/")

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)]+)\)")


def readme():
    """Returns the README for an index, where relative links lead nowhere.

    They become absolute, or without NAS_TF_URL their text alone.
    """

    def replaced(match):
        picture, text, path = match.groups()
        if not url:
            return "" if picture else text
        kind = "raw" if picture else "blob"
        return f"{picture}[{text}]({url}/{kind}/main/{path})"

    return LINK.sub(replaced, (here / "README.md").read_text(encoding="utf-8"))


class BuildWithFlagfiles(build_py):
    """Puts the flagfiles into the package, where commands find them by name."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        folder = pathlib.Path(self.build_lib) / "nas_tf" / "flags"
        folder.mkdir(parents=True, exist_ok=True)
        for path in (here / "flags").glob("*.flags"):
            shutil.copy(path, folder)


setup(
    name="nas_tf",
    version=re.search(r'__version__ = "(.+)"', init).group(1),
    description="Neural architecture search with reinforcement learning, for"
    " TensorFlow and Keras 3",
    long_description=readme(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    url=url or None,
    packages=find_packages(include=["nas_tf", "nas_tf.*"]),
    # Type checkers look for this file.
    package_data={"nas_tf": ["py.typed"]},
    cmdclass={"build_py": BuildWithFlagfiles},
    entry_points={"console_scripts": ["nas_tf = nas_tf.cli.entry:run"]},
    python_requires=">=3.11,<3.14",
    install_requires=[
        "absl-py>=2.1",
        "cloudpickle>=3.0",
        "filelock>=3.13",
        "importlib_resources>=6.0",
        "keras>=3.10",
        "matplotlib>=3.8",
        "numpy>=1.26",
        "pillow>=10.3",
        "psutil>=5.9",
        "scikit-learn>=1.4",
        "scipy>=1.12",
        "tensorboard>=2.19",
        "tensorflow>=2.19",
        "tensorflow-datasets>=4.9.7",
        "tqdm>=4.66",
    ],
    extras_require={
        "backends": ["jax>=0.5", "torch>=2.6"],
        # What benchmarks compare with.
        "benchmarks": ["keras-tuner>=1.4.7"],
        "docs": ["pdoc>=15.0"],
        "mlflow": ["mlflow>=3.0"],
        # Formats of nas_tf.train --export.
        "onnx": ["onnx>=1.17", "onnxruntime>=1.20", "tf2onnx>=1.17"],
        "optuna": ["optuna>=5.0"],
        "pandas": ["pandas>=2.2"],
        # The first version that supports tokens.
        "ray": ["ray>=2.52"],
        "test": [
            "ai-edge-litert>=1.2",
            "hypothesis>=6.100",
            "mypy>=1.11",
            "onnx>=1.17",
            "onnxruntime>=1.20",
            "optuna>=5.0",
            "pandas>=2.2",
            "pytest>=8.0",
            "pytest-timeout>=2.3",
            "pytest-xdist>=3.6",
            "ray>=2.52",
            "ruff>=0.6",
            "sacrebleu>=2.4",
            "sentencepiece>=0.2",
            "tf2onnx>=1.17",
        ],
        "tflite": ["ai-edge-litert>=1.2"],
        "translation": ["sacrebleu>=2.4", "sentencepiece>=0.2"],
        "wandb": ["wandb>=0.19"],
    },
)
