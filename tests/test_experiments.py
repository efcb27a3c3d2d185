"""The commands of experiments/, and that its tables are theirs."""

import importlib
import json
import math
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from experiments import agree
from experiments import jobs
from experiments import pages
from experiments import resnet
from nas_tf import registry
from nas_tf.runs import archive
from tests.test_flagfiles import read as read_flagfile

ROOT = pathlib.Path(__file__).parent.parent
NAMES = sorted(
    path.parent.name for path in (ROOT / "experiments").glob("*/__main__.py")
)
each_experiment = pytest.mark.parametrize("name", NAMES)
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/)\]<])/\w+/\w")


def module(name):
    return importlib.import_module(f"experiments.{name}.__main__")


def copied(name, tmp_path):
    return shutil.copytree(ROOT / "experiments" / name, tmp_path / name)


@pytest.fixture
def in_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@each_experiment
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
    for stage in here.stages(folder):
        assert all(job.share_done() == 1 for job in stage)
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
            for flag, value in wanted.items():
                assert found[flag] == str(value), (job.name, flag)


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


@pytest.mark.parametrize("actions", [(3, 1), (7, 0), (4, 2)])
@pytest.mark.parametrize("size", [16, 15])
def test_resnet_costs_what_it_has(actions, size):
    space = resnet.make()
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


@pytest.mark.parametrize("cell", [0, 1])
def test_keras_cells_have_the_parameters_asked_for(cell):
    space = registry.make(
        "spaces", "experiments.ptb.keras_cells(params=20_000, num_layers=2)"
    )
    task = registry.make("tasks", "pydoc_topics(max_words=100)")
    model = space.build(space.decode((cell,)), task)
    assert model.count_params() == pytest.approx(20_000, rel=0.03)


def test_fill_replaces_between_its_marks_only(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(
        "a\n<!-- x -->\nold\n<!-- end of x -->\n<!-- y -->\n<!-- end of y -->\n"
    )
    pages.fill(page, "x", r"new \1")
    pages.fill(page, "x", r"new \1")
    assert page.read_text() == (
        "a\n<!-- x -->\nnew \\1\n<!-- end of x -->\n<!-- y -->\n"
        "<!-- end of y -->\n"
    )
    with pytest.raises(ValueError, match="'z'"):
        pages.fill(page, "z", "")


def small_search(folder, name="toy_0", **flags):
    own = {
        "space": "conv(num_layers=1, filter_heights=(1, 3), "
        "filter_widths=(1,), num_filters=(2, 4))",
        "task": "digits(epochs=1)",
        "strategy": "reinforce",
        "max_children": 8,
        "children_per_replica": 2,
    }
    return jobs.search(folder, name, **{**own, **flags})


def test_failed_job_is_told_and_the_others_go_on(tmp_path, capsys):
    wrong = small_search(tmp_path, "wrong", space="no_such_space")
    right = small_search(tmp_path, "right", max_children=2)
    assert jobs.run([wrong, right], 2) == [wrong]
    assert right.share_done() == 1
    assert "wrong FAILED" in capsys.readouterr().out
    assert "no_such_space" in wrong.log.read_text()
    assert jobs.run([right], 1) == []


@pytest.mark.slow
def test_second_run_agrees_and_a_killed_one_goes_on(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert jobs.run([small_search(first)], 1) == []
    killed = small_search(second)
    code = (
        "import pathlib, sys; from experiments import jobs; "
        "from tests.test_experiments import small_search; "
        "jobs.run([small_search(pathlib.Path(sys.argv[1]))], 1)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(second)], cwd=ROOT
    )
    trials = killed.folder / archive.TRIALS
    deadline = time.time() + 120
    while not trials.exists() or trials.read_bytes().count(b"\n") < 3:
        assert time.time() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.time() + 30
    while _in_use(killed.folder):
        assert time.time() < deadline
        time.sleep(0.1)
    assert killed.share_done() < 1
    assert jobs.run([killed], 1) == []
    [(line, same)] = agree.compare(first, second)
    assert same, line
    assert "8 of 8 children agree" in line


def _in_use(folder):
    import filelock

    try:
        with filelock.FileLock(folder / "lock", timeout=0):
            return False
    except filelock.Timeout:
        return True


def test_finished_journal_has_paths_below_the_project(tmp_path):
    job = small_search(tmp_path)
    journal = job.folder / "recipes" / archive.TRIALS
    journal.parent.mkdir(parents=True)
    journal.write_text(f'{{"error": "{ROOT}/nas_tf/x.py"}}\n')
    job.finish()
    assert journal.read_text() == '{"error": "nas_tf/x.py"}\n'
    assert [path.name for path in journal.parent.iterdir()] == [journal.name]


def test_output_of_a_benchmark_is_kept_once_it_ended_well(tmp_path):
    good = jobs.benchmark(tmp_path, "good", "this")
    bad = jobs.benchmark(tmp_path, "bad", "experiments.no_such_module")
    assert jobs.run([good, bad], 2) == [bad]
    assert good.share_done() == 1
    assert "Beautiful is better" in good.output.read_text(encoding="utf-8")
    assert bad.share_done() == 0
    assert "no_such_module" in bad.log.read_text(encoding="utf-8")
    assert jobs.run([good], 1) == []


def test_disagreement_is_told(tmp_path):
    for folder, reward in (("a", 0.5), ("b", 0.25)):
        path = tmp_path / folder / "trained" / "x" / "training"
        path.mkdir(parents=True)
        history = {"loss": [1.0, 2.0], "val_accuracy": [0.5, reward]}
        (path / "history.json").write_text(json.dumps(history))
    [(line, same)] = agree.compare(tmp_path / "a", tmp_path / "b")
    assert not same
    assert "1 of 2 epochs agree; number 1" in line
    assert "0.25" in line
    for argv, code in (
        (["", str(tmp_path / "a"), str(tmp_path / "b")], 1),
        (["", str(tmp_path / "a"), str(tmp_path / "a")], 0),
    ):
        with pytest.raises(SystemExit) as exit_:
            agree.main(argv)
        assert exit_.value.code == code


@pytest.mark.parametrize(
    "command, told",
    [
        ("experiments.digits --folder={file}", "--folder to be one that can"),
        ("experiments.digits --folder={file}/x", "--folder to be one that can"),
        ("experiments.digits --jobs=0", "--jobs=0"),
        ("experiments.digits digits", "flags only. Received: digits"),
        ("experiments.agree {file}", "Expected two folders. Received: {file}"),
        ("benchmarks.strategies --table={file}", "Expected one column 'ops'"),
        ("benchmarks.strategies --table={file} --queries=x", "--queries=x"),
    ],
)
def test_mistake_is_one_line(command, told, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", *command.format(file=file).split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    [line] = done.stderr.strip().splitlines()
    assert told.format(file=file) in line
    assert file.read_text() == "mine"


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
