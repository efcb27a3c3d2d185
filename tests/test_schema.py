"""Every field of a run's files has a range, and a mistake names its place."""

import json

import pytest

from nas_tf.errors import UsageError
from nas_tf.runs import configuration
from nas_tf.runs import journal
from nas_tf.search.run_search import run_search
from tests.toy import ToyEvaluator
from tests.toy import ToySpace
from tests.toy import ToyTask

HUGE = 10**400
NO_NUMBER = (None, "1", [1], {}, True, HUGE, -HUGE)
NO_COUNT = (*NO_NUMBER, -1, 0.5, 2.0)
WRONG = {
    "trial_id": NO_COUNT,
    "proposal_id": NO_COUNT,
    "batch": NO_COUNT,
    "seed": NO_COUNT,
    "log_prob": NO_NUMBER,
    "reward": NO_NUMBER,
    "started": (*NO_NUMBER, -1, 1e300),
    "seconds": (*NO_NUMBER, 1e300),
    "status": (None, "good", 1, [], "OK", {}),
    "metrics": (None, [], 1, "", {"a": None}, {"a": "1"}, {"a": HUGE}),
    "spec": ("conv", 1, True),
    "params": ("1", -1, 0.5, HUGE, [1], True),
    "multiply_adds": ("1", -1, 0.5, HUGE, True),
    "error": (None, 1, []),
    "reused": ("0", -1, 1, 0.5, True, HUGE),
    "derived": ("no", 0, 1),
    "reports": (None, 1, "1", [None], ["1"], [[1]], [HUGE], {}),
    "actions": (
        *(None, 1, "01", {}, [None], ["0"], [0.0], [True], [-1]),
        *([HUGE], [99] * 9),
    ),
}
BATCH = {
    "batch": NO_COUNT,
    "updates": NO_COUNT,
    "redrawn": NO_COUNT,
    "proposals": (None, 1, "", {}, [], [1], [None], [{}]),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema") / "run"
    run_search(
        ToySpace(),
        ToyTask(),
        strategy="random_search",
        evaluator=ToyEvaluator(),
        run_dir=folder,
        max_children=4,
        children_per_replica=2,
    )
    return folder


@pytest.fixture
def edit(run):
    """Writes a file of the run for one test, and puts it back."""
    kept = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}

    def edited(name, content):
        (run / name).write_bytes(content)

    yield edited
    for path, content in kept.items():
        path.write_bytes(content)


def refused(run, match):
    before = {p: p.read_bytes() for p in run.iterdir() if p.is_file()}
    for read in (journal.read_trials, journal.read):
        with pytest.raises(UsageError, match=match) as caught:
            read(run)
        assert "\n" not in str(caught.value)
    assert {p: p.read_bytes() for p in run.iterdir() if p.is_file()} == before


def changed(run, name, line, **fields):
    """Returns a file of the journal with changed fields in one line."""
    lines = (run / name).read_text().splitlines(keepends=True)
    record = json.loads(lines[line]) | fields
    lines[line] = json.dumps(record) + "\n"
    return "".join(lines).encode()


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_of_a_trial_names_line_and_file(run, edit, field):
    for value in WRONG[field]:
        edit("trials.jsonl", changed(run, "trials.jsonl", 1, **{field: value}))
        refused(run, "line 2 of .*trials.jsonl.*Received: ")


@pytest.mark.parametrize("field", BATCH)
def test_a_wrong_field_of_a_batch_names_line_and_file(run, edit, field):
    for value in BATCH[field]:
        wrong = changed(run, "proposals.jsonl", 1, **{field: value})
        edit("proposals.jsonl", wrong)
        refused(run, "line 2 of .*proposals.jsonl.*Received: ")


def test_every_field_has_to_be_there(run, edit):
    lines = (run / "trials.jsonl").read_text().splitlines(keepends=True)
    record = json.loads(lines[0])
    for name in record.keys() - {"multiply_adds"}:
        less = {k: v for k, v in record.items() if k != name}
        edit("trials.jsonl", (json.dumps(less) + "\n").encode())
        refused(run, f"line 1 of .*Expected `{name}`")


def test_a_trial_has_the_actions_of_its_proposal(run, edit):
    actions = json.loads((run / "trials.jsonl").read_text().splitlines()[1])
    edit(
        "trials.jsonl",
        changed(run, "trials.jsonl", 1, actions=actions["actions"][:-1]),
    )
    refused(run, "belong to a proposal")


def test_a_batch_stands_once(run, edit):
    content = (run / "proposals.jsonl").read_bytes()
    edit("proposals.jsonl", content + content)
    refused(run, "Expected record 2 in line 3")


@pytest.mark.parametrize(
    "content",
    [b"NaN", b"{", b"[]", b"null", b"[" * 10_000, b'{"trial_id": Infinity}'],
)
def test_a_line_that_is_no_record_is_refused(run, edit, content):
    edit("trials.jsonl", content + b"\n")
    refused(run, "line 1 of .*trials.jsonl")


def test_only_a_torn_last_line_is_dropped(run, edit):
    content = (run / "trials.jsonl").read_bytes()
    edit("trials.jsonl", content + b'{"trial_id": 4, "pro')
    assert len(journal.read_trials(run)) == 4
    edit("trials.jsonl", content.replace(b"\n", b"\r"))
    refused(run, "carriage returns")
    edit("trials.jsonl", content.replace(b"\n", b"\r\n"))
    assert len(journal.read_trials(run)) == 4


@pytest.mark.parametrize(
    "fields",
    [
        {"space": 1},
        {"task": []},
        {"strategy": {"name": None}},
        {"evaluator": {}},
        {"seed": "0"},
        {"seed": -1},
        {"format": 2.0},
        {"measure": 3},
        {"decisions": 1},
        {"decisions": [{"type": "Categorical", "kind": "a", "size": HUGE}]},
        {"decisions": [{"type": "Categorical", "kind": 1, "size": 2}]},
        {"decisions": [{"type": "Categorical", "kind": "a", "size": "2"}]},
        {"decisions": [{"type": "Subset", "size": 2, "prior": "x"}]},
        {"decisions": [{"type": "Pointer", "size": 2, "labels": 1}]},
        {"start_from": [1]},
        {"start_from": [["0"]]},
        {"examples": 1e3},
    ],
    ids=str,
)
def test_a_wrong_field_of_a_configuration_names_the_file(run, edit, fields):
    path = run / configuration.FILE
    edit(path.name, json.dumps(json.loads(path.read_text()) | fields).encode())
    with pytest.raises(UsageError, match=f"{path}: Expected"):
        configuration.read(path)
