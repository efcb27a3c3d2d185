"""Commands, modules, files and flags named in the documents exist."""

import functools
import json
import pathlib
import re
import shlex
import shutil

import numpy as np
import pytest
from PIL import Image
from sklearn import datasets

from nas_tf import registry
from tests import forked

ROOT = pathlib.Path(__file__).parent.parent
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    ROOT / "experiments" / "README.md",
    *sorted(ROOT.glob("experiments/*/README.md")),
    *sorted(ROOT.glob("flags/*.flags")),
]
each_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: str(page.relative_to(ROOT))
)

PACKAGES = ("nas_tf", "benchmarks", "experiments", "tests")
MODULE = re.compile(rf"\b(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
PATH = re.compile(
    rf"(?<![\w./:-])(?:flags|docs|{'|'.join(PACKAGES)})/[\w./*-]*"
)
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
FLAG = re.compile(r"(?<![\w-])--(\w+)(?![\w-])")
PART = re.compile(
    r"""--(space|task|strategy|evaluator|executor)=
    (?:"(?P<a>[^"]*)"|'(?P<b>[^']*)'|(?P<c>[^\s`"',;:]+))""",
    re.VERBOSE,
)
# Flags of other programs: pip, Ray and TensorBoard.
FOREIGN_FLAGS = {"address", "generate", "head", "logdir", "port"}
FOREIGN_FLAGS |= {"requeue", "signal"}  # of SLURM
# Modules that a page tells its reader to write.
READERS_OWN = ("my_", "mine")
PACKAGE_OF = {"strategy": "strategies"}


def text_of(page):
    return page.read_text(encoding="utf-8")


def is_readers_own(name):
    return name.split(".")[-1].startswith(READERS_OWN)


def is_file_of_module(parts):
    path = ROOT.joinpath(*parts)
    return path.is_dir() or path.with_suffix(".py").is_file()


def exists(dotted):
    """Returns whether a dotted name is a module, or defined in one."""
    parts = dotted.split(".")
    count = len(parts)
    while not is_file_of_module(parts[:count]):
        count -= 1
    if count == len(parts):
        return True
    path = ROOT.joinpath(*parts[:count])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    defined = re.escape(parts[count])
    return bool(re.search(rf"\b{defined}\b", text_of(file)))


@each_page
def test_dotted_names_exist(page):
    names = MODULE.findall(text_of(page).replace("experiments.NAME", ""))
    missing = [name for name in names if not exists(name)]
    assert [name for name in missing if not is_readers_own(name)] == []


@each_page
def test_paths_and_links_exist(page):
    text = text_of(page)
    paths = [path.rstrip(".") for path in PATH.findall(text)]
    assert [path for path in paths if not list(ROOT.glob(path))] == []
    links = [link for link in LINK.findall(text) if not link.startswith("http")]
    assert [link for link in links if not (page.parent / link).exists()] == []


@each_page
def test_modules_named_within_the_package_exist(page):
    packages = {path.parent.name for path in ROOT.glob("nas_tf/*/*.py")}
    for name, suffix in re.findall(r"`(\w+(?:/\w+)+)(\.py)?`", text_of(page)):
        # Without a suffix, runs/ is the folder that searches write to.
        package = name.split("/")[0]
        if package in packages and (suffix or package != "runs"):
            path = ROOT / "nas_tf" / name
            assert path.is_dir() or path.with_suffix(".py").is_file(), name


@functools.cache
def defined_flags():
    """Returns the names of the flags that any command here defines."""
    return {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r'DEFINE_\w+\(\s*"(\w+)"', text_of(path))
    }


@each_page
def test_flags_exist(page):
    known = defined_flags() | FOREIGN_FLAGS | {"flagfile", "help", "helpfull"}
    assert set(FLAG.findall(text_of(page))) - known == set()


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name
)
def test_parts_and_their_options_exist(page):
    joined = text_of(page).replace("\\\n", "")
    for match in PART.finditer(joined):
        call = match["a"] or match["b"] or match["c"]
        if is_readers_own(call.partition("(")[0]) or "..." in call:
            continue
        package = PACKAGE_OF.get(match[1], f"{match[1]}s")
        registry.check(package, call.rstrip("."))


# How the README's examples become short.
SHORTER = (
    ("max_children=48", "max_children=1"),
    ("max_hours=1", "max_children=1, epochs=1"),
    ("best_model()", "best_model(epochs=1)"),
    ('"digits"', '"digits(epochs=1)"'),
    ("num_layers=4", "num_layers=2, num_filters=(4,)"),
)


