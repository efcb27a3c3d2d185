"""Random edits of every file that is read end in an answer or in one line.

Each edit is of one file of a run, a training or a table, or of a call string.
After it, what reads the file is called as commands call it. No reader may raise
anything but `UsageError`, wait, import a module that only a file names, or
change a file that it refuses. `NAS_TF_FUZZ` is the number of edits and
`NAS_TF_FUZZ_SEED` the seed.
"""

import contextlib
import functools
import io
import math
import os
import pathlib
import random
import shutil
import signal
import sys
import traceback

import pytest
from absl.testing import flagsaver

import nas_tf.search.__main__  # noqa: F401  Its flags.
from nas_tf import commands
from nas_tf import registry
from nas_tf.cli import runs as cli_runs
from nas_tf.cli import show as cli_show
from nas_tf.errors import UsageError
from nas_tf.evaluators import tabular
from nas_tf.report import run as report_run
from nas_tf.report import run_page
from nas_tf.report import trained
from nas_tf.report import training_page
from nas_tf.runs import card_file
from nas_tf.runs import journal
from nas_tf.runs import spec_file
from nas_tf.search import start_from
from nas_tf.train import architectures
from nas_tf.training.checkpoint import TrainingCheckpoint
from nas_tf.trial import STATUSES
from tests import edits
from tests import report_runs

COUNT = int(os.environ.get("NAS_TF_FUZZ", "2000"))
FIRST = int(os.environ.get("NAS_TF_FUZZ_FIRST", "0"))
SEED = int(os.environ.get("NAS_TF_FUZZ_SEED", "0"))
# Far more than any reader needs, in seconds.
PATIENCE = 20
CHILDREN = 24
ROOT = pathlib.Path(__file__).parent.parent
TRAINING = ROOT / "experiments/nasnet/trained/evolution_2"
SPACE = "nasbench201"
FLAGS = """# A search.
--space=nasbench201(channels=8)
--task=digits(epochs=2, learning_rate=0.05)
--strategy=regularized_evolution(population=8)
--evaluator=standalone
--executor=process(workers=2, time_limit=60)
--run_dir=run
--max_children=24
--children_per_replica=8
--seed=0
--reuse_rewards
"""
TABLE = """cell,accuracy,params
000000,0.5,1000
111111,0.75,2000
222222,0.25,3000
"""


class Hang(BaseException):
    """A reader that waits."""


