"""Cards of trained models, of today and of earlier versions."""

import pathlib

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.runs import card_file

ROOT = pathlib.Path(__file__).parent.parent


def test_a_card_of_an_earlier_version_has_call_strings():
    folder = ROOT / "experiments" / "cifar10" / "trained" / "random_0"
    card = card_file.read(folder / "model" / card_file.FILE)
    assert registry.make("tasks", card["task"]).epochs == 15
    assert registry.make("spaces", card["space"]).num_layers == 4
    assert card["test"]["accuracy"] == 0.5386


@pytest.mark.parametrize("text", ["{", "[]", None])
def test_anything_else_is_refused(tmp_path, text):
    path = tmp_path / card_file.FILE
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match="Expected"):
        card_file.read(path)