@pytest.mark.slow
def test_python_in_the_readme_runs(tmp_path, monkeypatch, capsys):
    blocks = re.findall(
        r"```python\n(.*?)```", text_of(ROOT / "README.md"), re.DOTALL
    )
    found = ROOT / "experiments/ptb/runs/reinforce_0/best"
    shutil.copytree(found, tmp_path / "runs/text/best")
    exported = tmp_path / "runs/pictures/trained/model"
    exported.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    images, labels = datasets.load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8).astype("uint8")
    names = {
        "x_train": images[:200],
        "y_train": labels[:200],
        "x_valid": images[200:300],
        "y_valid": labels[200:300],
        "pictures": images[:5, ..., None],
    }
    for block in blocks:
        for long, short in SHORTER:
            block = block.replace(long, short)
        exec(block, names)
        # What the next example opens.
        if "best_model" in block:
            names["model"].save(exported / "model.keras")
    assert names["probabilities"].shape == (5, 10)
    assert len(names["table"]) == 1
    assert "new h = " in capsys.readouterr().out


# The same for its commands.
SHORTER_COMMANDS = (
    ("nas_tf search", "nas_tf search --executor=inline"),
    ("--max_children=200", "--max_children=1 --strategy=random_search"),
    ("num_layers=6, num_filters=(8, 16, 32)", "num_layers=1, num_filters=(4,)"),
    ("image_size=32, epochs=10", "image_size=8, epochs=1, batch_size=8"),
    ("path='mine.txt', epochs=10", "path='mine.txt', epochs=1, steps=5"),
    ("tree(base=8, ", "tree(base=2, "),
    ("params=2_000_000", "units=4"),
    ("nas_tf train", "nas_tf train --epochs=1"),
)


@pytest.fixture(scope="module")
def users_data(tmp_path_factory):
    """A directory with the data that the README's commands read."""
    folder = tmp_path_factory.mktemp("user")
    rng = np.random.default_rng(0)
    for number in range(48):
        name = ("cat", "dog")[number % 2]
        path = folder / "pictures" / name / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (9, 12, 3), np.uint8)
        Image.fromarray(pixels).save(path)
    (folder / "holiday").mkdir()
    for number in range(2):
        Image.fromarray(pixels).save(folder / "holiday" / f"{number}.jpg")
    words = rng.choice(["the", "cat", "sees", "a", "dog"], (400, 6))
    lines = "\n".join(map(" ".join, words))
    (folder / "mine.txt").write_text(lines + "\n", encoding="utf-8")
    return folder


def commands_about(run):
    """Returns the README's commands about a run, as lists of words."""
    blocks = re.findall(
        r"^```(\w*)\n(.*?)^```$",
        text_of(ROOT / "README.md"),
        re.DOTALL | re.MULTILINE,
    )
    found = []
    for language, code in blocks:
        if language or run not in code:
            continue
        assert len(code.splitlines()) <= 5
        for long, short in SHORTER_COMMANDS:
            code = code.replace(long, short)
        found += map(shlex.split, code.replace("\\\n", "").splitlines())
    return found


def typed(words, folder):
    """Runs a command in a folder and returns what it printed."""
    expanded = []
    for word in words:
        paths = sorted(folder.glob(word)) if "*" in word else []
        found = [str(path.relative_to(folder)) for path in paths]
        expanded += found or [word]
    done = forked.command(*expanded, cwd=folder)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_readmes_commands_for_pictures_run(users_data):
    for name in ("tf2onnx", "onnxruntime", "ai_edge_litert"):
        pytest.importorskip(name)
    search, train, predict, *exports = commands_about("runs/pictures")
    assert [words[1] for words in exports] == ["train", "train"]
    typed(search, users_data)
    typed(train, users_data)
    shown = typed(predict, users_data).splitlines()
    assert [line.partition(": ")[0] for line in shown] == [
        "holiday/0.jpg",
        "holiday/1.jpg",
    ]
    assert all("cat" in line or "dog" in line for line in shown)
    trained = users_data / "runs" / "pictures" / "trained"
    history = (trained / "training" / "history.json").read_text()
    for words in exports:
        # A format is added to a finished training, and those before it stay.
        assert "Continuing after 1 epochs." in typed(words, users_data)
    assert (trained / "training" / "history.json").read_text() == history
    model = trained / "model"
    card = json.loads((model / "model_card.json").read_text())
    formats = {"model.onnx", "model.tflite", "model_int8.tflite"}
    assert set(card["formats"]) == formats
    assert all((model / name).exists() for name in formats)
    assert "## Other formats" in (model / "model_card.md").read_text()


@pytest.mark.slow
def test_the_readmes_commands_for_a_text_run(users_data):
    search, train = commands_about("runs/text")
    typed(search, users_data)
    assert "test perplexity" in typed(train, users_data)


def test_the_tests_that_show_what_is_promised_exist():
    page = text_of(ROOT / "docs" / "reliability.md")
    named = re.findall(r"`(tests/\w+\.py)::(\w+)`", page)
    assert len(named) > 25
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"\ndef {name}(" not in text_of(ROOT / path)
    ]
    assert not missing
    # Each fault has one.
    rows = page.partition("## Faults")[2].partition("## Not promised")[0]
    assert rows.count("`tests/") == rows.count("\n| ") - 2 * rows.count(
        "\n| ---"
    )
