"""A user's mistake is one line, exit code 2, and changes no run."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.search.run_search import run_search
from tests import forked
from tests.toy import ToyEvaluator
from tests.toy import ToySpace
from tests.toy import ToyTask

ROOT = pathlib.Path(__file__).parent.parent
TOYS = (
    "--space=tests.toy_space",
    "--task=tests.toy_task",
    "--evaluator=tests.toy_evaluator",
    "--strategy=random_search",
    "--executor=inline",
    "--max_children=4",
)


def command(folder, *flags):
    """Returns exit code, stdout and stderr of a search in a folder."""
    done = forked.command("nas_tf.search", *flags, cwd=folder)
    return done.returncode, done.stdout, done.stderr


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def folder(tmp_path):
    """A working directory with an unfinished run of toy parts."""
    run_search(
        ToySpace(),
        ToyTask(),
        strategy="random_search",
        evaluator=ToyEvaluator(),
        run_dir=tmp_path / "run",
        max_children=3,
    )
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "pictures" / "cats").mkdir(parents=True)
    (tmp_path / "pictures" / "dogs").mkdir()
    (tmp_path / "pictures" / "dogs" / "a.png").write_text("no picture")
    (tmp_path / "unknown.flags").write_text("--colour=red\n")
    (tmp_path / "binary.flags").write_bytes(b"--seed=\xff\xfe\x00")
    (tmp_path / "looks.flags").write_text("--flagfile=missing.flags\n")
    return tmp_path


def refuse(folder, *flags):
    """Runs the command and returns the line of its error."""
    before = contents(folder)
    code, out, error = command(folder, *flags)
    assert error.startswith("error: "), error
    assert error.count("\n") == 1, error
    assert error.endswith("\n")
    assert code == 2
    assert out == ""
    assert contents(folder) == before
    return error.removeprefix("error: ").rstrip("\n")


FLAGS = {
    "an unknown flag": ("--spaec=conv", "Unknown command line flag 'spaec'"),
    "a flag without its value": ("--space", "Missing value for flag"),
    "a word": ("conv", "Expected flags only. Received: conv"),
    "a flag after a word": ("run --seed=1", "Expected flags only"),
    "a word for a number": ("--max_children=abc", "max_children.*abc"),
    "no number": ("--max_children=", "max_children"),
    "a fraction": ("--max_children=2.5", "max_children.*2.5"),
    "no children": ("--max_children=0", "max_children.*0"),
    "children below none": ("--max_children=-3", "max_children.*-3"),
    "an empty batch": ("--children_per_replica=0", "children_per_replica"),
    "a negative seed": ("--seed=-1", "seed"),
    "no replicas": ("--num_replicas=0", "num_replicas.*'auto'.*Received: 0"),
    "a word for replicas": ("--num_replicas=many", "num_replicas.*'many'"),
    "no hours": ("--max_hours=0", r"max_hours.* in \(0, 1000000\]"),
    "hours without end": ("--max_hours=nan", r"max_hours.* in \(0, 1000000\]"),
    "no patience": ("--patience=0", "patience"),
    "no target": ("--target_reward=nan", "target_reward.*a finite number"),
    "no devices": ("--devices_per_child=0", "devices_per_child"),
    "devices for nothing": (
        "--devices_per_child=2",
        "devices_per_child=1, as evaluator 'ToyEvaluator' trains nothing",
    ),
    "servers below none": ("--parameter_servers=-1", "parameter_servers"),
    "servers without replicas": (
        "--parameter_servers=2",
        "num_replicas.*a whole number, with parameter_servers=2",
    ),
    "no parameters": ("--max_params=0", "max_params"),
    "an unknown choice": ("--oversize=drop", "oversize.*redraw.*penalise"),
    "no boolean": ("--reuse_rewards=maybe", "reuse_rewards"),
    "no flagfile": ("--flagfile=missing.flags", "missing.flags"),
    "a folder as flagfile": ("--flagfile=empty", "empty"),
    "an unknown flag in a file": ("--flagfile=unknown.flags", "colour"),
    "a flagfile of no text": ("--flagfile=binary.flags", "."),
    "no flagfile in a flagfile": ("--flagfile=looks.flags", "missing.flags"),
    "no run directory": ("--run_dir=", "Expected a directory in --run_dir"),
    "a file as run directory": ("--run_dir=file", "file .*exists"),
    "a run directory below a file": ("--run_dir=file/run", "file/run"),
    "a run directory nowhere": ("--run_dir=/proc/run", "/proc/run"),
    "another seed": ("--seed=1", "run belongs.*: seed was 0, is now 1"),
    "another batch": (
        "--children_per_replica=3",
        "children_per_replica was 8, is now 3",
    ),
    "another space": (
        "--space=tests.toy_space(width=4)",
        "space.width was 3, is now 4",
    ),
    "another task": (
        "--task=digits",
        "task was 'tests.toy.ToyTask', is now 'digits'",
    ),
    "another strategy": (
        "--strategy=reinforce",
        "strategy was 'random_search', is now 'reinforce'",
    ),
    "another evaluator": (
        "--evaluator=tests.toy_evaluator(seconds=1)",
        "evaluator.seconds was 0.0, is now 1",
    ),
    "shared weights in other processes": (
        "--evaluator=tests.toy_shared --executor=process",
        "executor=inline, as evaluator 'Shared' keeps.*Received: 'Process'",
    ),
    "shared weights of replicas": (
        "--evaluator=tests.toy_shared --num_replicas=2",
        "num_replicas=1, as evaluator 'Shared' prepares.*Received: 2",
    ),
    "a broken space": ("--space=conv(", "Expected a name, or a call"),
    "no space": ("--space=", "Expected a name, or a call"),
    "a space that is a strategy": (
        "--space=reinforce",
        "Unknown search space 'reinforce'. There is: conv",
    ),
    "an unknown task": (
        "--task=digit",
        "Unknown task 'digit'. Did you mean 'digits'. There is: arrays",
    ),
    "an unknown strategy": (
        "--strategy=sarsa",
        "Unknown strategy 'sarsa'.*There is: .*random_search, .*reinforce",
    ),
    "an unknown evaluator": (
        "--evaluator=oracle",
        "Unknown evaluator 'oracle'.*There is: .*standalone",
    ),
    "an unknown executor": (
        "--executor=processes",
        "Unknown executor 'processes'. .*There is: inline, process",
    ),
    "no worker": (
        "--executor=process(workers=0)",
        "`workers` to be .*whole number from 1",
    ),
    "a strategy's option": (
        "--strategy=random_search(learning_rate=1)",
        "Unknown argument 'learning_rate' for strategy 'random_search'. "
        "It takes: none",
    ),
    "an option of inline": (
        "--executor=inline(workers=2)",
        "Unknown argument 'workers' for executor 'inline'. It takes: none",
    ),
    "no pictures": ("--task=image_folder(path='nowhere')", "not there"),
    "no folder of pictures": ("--task=image_folder(path='file')", "a file"),
    "an empty folder": (
        "--task=image_folder(path='empty')",
        "two class folders in empty. Received: none",
    ),
    "an empty class": ("--task=image_folder(path='pictures')", "none in"),
    "a path forgotten": (
        "--task=image_folder",
        "Missing argument 'path' for task 'image_folder'",
    ),
    "more pictures than there are": (
        "--task=digits(train_examples=5000)",
        "at most 900 examples in split 'train'",
    ),
}


@pytest.mark.parametrize("name", FLAGS)
def test_a_mistake_in_the_flags(folder, name):
    flag, expected = FLAGS[name]
    several = name == "a flag after a word" or name.startswith("shared")
    words = flag.split() if several else [flag]
    # The last value of a repeated flag counts.
    line = refuse(folder, *TOYS, "--run_dir=run", *words)
    assert re.search(expected, line), line


def test_a_broken_journal(folder):
    path = folder / "run" / "trials.jsonl"
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], b"oops", *lines[2:], b""]))
    line = refuse(folder, *TOYS, "--run_dir=run")
    assert line == (
        "Expected a record of the journal in line 2 of run/trials.jsonl. "
        "Received: 'oops', which cannot be read (Expecting value at character "
        "1)"
    )


def test_the_command_without_mistakes_does_something(folder):
    code, out, _ = command(folder, *TOYS, "--run_dir=run")
    assert code == 0
    assert "4 children finished" in out


@pytest.mark.slow
@pytest.mark.parametrize("flag", ["--spaec=conv", "--space=conv(num_layers=0)"])
def test_the_command_itself_refuses_as_its_fork_does(folder, flag):
    line = refuse(folder, flag)
    ended = subprocess.run(
        [sys.executable, "-m", "nas_tf.search", flag],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == f"error: {line}\n"
    assert ended.stdout == ""


CALLS = [
    "conv(",
    "conv)",
    "",
    " ",
    "conv()()",
    "conv(num_layers=3",
    "conv(num_layers=3)(num_layers=4)",
    "conv(num_layers=3); conv()",
    "conv(num_layers=3) or 1",
    "conv num_layers=3",
    "conv[3]",
    "conv(*[3])",
    "conv(**{'num_layers': 3})",
    "conv(num_layers=3, num_layers=4)",
    "lambda: 1",
    "f'conv'",
    "'conv'",
    "3",
    "(conv)(num_layers",
    "conv(num_layers=3)\n--seed=4",
    "__import__('os').system('touch broken')",
    "os.system('touch broken')",
    "conv(15)",
    "conv(num_layers=os.getcwd())",
    "conv(num_layers=__import__('os').system('touch broken'))",
    "conv(num_layers=2 * 3)",
    "conv(num_layers=2 ** 99999999)",
    "conv(num_layers=num_layers)",
    "conv(num_layers=lambda: 3)",
    "conv(num_layers=f'{3}')",
    "conv(num_layers=[n for n in (3,)])",
    "conv(num_layers=(x := 3))",
    "conv(num_layers=" + "(" * 5000 + ")" * 5000 + ")",
    "conv(num_layers=" + "-" * 100_000 + "3)",
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[:40])
def test_what_is_no_call_of_literals_is_refused_and_not_run(
    call, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        registry.make("spaces", call)
    assert str(caught.value).startswith("Expected a")
    assert not (tmp_path / "broken").exists()


# Mistakes, and what the message has to contain.
VALUES = {
    "spaces": [
        ("conv(num_filters=8)", "num_filters"),
        ("conv(num_filters=(8))", "a tuple such as"),
        ("conv(num_filters=())", "num_filters"),
        ("conv(num_filters=(8, 8))", "num_filters"),
        ("conv(num_filters=(8, 0))", "num_filters"),
        ("conv(num_filters=(8, -16))", "num_filters"),
        ("conv(num_filters=(8, 16.5))", "num_filters"),
        ("conv(num_filters=('8', '16'))", "num_filters"),
        ("conv(num_filters=(8, True))", "num_filters"),
        ("conv(num_filters='8, 16')", "num_filters"),
        ("conv(num_filters={8: 16})", "num_filters"),
        ("conv(num_filters=((8,), (16,)))", "num_filters"),
        ("conv(num_filters=([8], [16]))", "num_filters"),
        ("conv(num_filters=None)", "num_filters"),
        ("conv(strides=(0,))", "strides"),
        ("conv(filter_heights=(1, None))", "filter_heights"),
        ("conv(num_layers=0)", "num_layers"),
        ("conv(num_layers=-4)", "num_layers"),
        ("conv(num_layers=4.0)", "num_layers"),
        ("conv(num_layers='4')", "num_layers"),
        ("conv(num_layers=True)", "num_layers"),
        ("conv(num_layers=None)", "num_layers"),
        ("conv(num_layers=(4,))", "num_layers"),
        ("conv(num_layers=4j)", "num_layers"),
        ("conv(start_layers=20)", "start_layers"),
        ("conv(skip_connections=1)", "skip_connections"),
        ("conv(skip_connections='no')", "skip_connections"),
        ("conv(pool_after=13)", "pool_after"),
        ("conv(pool_after=(99,))", "pool_after"),
        ("conv(layer_types=('conv', 'pool'))", "layer_types"),
        ("conv(layer_types='conv')", "layer_types"),
        ("conv(learning_rates=('a',))", "learning_rates"),
        ("conv(learning_rates=(0.1, -1))", "learning_rates"),
        ("conv(layers=4)", "layers.*It takes: num_layers"),
        ("conv(num_filter=(8,))", "num_filter'.*It takes:.*num_filters"),
        ("tree(base=1)", "base"),
        ("tree(base=8.0)", "base"),
        ("tree(base=True)", "base"),
        ("tree(combinations=())", "combinations"),
        ("tree(combinations='add')", "combinations"),
        ("tree(combinations=('add', 'add'))", "combinations"),
        ("tree(combinations=('add', 'min'))", "combinations.*elem_mult"),
        ("tree(combinations=(['add'],))", "combinations"),
        ("tree(activations=('tanh', 'elu'))", "activations.*sigmoid"),
        ("tree(activations=None)", "activations"),
        ("tree(params=0)", "params"),
        ("tree(params=2e7)", "params"),
        ("tree(units=0)", "units"),
        ("tree(units='650')", "units"),
        ("tree(params=1000, units=10)", "one of `params` and `units`"),
        ("tree(num_layers=0)", "num_layers"),
        ("tree(shared_embeddings=1)", "shared_embeddings"),
        ("tree(use_bias='yes')", "use_bias"),
        ("tree(embedding_dropout=1)", "embedding_dropout.*\\[0, 1\\)"),
        ("tree(input_dropout=-0.1)", "input_dropout"),
        ("tree(recurrent_dropout='half')", "recurrent_dropout"),
        ("tree(output_dropout=True)", "output_dropout"),
        ("tree(init_range=0)", "init_range"),
        ("tree(init_range=1e999)", "init_range"),
        ("tree(dropout=0.5)", "dropout'.*It takes: base"),
        ("tests.nowhere", "tests.nowhere"),
        ("nas_tf.seeds", "Expected a 'make'"),
    ],
    "tasks": [
        ("digits(epochs=2.5)", "epochs.*whole number.*2.5"),
        ("digits(epochs=0)", "epochs"),
        ("digits(epochs=False)", "epochs"),
        ("digits(epochs='5')", "epochs"),
        ("digits(batch_size=0)", "batch_size"),
        ("digits(batch_size=1e3)", "batch_size"),
        ("digits(learning_rate=0)", "learning_rate"),
        ("digits(learning_rate='fast')", "learning_rate"),
        ("digits(learning_rate=1e999)", "learning_rate.*finite"),
        ("digits(learning_rate=True)", "learning_rate"),
        ("digits(learning_rate=None)", "learning_rate"),
        ("digits(momentum=1)", "momentum"),
        ("digits(weight_decay=-1)", "weight_decay"),
        ("digits(schedule='linear')", "schedule.*cosine"),
        ("digits(augment=1)", "augment.*True or False"),
        ("digits(train_examples=0)", "train_examples"),
        ("digits(reward_power=0)", "reward_power"),
        ("digits(image_size=(8, 8))", "image_size"),
        ("cifar10(data_dir=5)", "data_dir.*a string"),
        ("image_folder(path=None)", "path.*a string"),
    ],
    "strategies": [
        ("reinforce(learning_rate='x')", "learning_rate"),
        ("reinforce(learning_rate=-0.1)", "learning_rate"),
        ("reinforce(learning_rate=True)", "learning_rate"),
        ("reinforce(learning_rate=1e999)", "learning_rate"),
        ("reinforce(units=0)", "units"),
        ("reinforce(units=35.0)", "units"),
        ("reinforce(baseline_decay=1)", "baseline_decay"),
        ("reinforce(baseline_decay='0.9')", "baseline_decay"),
        ("reinforce(clip_norm=0)", "clip_norm"),
        ("reinforce(entropy_weight=-1)", "entropy_weight"),
        ("reinforce(temperature=())", "temperature"),
        ("ppo(clip=0)", "clip"),
        ("ppo(epochs=0)", "epochs"),
        ("regularized_evolution(population=0)", "population"),
        ("regularized_evolution(sample_size=2.5)", "sample_size"),
        ("optuna(sampler='gp')", "sampler"),
    ],
    "evaluators": [
        ("standalone(epochs=3)", "epochs.*It takes: devices, latency"),
        ("standalone(devices=0)", "devices"),
        ("standalone(latency=1)", "latency.*True or False"),
        ("tabular", "Missing argument 'path'"),
        ("shaped(cost='params', target=0)", "target.*> 0"),
    ],
    "executors": [
        ("process(workers=0)", "workers"),
        ("process(workers=True)", "workers"),
        ("process(workers='all')", "workers"),
        ("process(workers=1.5)", "workers"),
        ("process(time_limit=-1)", "time_limit"),
        ("process(time_limit='1h')", "time_limit"),
        ("process(memory_limit=0)", "memory_limit"),
        ("process(recycle=0)", "recycle"),
        ("ray(workers=0)", "workers"),
        ("ray(num_gpus=1.5)", "num_gpus.*fraction"),
        ("ray(address='nowhere')", "address"),
        ("process(worker=2)", "worker'.*It takes: workers"),
        ("inline(workers=2)", "workers"),
    ],
}


@pytest.mark.parametrize(
    "package, call, expected",
    [
        (package, call, expected)
        for package, cases in VALUES.items()
        for call, expected in cases
    ],
)
def test_a_value_that_cannot_be_is_named_in_one_line(package, call, expected):
    with pytest.raises(UsageError, match=expected) as caught:
        registry.make(package, call)
    assert "\n" not in str(caught.value)
    assert "object at 0x" not in str(caught.value)


@pytest.mark.parametrize(
    "package, call",
    [
        ("spaces", "conv"),
        ("spaces", " conv( ) "),
        ("spaces", "conv(num_layers=1, num_filters=[8, 16])"),
        ("spaces", "nas_tf.spaces.conv(num_layers=2)"),
        ("spaces", "tree(combinations=['max'], params=None, units=None)"),
        ("tasks", "digits(learning_rate=1, batch_size=100000)"),
        ("tasks", "digits(train_examples=None, reward_power=2)"),
        ("strategies", "reinforce(learning_rate=1, clip_norm=None)"),
    ],
)
def test_what_looks_odd_but_can_be_is_accepted(package, call):
    registry.make(package, call)


@pytest.mark.parametrize(
    "argument, value",
    [
        ("max_children", 0),
        ("max_children", 2.5),
        ("max_children", True),
        ("max_children", "9"),
        ("children_per_replica", 0),
        ("children_per_replica", None),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", None),
        ("max_params", 0),
        ("max_params", 1e6),
        ("oversize", "drop"),
        ("num_replicas", 0),
        ("num_replicas", "many"),
        ("max_hours", -1),
        ("patience", 1.5),
        ("target_reward", "high"),
        ("devices_per_child", 0),
        ("parameter_servers", -1),
        *((name, 10**30) for name in ("max_children", "children_per_replica")),
        *((name, 10**30) for name in ("num_replicas", "seed", "max_hours")),
        *((name, 10**30) for name in ("patience", "devices_per_child")),
        *((name, 10**30) for name in ("max_params", "parameter_servers")),
    ],
)
def test_run_search_refuses_what_the_command_does(tmp_path, argument, value):
    with pytest.raises(UsageError, match=f"{argument}.*Received: {value!r}"):
        run_search(
            ToySpace(),
            ToyTask(),
            strategy="random_search",
            evaluator=ToyEvaluator(),
            run_dir=tmp_path / "run",
            **{"max_children": 1, argument: value},
        )
    assert not (tmp_path / "run").exists()


def test_a_space_too_deep_is_refused_before_anything_is_tried(folder):
    flags = ["--space=conv(num_layers=80)", "--task=digits", "--run_dir=new"]
    code, out, error = command(folder, *TOYS, *flags)
    assert (code, out) == (2, "")
    assert re.fullmatch("error: .*at most 62 anchors.*\n", error)
    assert not (folder / "new").exists()


@pytest.mark.parametrize(
    "space, task", [("conv", "pydoc_topics"), ("tree(units=4)", "digits")]
)
def test_a_space_for_another_kind_of_task_is_refused(folder, space, task):
    flags = [f"--space={space}", f"--task={task}", "--run_dir=new"]
    code, out, error = command(folder, *flags)
    assert (code, out) == (2, "")
    assert re.fullmatch("error: Expected a task of [^\n]*\n", error)
    assert not (folder / "new").exists()


def test_a_text_that_is_not_there_is_refused(folder):
    for task in ("text(path='nowhere.txt')", "ptb(data_dir='nowhere')"):
        flags = ["--space=tree(units=4)", f"--task={task}", "--run_dir=new"]
        code, out, error = command(folder, *flags)
        assert (code, out) == (2, "")
        assert re.fullmatch("error: Expected [^\n]*nowhere[^\n]*\n", error)
        assert not (folder / "new").exists()


def test_a_batch_larger_than_the_data_is_one_batch():
    task = registry.make("tasks", "digits(batch_size=5000)")
    ((inputs, targets),) = task.batches("train", 0, 0)
    assert len(inputs) == len(targets) == 900
