"""Commands in messages can be typed as they are printed."""

import pathlib
import sys

import pytest

from nas_tf.commands.typed import typed
from nas_tf.commands.typed import typed_program


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """The programs of an environment below the working directory."""
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("python", "nas_tf", "tensorboard"):
        (folder / name).write_text("")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.chdir(tmp_path)
    return folder


def test_without_an_active_environment_there_is_a_path(
    environment, monkeypatch
):
    assert typed_program("tensorboard") == ".venv/bin/tensorboard"
    monkeypatch.chdir("/usr")
    assert typed_program("python") == str(environment / "python")


def test_in_an_active_environment_the_name_is_enough(environment, monkeypatch):
    monkeypatch.setenv("PATH", str(environment))
    assert typed_program("tensorboard") == "tensorboard"


def test_a_program_elsewhere_has_its_name(environment):
    assert typed_program("uv") == "uv"


@pytest.mark.parametrize(
    "started, spec, command",
    [
        ("/x/nas_tf", None, ".venv/bin/nas_tf train"),
        ("/x/m.py", "nas_tf.__main__", ".venv/bin/python -m nas_tf train"),
        (
            "/x/m.py",
            "nas_tf.search.__main__",
            ".venv/bin/python -m nas_tf.train",
        ),
        ("/x/mine.py", None, ".venv/bin/python -m nas_tf.train"),
    ],
)
def test_a_command_is_typed_as_the_running_one(
    environment, monkeypatch, started, spec, command
):
    class Spec:
        name = spec

    monkeypatch.setattr(sys, "argv", [started])
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", Spec if spec else None)
    assert typed("nas_tf.train") == command
    predict = command.replace("train", "predict")
    if predict.endswith("nas_tf.predict"):
        # There is no such module.
        predict = predict.replace("nas_tf.", "nas_tf ")
    assert typed("nas_tf.predict") == predict


def test_this_python_is_found():
    path = pathlib.Path(typed_program("python"))
    assert path.name.startswith("python")
