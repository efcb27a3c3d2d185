"""The file of one architecture, of today and of earlier versions."""

import json
import pathlib

import pytest

import nas_tf
from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1
from nas_tf.errors import UsageError
from nas_tf.runs import spec_file

ROOT = pathlib.Path(__file__).parent.parent
SPACE = registry.make("spaces", "conv(num_layers=15)")


def test_a_spec_is_read_back_with_its_space(tmp_path):
    path = tmp_path / "spec.json"
    task = registry.make("tasks", "digits(epochs=2)")
    spec_file.write(path, SPACE, V1, task)
    assert spec_file.load(path) == (SPACE, V1)
    assert spec_file.read(path) == (registry.call_string(SPACE), V1.to_json())
    assert nas_tf.load_spec(path) == V1
    assert json.loads(path.read_text())["task"].startswith("digits(epochs=2,")


def test_another_space_may_read_it(tmp_path):
    path = tmp_path / "spec.json"
    spec_file.write(path, "conv", V1.to_json())
    space, spec = spec_file.load(path, "conv(num_layers=3)")
    assert space.num_layers == 3
    assert spec == V1


def test_a_space_of_the_users_own_is_found(tmp_path, monkeypatch):
    (tmp_path / "space_in_a_spec_file.py").write_text(
        "import dataclasses\n"
        "from tests.toy import ToySpace\n"
        "@dataclasses.dataclass(frozen=True)\n"
        "class Mine(ToySpace):\n"
        "    pass\n"
        "make = Mine\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    space = registry.make("spaces", "space_in_a_spec_file(width=5)")
    spec = space.decode((4, 1, 0, 3, 2))
    spec_file.write(tmp_path / "spec.json", space, spec)
    assert spec_file.load(tmp_path / "spec.json") == (space, spec)


@pytest.mark.parametrize(
    "name, space",
    [("depth/runs/fixed_0", "Conv"), ("ptb/runs/reinforce_0", "Tree")],
)
def test_a_published_spec_is_read(name, space):
    path = ROOT / "experiments" / name / "best" / "spec.json"
    found, spec = spec_file.load(path)
    assert type(found).__name__ == space
    assert spec.to_json() == json.loads(path.read_text())


def test_anything_else_is_refused(tmp_path):
    path = tmp_path / "spec.json"
    for text in ("{}", "5", "{"):
        path.write_text(text)
        with pytest.raises(UsageError, match=str(path)) as caught:
            spec_file.load(path)
        assert "\n" not in str(caught.value)