def search(**kwargs):
    report_runs.search(
        "run",
        SPACE,
        "regularized_evolution(population=8)",
        max_children=kwargs.pop("max_children", CHILDREN),
        **kwargs,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A working directory, and beside it a copy that stays as it is."""
    kept = tmp_path_factory.mktemp("fuzz") / "kept"
    kept.mkdir()
    with contextlib.chdir(kept):
        search()
        run = pathlib.Path("run")
        (run / "flags.txt").write_text(FLAGS)
        shutil.copytree(TRAINING, run / "trained")
        spec_file.write(
            run / "spec.json",
            SPACE,
            registry.make("spaces", SPACE).decode((1, 2, 3, 1, 2, 3)),
        )
        history = {"loss": [1.0, 0.5], "val_loss": [1.0, 0.5]}
        model = _model()
        TrainingCheckpoint(
            run / "trained" / "training" / "state.npz", lambda h: 0, 2
        ).save(model.variables, history)
        pathlib.Path("table.csv").write_text(TABLE)
    code = "import pathlib\npathlib.Path(__file__ + '.ran').touch()\n"
    (kept / f"{edits.STRANGER}.py").write_text(f"{code}make = dict\n")
    work = kept.parent / "work"
    shutil.copytree(kept, work)
    return work, kept


def _model():
    import keras

    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])


# Readers of the files of a run, a training or a table. They are called in the
# working directory.


def read_journal():
    for read in (journal.read_trials, lambda run: journal.read(run)[1]):
        for trial in read(pathlib.Path("run")):
            assert trial.result.status in STATUSES
            assert math.isfinite(trial.reward)


def read_page():
    run_page.make(report_run.read("run")).encode("utf-8")


def read_report():
    run = report_run.read("run")
    for trial in run.best[:3]:
        run.describe_trial(trial).encode("utf-8")
        run.measure.text(trial)
    trained.read(run.path / "trained", run.task)


def read_shown():
    cli_show.main(["", "run"])


def read_listed():
    cli_runs.main(["", "."])


def read_architecture():
    architectures.find("run", top_k=3).candidates()


def read_start():
    start_from.find(["run"], registry.make("spaces", SPACE))


def read_search():
    search(max_children=CHILDREN + 2)


def read_spec():
    spec_file.load("run/spec.json")
    architectures.find("run/spec.json")
    spec_file.task_of("run/spec.json")


def read_flags():
    words = ["nas_tf.search", "--flagfile=run/flags.txt"]
    with flagsaver.flagsaver():
        commands._parse(words, "nas_tf.search.__main__")
        flags = commands.flags.FLAGS
        registry.make("spaces", flags.space)
        registry.make("strategies", flags.strategy)
        registry.make("tasks", flags.task)
        registry.check("executors", flags.executor)


def read_card():
    card_file.read(pathlib.Path("run/trained/model", card_file.FILE))


def read_training_page():
    found = trained.read(pathlib.Path("run/trained"))
    if found is not None:
        training_page.make("trained", found).encode("utf-8")


def read_training_shown():
    cli_show.main(["", "run/trained"])


def read_training_state():
    state = TrainingCheckpoint(
        "run/trained/training/state.npz", lambda history: 0, 2
    )
    model = _model()
    state.restore(model.variables)
    state.take_best(model)


def read_table():
    tabular.Tabular(
        "table.csv", "cell", "accuracy", metrics=("params",), params="params"
    )


# A second each, so only one in so many is made, and the others are read.
PAGES = {read_page: read_report, read_training_page: read_training_shown}
FEW = int(os.environ.get("NAS_TF_FUZZ_PAGES", "25"))
SEARCHED = (
    *(read_journal, read_journal, read_page, read_shown, read_listed),
    read_start,
)
READERS = {
    "run/trials.jsonl": (*SEARCHED, read_search, read_architecture),
    "run/proposals.jsonl": (*SEARCHED, read_search),
    "run/configuration.json": (*SEARCHED, read_search, read_architecture),
    "run/flags.txt": (
        read_flags,
        *(read_flags, read_flags, read_page, read_shown, read_listed),
        read_architecture,
    ),
    "run/spec.json": (read_spec,),
    "run/checkpoint/state.npz": (read_search,),
    "run/trained/model/model_card.json": (
        *(read_card, read_training_page, read_training_shown, read_page),
        *(read_shown, read_listed),
    ),
    "run/trained/model/spec.json": (read_training_page, read_training_shown),
    "run/trained/training/history.json": (
        *(read_training_page, read_training_shown, read_page),
    ),
    "run/trained/training/state.npz": (read_training_state,),
    "table.csv": (read_table,),
}
CALLS = {
    "spaces": (
        "conv(num_layers=4, num_filters=(8, 16))",
        "tree(base=8, units=20)",
        "nasbench201(channels=8, cells=2)",
        "nasnet(num_blocks=2, operations=('identity', 'conv_3x3'))",
        "enas_macro(num_layers=4)",
        "update_rule",
    ),
    "tasks": (
        "digits(epochs=2, batch_size=32, learning_rate=0.1)",
        "image_folder(path='pictures', image_size=(32, 32))",
        "arrays(path='x.npz')",
        "text(path='text.txt')",
        "pydoc_topics(epochs=1)",
    ),
    "strategies": ("reinforce(units=8)", "ppo(clip=0.2)", "random_search"),
    "evaluators": ("tabular(path='table.csv', key='cell', reward='accuracy')",),
    "pruning": ("median(warmup=3)",),
}


@pytest.mark.slow
def test_an_edit_ends_in_an_answer_or_in_one_line(place, monkeypatch):
    work, kept = place
    monkeypatch.chdir(work)
    monkeypatch.syspath_prepend(str(work))
    registry.trust_only([])
    faults = []
    try:
        for number in range(FIRST, FIRST + COUNT):
            rng = random.Random(f"{SEED} {number}")
            fault = _case(rng, work, kept)
            if fault:
                faults.append(f"{SEED} {number}: {fault}")
    finally:
        registry.trust_all()
    assert not faults, "\n".join([str(len(faults)), *faults[:40]])


def _case(rng, work, kept):
    """Makes one edit, and returns what was wrong, as text, or ""."""
    if rng.random() < 0.15:
        package = rng.choice(sorted(CALLS))
        text = edits.call(rng.choice(CALLS[package]), rng)
        done = f"{package} {text[:200]!a}"
        read = lambda: registry.make(package, text)  # noqa: E731
        name = None
    else:
        name = rng.choice(sorted(READERS))
        done = edits.edit(work / name, rng)
        read = rng.choice(READERS[name])
        if read in PAGES and rng.randrange(FEW):
            read = PAGES[read]
        done = f"{read.__name__}: {done}"
    before = edits.snapshot(work)
    fault, refused = _outcome(read)
    after = edits.snapshot(work)
    if refused and after != before:
        changes = before.keys() ^ after.keys() or {
            key for key in before if before[key] != after[key]
        }
        fault = fault or f"changed {sorted(changes)}"
    if edits.STRANGER in sys.modules or (work / "unpickled").exists():
        del sys.modules[edits.STRANGER]
        fault = "ran a stranger's code"
    _put_back(work, kept, after)
    return f"{done}: {fault}" if fault else ""


def _outcome(read):
    """Calls a reader; returns what was wrong, and whether it refused."""
    out, err = io.StringIO(), io.StringIO()

    def ring(*_):
        raise Hang("a hang")

    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, ring)
    # A busy machine may take long for what takes no time of a processor.
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    signal.alarm(10 * PATIENCE)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            read()
    except UsageError as error:
        return _bad_line(str(error)), True
    except SystemExit as end:
        said = err.getvalue()
        if end.code == 0 and not said:
            return "", True
        good = end.code == 2 and said.startswith("error: ")
        return _bad_line(said.strip()) if good else f"exit {end.code}", True
    except (Exception, Hang) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename}:{place.lineno}"
        name = type(error).__name__
        return f"{name} in {where}: {str(error)[:300]!a}", True
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    return "", False


def _bad_line(text):
    if "\n" in text or len(text) > 1200 or not text.isprintable():
        return f"said {text[:300]!a}"
    if "object at 0x" in text or not text:
        return f"said {text[:300]!a}"
    return ""


_snapshot_once = functools.cache(edits.snapshot)


def _put_back(work, kept, found):
    """Makes the working directory equal to the copy again."""
    wanted = _snapshot_once(kept)
    for name in found.keys() | wanted.keys():
        if found.get(name) == wanted.get(name):
            continue
        path = work / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            if (kept / name).is_dir():
                path.mkdir(exist_ok=True)
            else:
                shutil.copy2(kept / name, path)
