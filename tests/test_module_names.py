"""Every module that another one imports has a test file of its own name."""

import ast
import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "nas_tf"

# Modules without a test file of their own name, and the tests that cover them.
# An entry whose test file exists fails, and has to be deleted here.
DRAWING = "test_drawing.py compares the drawings that these modules make"
ENGINES = "test_engine.py runs every engine; which one depends on the backend"
SERVERS = "test_parameter_servers.py starts whole clusters"
SHARED = "test_shared.py searches by shared weights"
PAGES = "test_report_pages.py makes whole pages"
RULES = "test_optimizers_update_rule.py computes with all of its functions"
MACRO = "test_enas_macro.py builds of it, and shares its weights"
MICRO = "test_enas_micro.py builds of it, and shares its weights"
CELL = "test_enas_cell.py compares it with cells of their own"
PARTS = "an abstract class, which every part in {} has to satisfy"
EXCEPTIONS = {
    "nas_tf.machine.control_groups": "test_memory.py and test_processors.py",
    "nas_tf.executors._keeper_link": "test_pool.py and test_keeper.py",
    "nas_tf.executors._call": "test_pool.py and test_process.py",
    "nas_tf.tasks._perplexity": "test_text_tasks.py and test_translating.py",
    "nas_tf.tasks._optimizers": "test_array_classification.py makes them all",
    "nas_tf.tasks._measured": "test_array_classification.py asks for rewards",
    "nas_tf.tasks._text_windows": "test_text_tasks.py cuts texts",
    "nas_tf.tasks._pair_batches": "test_translating.py makes batches",
    "nas_tf.children._attending_decoder": "test_translator.py translates",
    "nas_tf.optimizers._rule_step": RULES,
    "nas_tf.cli.predictors": "test_predict.py predicts of every kind of file",
    "nas_tf.cli.outputs": "test_predict.py predicts classes and numbers",
    "nas_tf.runs.ownership": "test_archive.py and test_folders.py",
    "nas_tf.runs.exported": "test_predict.py and test_translate.py open them",
    "nas_tf.cli.status": "test_cli_runs.py has runs of every status",
    "nas_tf.api.models": "test_best_model.py trains and loads them",
    "nas_tf.drawing._canvas": DRAWING,
    "nas_tf.drawing._column": DRAWING,
    "nas_tf.drawing._crossbar": DRAWING,
    "nas_tf.drawing._plane": DRAWING,
    "nas_tf.children.enas_stack": MICRO,
    "nas_tf.children.shared_language_model": CELL,
    "nas_tf.layers.enas_rnn": CELL,
    "nas_tf.layers.shared_enas_rnn": CELL,
    "nas_tf.children.shared_stack": MICRO,
    "nas_tf.children.macro_stack": MACRO,
    "nas_tf.layers.shared_macro": MACRO,
    "nas_tf.specs.macro_stack": MACRO,
    "nas_tf.children.sharing": MICRO,
    "nas_tf.layers._operation_kits": MICRO,
    "nas_tf.layers.shared_output": MICRO,
    "nas_tf.spaces.cell_pairs": "test_nasnet_space.py and test_enas_micro.py",
    "nas_tf.specs.enas_published": MICRO,
    "nas_tf.specs.enas_stack": MICRO,
    "nas_tf.evaluators._shared_examples": SHARED,
    "nas_tf.evaluators._shared_judging": SHARED,
    "nas_tf.evaluators._shared_optimizer": SHARED,
    "nas_tf.evaluators._shared_sampling": SHARED,
    "nas_tf.evaluators._shared_training": SHARED,
    "nas_tf.evaluators._shared_weights": SHARED,
    "nas_tf.evaluators.base": PARTS.format("test_shared_evaluator.py"),
    "nas_tf.executors._ray_link": "test_ray.py starts whole clusters",
    "nas_tf.executors._ray_worker": "test_ray.py starts whole clusters",
    "nas_tf.executors.base": PARTS.format("test_process.py, test_inline.py"),
    "nas_tf.parameter_servers._cluster": SERVERS,
    "nas_tf.parameter_servers._place": SERVERS,
    "nas_tf.parameter_servers._processes": SERVERS,
    "nas_tf.parameter_servers._server": SERVERS,
    "nas_tf.parameter_servers._start": SERVERS,
    **dict.fromkeys(
        [
            "nas_tf.strategies._jax_steps",
            "nas_tf.strategies._keras_descent",
            "nas_tf.strategies._tensorflow_steps",
            "nas_tf.strategies._torch_steps",
        ],
        "test_steps.py makes steps on each backend",
    ),
    "nas_tf.strategies._walk": "test_controlled.py computes its steps by hand",
    "nas_tf.optimizers.add_sign": "test_sign_optimizer.py computes with it",
    "nas_tf.optimizers.averages": RULES,
    "nas_tf.optimizers.power_sign": "test_sign_optimizer.py computes with it",
    "nas_tf.optimizers.random_numbers": RULES,
    "nas_tf.optimizers.rule_functions": RULES,
    "nas_tf.report.axes": "test_svg.py and test_charts.py draw on them",
    "nas_tf.report.run_page": PAGES,
    "nas_tf.report.script": "test_report_in_browser.py runs it",
    "nas_tf.report.style": PAGES,
    "nas_tf.report.training": "test_training_page.py shows trainings",
    "nas_tf.search.derive": SHARED,
    "nas_tf.search.suitable": "test_run_search.py refuses what does not suit",
    "nas_tf.search.observer": PARTS.format("test_loop.py"),
    "nas_tf.search.top_rows": "test_summaries.py reads rows",
    "nas_tf.skeletons.base": PARTS.format("test_language_model_skeleton.py"),
    "nas_tf.spaces.base": "test_search_space.py, named as its class",
    "nas_tf.specs.base": "test_spec.py, named as its class",
    "nas_tf.tasks._alike": "test_arrays.py compares both preparations",
    "nas_tf.tasks._datasets": "test_user_data.py reads every form of data",
    "nas_tf.tasks._decoding": "test_translate.py translates lines",
    "nas_tf.tasks._encoded_pairs": "test_translating.py encodes pairs",
    "nas_tf.tasks._preparation": "test_arrays.py prepares every form of input",
    "nas_tf.tasks._standardised": "test_arrays.py has numbers of every scale",
    "nas_tf.tasks._user_arrays": "test_user_data.py reads every form of data",
    "nas_tf.tasks._store": "test_arrays.py stores and draws examples",
    "nas_tf.tasks._stored": "test_arrays.py trains on stored examples",
    "nas_tf.tasks._tfds": "test_tasks.py and test_tfds_translation.py",
    "nas_tf.tasks.base": PARTS.format("test_tasks.py"),
    "nas_tf.tasks.image_classification": PARTS.format("test_tasks.py"),
    "nas_tf.tasks.picture_arrays": "test_tasks.py, as every task of pictures",
    **dict.fromkeys(
        [
            "nas_tf.train.formats._examples",
            "nas_tf.train.formats._function",
            "nas_tf.train.formats._lite",
            "nas_tf.train.formats._names",
            "nas_tf.train.formats._scores",
            "nas_tf.train.formats._words",
        ],
        "test_formats.py writes and compares files of every format",
    ),
    "nas_tf.train.procedure": "test_train.py runs it as the command",
    "nas_tf.training.jax_engine": ENGINES,
    "nas_tf.training.kept_engines": "test_tuned.py counts traces",
    "nas_tf.training.lessons.base": PARTS.format("test_lessons.py"),
    "nas_tf.training.mirrored_engine": ENGINES,
    "nas_tf.training.resident_engine": ENGINES,
    "nas_tf.training.reused_optimizer": "test_tuned.py compares trainings",
    "nas_tf.training.tensorflow_engine": ENGINES,
    "nas_tf.training.torch_engine": ENGINES,
}


