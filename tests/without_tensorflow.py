"""Hides TensorFlow, then runs what its arguments name.

`python -m tests.without_tensorflow modules` imports the whole package,
`... children` trains children, `... COMMAND FLAGS` runs that command.
"""

import importlib
import importlib.machinery
import json
import pathlib
import runpy
import sys

PACKAGE = pathlib.Path(__file__).parent.parent / "nas_tf"
# What is for TensorFlow alone.
ONLY_TENSORFLOW = {"nas_tf.parameter_servers._place"}


class WithoutTensorFlow(importlib.machinery.PathFinder):
    """Finds what is installed, but for TensorFlow."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in ("tensorflow", "tensorflow_datasets"):
            return None
        return super().find_spec(fullname, path, target)


def modules():
    """Yields the names of all modules, but for commands.

    What lies in `train/predict` are scripts, which nothing imports.
    """
    scripts = set(PACKAGE.glob("train/predict/[a-z]*.py"))
    for path in sorted(set(PACKAGE.rglob("*.py")) - scripts):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if "DEFINE_" not in path.read_text(encoding="utf-8"):
            yield name


def import_all():
    imported = []
    for name in modules():
        if name not in ONLY_TENSORFLOW:
            importlib.import_module(name)
            imported.append(name)
    return imported


def children():
    """Returns status and error of a child each of pictures and text."""
    import nas_tf

    text = "pydoc_topics(epochs=1, train_tokens=2000, valid_tokens=500, "
    parts = {
        "conv(num_layers=1, num_filters=(4, 8))": (
            "digits(epochs=1)",
            "reinforce(num_layers=1)",
        ),
        # JAX compiles a controller's steps for each space.
        "tree(base=2, units=8)": (
            text + "batch_size=5, steps=10)",
            "random_search",
        ),
    }
    found = []
    for space, (task, strategy) in parts.items():
        archive = nas_tf.run_search(space, task, strategy, max_children=1)
        found += [
            (trial.result.status, trial.result.error)
            for trial in archive.trials
        ]
    return found


if __name__ == "__main__":
    place = sys.meta_path.index(importlib.machinery.PathFinder)
    sys.meta_path[place] = WithoutTensorFlow
    if sys.argv[1] == "modules":
        print(json.dumps(import_all()))
    elif sys.argv[1] == "children":
        print(json.dumps(children()))
    else:
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
