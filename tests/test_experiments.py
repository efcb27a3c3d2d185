"""The commands of experiments/ make the tables on its pages."""

import importlib
import math
import pathlib
import re
import shutil
import subprocess

import pytest
from absl import flags as absl_flags

from benchmarks import shared_weights
from experiments import jobs
from experiments import resnet
from nas_tf import registry
from nas_tf.files import read_json
from nas_tf.runs import configuration
from nas_tf.train import architectures
from tests.test_flagfiles import read as read_flagfile

ROOT = pathlib.Path(__file__).parent.parent
# Of `full` there are no runs yet; see test_full.py.
NAMES = sorted(
    path.parent.name
    for path in (ROOT / "experiments").glob("*/__main__.py")
    if path.parent.name != "full"
)
each_experiment = pytest.mark.parametrize("name", NAMES)
# Those whose tables take seconds are slow tests.
QUICK = ("depth", "digits", "nasbench201")
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/)\]<])/\w+/\w")


def module(name):
    return importlib.import_module(f"experiments.{name}.__main__")


def copied(name, tmp_path):
    return shutil.copytree(ROOT / "experiments" / name, tmp_path / name)


@pytest.fixture
def in_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    # Some commands have flags of their own.
    absl_flags.FLAGS.mark_as_parsed()
    yield
    absl_flags.FLAGS.unparse_flags()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow)
        for name in NAMES
    ],
)
def test_tables_are_what_the_command_writes_of_the_runs(
    name, in_root, tmp_path
):
    folder = copied(name, tmp_path)
    readme = folder / "README.md"
    published = readme.read_text(encoding="utf-8")
    emptied = re.sub(
        r"(<!-- (.+) -->\n).*?(<!-- end of \2 -->)",
        r"\1\3",
        published,
        flags=re.DOTALL,
    )
    assert emptied != published
    readme.write_text(emptied, encoding="utf-8")
    here = module(name)
    assert all(
        job.share_done() == 1 for stage in here.stages(folder) for job in stage
    )
    here.report(folder)
    assert readme.read_text(encoding="utf-8") == published


@each_experiment
def test_page_says_what_it_is(name):
    text = (ROOT / "experiments" / name / "README.md").read_text("utf-8")
    assert text.startswith("# ")
    assert f"python -m experiments.{name}" in text
    assert re.search(r"2026-\d\d-\d\d", text)
    for title in ("## What it shows", "## What it does not show"):
        assert title in text
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (ROOT / "experiments" / name / target).exists(), target


@each_experiment
def test_is_listed(name):
    listed = (ROOT / "experiments" / "README.md").read_text("utf-8")
    assert f"[{name}]({name})" in listed


def same(flag, found, wanted):
    """Returns whether a flag stands for the same.

    A space or an architecture may be called by what an earlier version called
    it.
    """
    if found == wanted:
        return True
    if flag == "strategy":
        return registry.parse_call(found) == registry.parse_call(wanted)
    if flag == "space":
        return registry.make("spaces", found) == registry.make("spaces", wanted)
    if flag == "architecture":
        [(_, one)] = architectures.find(found).specs
        [(_, other)] = architectures.find(wanted).specs
        return one == other
    return False


@each_experiment
def test_runs_were_made_by_the_command(name, in_root):
    for stage in module(name).stages(pathlib.Path("experiments") / name):
        for job in stage:
            found = job.flags_of_run()
            if not found:
                assert isinstance(job, jobs.Benchmark)
                assert all(
                    f"--{flag}={value}" in job.read()
                    for flag, value in job.flags.items()
                )
                continue
            wanted = dict(job.flags)
            if "flagfile" in wanted:
                file = wanted.pop("flagfile")
                wanted = {**read_flagfile(ROOT / file), **wanted}
            if "strategy" in found:
                # Options that the run's version did not have are as then.
                then = configuration.strategy_of_then(
                    found["run_dir"], found["strategy"]
                )
                found = {**found, "strategy": then}
            for flag, value in wanted.items():
                assert same(flag, found[flag], str(value)), (job.name, flag)


def test_searches_with_and_without_shared_weights_are_shown_together():
    runs = ROOT / "experiments" / "enas_nasbench201" / "runs"
    found = [
        read_json(runs / name / shared_weights.RANKING)
        for name in ("reinforce_0", "from_scratch_0")
    ]
    _, shared, alone = shared_weights.text(found).splitlines()
    assert f"{found[0]['larger_loss']:.3f}" in shared
    assert alone.split()[:2] == ["random_search", "0"]


def test_ablation_was_made_again_by_the_same_command():
    here = module("nas_conv_v1")
    folder = ROOT / "experiments" / "nas_conv_v1"
    for first in sorted((folder / "trained").glob("*_?")):
        again = folder / here.AGAIN / first.relative_to(folder)
        flags, flags_again = (
            (path / "flags.txt").read_text(encoding="utf-8")
            for path in (first, again)
        )
        assert flags != flags_again
        assert flags == flags_again.replace(f"/{here.AGAIN}/", "/")


@pytest.mark.parametrize("name", NAMES)
def test_parts_can_be_made(name, in_root, tmp_path):
    folder = copied(name, tmp_path)
    for stage in module(name).stages(folder):
        for job in stage:
            flags = dict(job.flags)
            if "flagfile" in flags:
                flags = {**read_flagfile(ROOT / flags["flagfile"]), **flags}
            for part, package in (
                ("space", "spaces"),
                ("task", "tasks"),
                ("strategy", "strategies"),
                ("executor", "executors"),
            ):
                if part in flags:
                    registry.make(package, flags[part])


@pytest.mark.parametrize(
    ("actions", "stages"), [((3, 1), 2), ((7, 0), 3), ((4, 2), 2)]
)
@pytest.mark.parametrize("size", [16, 15])
def test_resnet_costs_what_it_has(actions, stages, size):
    space = resnet.make(stages=stages)
    task = registry.make("tasks", f"cifar10(image_size={size})")
    spec = space.decode(actions)
    model = space.build(spec, task)
    counted = sum(math.prod(v.shape) for v in model.trainable_variables)
    cost = space.cost(spec, task)
    assert cost.params == counted
    adds = sum(
        math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1])
        for layer in model.layers
        if hasattr(layer, "kernel")
    )
    assert cost.multiply_adds == adds


@pytest.mark.parametrize("params", [5_000, 60_000])
def test_nearest_resnet_is_near(params):
    task = registry.make("tasks", "cifar10(image_size=16)")
    spec = resnet.nearest(params, task)
    assert resnet.make().cost(spec, task).params == pytest.approx(
        params, rel=0.2
    )
    adds = 200 * params
    spec = resnet.nearest(adds, task, stages=3, what="multiply_adds")
    cost = resnet.make(stages=3).cost(spec, task)
    assert cost.multiply_adds == pytest.approx(adds, rel=0.2)


def test_the_old_name_of_kerass_cells_is_read():
    old = registry.make(
        "spaces", "experiments.ptb.keras_cells(params=20_000, num_layers=2)"
    )
    new = registry.make(
        "spaces",
        "recurrent(skeleton='language_model(params=20_000, num_layers=2)')",
    )
    assert old == new


def test_no_machine_paths_are_kept():
    kept = subprocess.run(
        ["git", "ls-files", "experiments"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split()
    if not kept:
        pytest.skip("no git checkout")
    for name in kept:
        path = ROOT / name
        if path.suffix in {".json", ".jsonl", ".txt", ".md"}:
            text = path.read_text(encoding="utf-8")
            found = ABSOLUTE_PATH.search(text)
            assert not found, (name, found)
