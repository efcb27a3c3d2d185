"""A module imports from lower floors only; see WORKSPACE.md."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "nas_tf"

# Modules may import modules of their own package and of lower floors, and for
# types alone those of their own floor. The lowest floors say how a user's
# mistake is reported, how large numbers may be and how files are read.
FLOORS = {
    -3: {"errors", "limits"},
    -2: {"reading"},
    -1: {
        "checks",
        "keras_scope",
        "machine",
    },
    0: {
        "confidence",
        "decisions",
        "files",
        "layout",
        "lazy_keras",
        "recipe",
        "registry",
        "rewards",
        "seeds",
        "specs",
        "subwords",
        "trial",
    },
    1: {"layers", "losses", "optimizers"},
    2: {"children", "controller", "training"},
    3: {
        "applications",
        "pruning",
        "skeletons",
        "spaces",
        "strategies",
        "tasks",
    },
    4: {"drawing", "evaluators", "executors", "parameter_servers", "runs"},
    5: {"commands"},
    6: {"search"},
    7: {"observers", "report", "train", "translator"},
    8: {"api", "cli"},
    9: {"__main__", "translate"},
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))


def top_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path):
    """Yields the dotted names that a file imports, also inside functions."""
    return imports_in(parsed(path))


def type_checking_blocks(tree):
    """Returns the blocks below `if typing.TYPE_CHECKING`, which never run."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.If)
        and ast.unparse(node.test) == "typing.TYPE_CHECKING"
        and not node.orelse
    ]


def imports_in(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def own_imports(tree):
    for name in imports_in(tree):
        parts = name.split(".")
        if parts[0] == "nas_tf" and len(parts) > 1:
            yield parts[1]


def is_public_front(path):
    return path == PACKAGE / "__init__.py"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.name))
def test_imports_lead_down(path):
    if is_public_front(path):
        return
    own = top_name(path)
    assert own in FLOOR_OF, f"{own} stands on no floor"
    tree = parsed(path)
    types = type_checking_blocks(tree)
    tree.body = [node for node in tree.body if node not in types]
    check_imports(tree, own, FLOOR_OF[own] - 1)
    for block in types:
        check_imports(block, own, FLOOR_OF[own])


def check_imports(tree, own, highest):
    for name in own_imports(tree):
        assert name in FLOOR_OF, f"{own} imports {name}, on no floor"
        assert name == own or FLOOR_OF[name] <= highest, (
            f"{own} imports nas_tf.{name}"
        )


def test_imports_for_types_alone_may_stay_on_their_floor():
    block = ast.parse(
        "if typing.TYPE_CHECKING:\n    from nas_tf.tasks.base import Task"
    )
    (types,) = type_checking_blocks(block)
    check_imports(types, "spaces", FLOOR_OF["spaces"])
    with pytest.raises(AssertionError, match="spaces imports nas_tf.tasks"):
        check_imports(types, "spaces", FLOOR_OF["spaces"] - 1)


def test_floors_list_every_module_once():
    inhabitants = {top_name(path) for path in MODULES} - {"__init__"}
    assert inhabitants == set(FLOOR_OF)


@pytest.mark.parametrize(
    "package",
    ["layers", "children", "skeletons", "applications", "controller"],
)
def test_networks_use_no_backend_of_their_own(package):
    for path in MODULES:
        if top_name(path) == package:
            roots = {name.split(".")[0] for name in imports_of(path)}
            assert "tensorflow" not in roots, path


def test_the_lowest_floor_loads_neither_keras_nor_tensorflow_nor_flags():
    for path in MODULES:
        if (
            FLOOR_OF.get(top_name(path), 1) <= 0
            and top_name(path) != "lazy_keras"
        ):
            roots = {name.split(".")[0] for name in imports_of(path)}
            assert not roots & {"tensorflow", "keras", "absl"}, path


COMMANDS = ("cli", "commands")


def test_only_commands_have_flags():
    for path in MODULES:
        if path.stem != "__main__" and top_name(path) not in COMMANDS:
            assert "absl.flags" not in set(imports_of(path)), path
