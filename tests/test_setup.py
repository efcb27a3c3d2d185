"""What is installed: the wheel and its page on an index."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PAGE = "https://example.org/someone/nas_tf"


def readme(url=""):
    done = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "--long-description"],
        cwd=ROOT,
        env={**os.environ, "NAS_TF_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def links(text):
    return re.findall(r"\]\(([^)]+)\)", text)


def test_on_an_index_no_link_is_relative():
    text = readme(f"{PAGE}/")
    assert all(link.startswith("https://") for link in links(text))
    assert f"[WORKSPACE.md]({PAGE}/blob/main/WORKSPACE.md)" in text
    assert f"]({PAGE}/raw/main/docs/report.png)" in text


def test_without_an_address_links_are_text():
    text = readme()
    assert all(link.startswith("https://arxiv.org/") for link in links(text))
    assert "WORKSPACE.md" in text
    assert "![" not in text


# It builds a wheel, which takes several seconds.
@pytest.mark.slow
def test_a_wheel_has_the_command_the_flagfiles_and_the_types(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in ("nas_tf", "flags"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        + ["--no-build-isolation", "--wheel-dir", str(tmp_path), str(source)],
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        [entries] = [n for n in names if n.endswith("/entry_points.txt")]
        commands = archive.read(entries).decode()
    assert "nas_tf = nas_tf.cli.entry:run" in commands
    assert "nas_tf/py.typed" in names
    own = {f"nas_tf/flags/{p.name}" for p in (ROOT / "flags").glob("*")}
    assert {name for name in names if "/flags/" in name} == own
    modules = {str(p.relative_to(ROOT)) for p in ROOT.glob("nas_tf/**/*.py")}
    assert {name for name in names if name.endswith(".py")} == modules
