"""The package's public names are imported when they are first used."""

import ast
import importlib
import pathlib
import subprocess
import sys

import pytest

import nas_tf

ROOT = pathlib.Path(__file__).parent.parent
RUN = str(ROOT / "experiments" / "depth" / "runs" / "growing_0")


@pytest.mark.parametrize("name", nas_tf.__all__)
def test_public_name_is_there(name):
    found = getattr(nas_tf, name)
    if name not in ("applications", "optimizers"):
        module = importlib.import_module(found.__module__)
        assert getattr(module, name, found) is found


def test_dir_lists_the_public_names():
    assert dir(nas_tf) == sorted(nas_tf.__all__)


def test_editors_see_the_public_names_too():
    tree = ast.parse(pathlib.Path(nas_tf.__file__).read_text(encoding="utf-8"))
    (block,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If)
        and ast.unparse(node.test) == "typing.TYPE_CHECKING"
    )
    seen = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in block.body
        for alias in node.names
    }
    for name in ("applications", "optimizers"):
        assert seen.pop(name) == f"nas_tf.{name}"
    assert seen == {
        name: f"{module}.{name}" for name, module in nas_tf._PUBLIC.items()
    }


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'nas_tf' has no attribute 'x'"):
        nas_tf.x  # noqa: B018


@pytest.mark.parametrize(
    "statement",
    [
        "import nas_tf",
        "import nas_tf; dir(nas_tf)",
        "from nas_tf import Categorical, SearchSpace, UsageError",
        "from nas_tf import SearchResult, open_run, run_search",
        f"import nas_tf; nas_tf.open_run({RUN!r})._repr_html_()",
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
