"""The example in WORKSPACE.md is run as it stands there."""

import pathlib
import re

from nas_tf.search.run_search import run_search

ROOT = pathlib.Path(__file__).parent.parent


def example():
    text = (ROOT / "WORKSPACE.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return code


def test_the_example_of_a_search_space_is_searched(tmp_path, monkeypatch):
    code = example()
    assert len([line for line in code.splitlines() if line.strip()]) <= 25
    (tmp_path / "my_space.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    archive = run_search(
        "my_space(num_layers=3)",
        "digits(epochs=1)",
        "reinforce",
        max_children=4,
        children_per_replica=2,
        max_params=40_000,
    )
    assert [trial.result.status for trial in archive.trials] == ["ok"] * 4
    best = archive.best()[0].result
    assert len(best.spec["choices"]) == 6
    assert 0 < best.params <= 40_000


def test_every_module_has_a_floor_in_the_table():
    text = (ROOT / "WORKSPACE.md").read_text(encoding="utf-8")
    for path in (ROOT / "nas_tf").iterdir():
        name = path.stem if path.suffix == ".py" else f"{path.name}/"
        if not name.startswith("__"):
            assert f"`{name}`" in text, name