def imported_modules():
    """Returns the dotted names below `nas_tf` that its modules import."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module)
                found.update(f"{node.module}.{a.name}" for a in node.names)
    return {name for name in found if is_module(name)}


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return name.startswith("nas_tf.") and path.with_suffix(".py").is_file()


def names_of_tests(name):
    """Returns the file names that count as a module's own test.

    Where modules of several packages share a stem, the test names the package
    as well: `test_training_checkpoint.py` or `test_tree_space.py`.
    """
    package, stem = name.split(".")[-2:]
    stem = stem.lstrip("_")
    return {
        f"test_{stem}.py",
        f"test_{package}_{stem}.py",
        f"test_{stem}_{package.removesuffix('s')}.py",
    }


def has_test(name):
    return any(
        (ROOT / "tests" / test).exists() for test in names_of_tests(name)
    )


def test_every_imported_module_has_a_test_of_its_own_name():
    missing = {name for name in imported_modules() if not has_test(name)}
    assert sorted(missing - set(EXCEPTIONS)) == []


def test_no_exception_is_stale():
    assert sorted(set(EXCEPTIONS) - imported_modules()) == []
    assert [name for name in EXCEPTIONS if has_test(name)] == []


def test_every_exception_names_tests_that_exist():
    for name, reason in EXCEPTIONS.items():
        tests = re.findall(r"test_\w+\.py", reason)
        assert tests, name
        for test in tests:
            assert (ROOT / "tests" / test).exists(), (name, test)
