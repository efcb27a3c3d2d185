"""Pages about runs: all there is, from nothing but the run, as text."""

import dataclasses
import json
import re

import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.report import compare_page
from nas_tf.report import run as runs
from nas_tf.report import run_page
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.search.run_search import run_search
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from tests import toy
from tests.report_runs import EVIL
from tests.report_runs import Guessed
from tests.report_runs import Page
from tests.report_runs import check_alone
from tests.report_runs import make_runs
from tests.report_runs import page_of
from tests.report_runs import search


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_runs(tmp_path_factory.mktemp("runs"))


def test_a_page_needs_nothing_else_and_shows_all_there_is(folder):
    text = page_of(folder / "digits", top_k=3)
    page = check_alone(text)
    shown = " ".join(page.text)
    archive = runs.read(folder / "digits")
    best = archive.best[0]
    assert f"Reward {best.reward:.4f}" in shown
    assert "conv by local_search" in shown
    assert "Grey: random search, from the run random." in shown
    assert "The best 3 architectures" in shown
    for layer in best.result.spec["layers"]:
        height, width = layer["kernel"]
        assert f"{height}x{width}, {layer['filters']}" in shown
    for title in (
        "Progress",
        "Which decisions matter",
        "How the decisions changed",
        "All children",
        "Workers",
    ):
        assert title in shown
    assert "filter_height 3" in shown
    assert "The winner, trained in full" in shown
    assert "0.9875" in shown and "90 seconds" in shown
    assert len(re.findall("<svg ", text)) == text.count('role="img"') >= 10


def test_what_a_run_says_is_text_and_not_html(folder):
    text = page_of(folder / "digits")
    assert EVIL not in text
    page = check_alone(text)
    assert f"ValueError: {EVIL}?[0m?" in page.text
    # Of the card, of a chart and of what stands below it.
    assert EVIL in page.text
    assert sum(EVIL in text for text in page.text) >= 3
    text.encode("utf-8")


def test_failures_are_counted(folder):
    page = Page(page_of(folder / "random"))
    trials = runs.read(folder / "random").trials
    failed = sum(not t.ok for t in trials)
    assert failed > 0
    shown = page.text
    place = shown.index("error", shown.index("Failures"))
    assert shown[place + 1] == str(failed)
    assert f"64, {failed} failed" in " ".join(shown)


def test_a_tree_is_drawn_with_its_equations(folder):
    run = runs.read(folder / "tree")
    page = check_alone(run_page.make(run))
    shown = "\n".join(page.text)
    for equation in run.space.decode(run.best[0].proposal.actions).lines():
        assert equation in shown


def test_choices_of_a_space_of_ones_own_are_drawn_without_it(tmp_path):
    search(tmp_path / "toy", toy.ToySpace(), max_children=16)
    # The name that the search was started with is not imported.
    (tmp_path / "toy" / "flags.txt").write_text("--space=no.such.module\n")
    run = runs.read(tmp_path / "toy")
    assert run.space is None
    text = page_of(tmp_path / "toy")
    shown = " ".join(check_alone(text).text)
    best = toy.ToySpace().decode(run.best[0].proposal.actions)
    assert best.describe() in shown
    assert "without drawings" not in shown
    assert text.count('<figure class="drawing">') == len(run.best[:5])


def test_a_spec_of_a_foreign_class_costs_its_drawings_only(tmp_path):
    run_search(
        toy.ToySpace(),
        strategy="random_search",
        evaluator=OwnSpecs(),
        run_dir=tmp_path,
        max_children=8,
    )
    text = page_of(tmp_path)
    shown = " ".join(check_alone(text).text)
    assert shown.count("without drawings") == 1
    assert '{"mine": [' in shown
    assert '<figure class="drawing">' not in text


@dataclasses.dataclass(frozen=True)
class OwnSpecs(Guessed):
    """Its results hold specs of no class of the package."""

    def evaluate(self, space, task, actions, seed):
        result = super().evaluate(space, task, actions, seed)
        return dataclasses.replace(result, spec={"mine": list(actions)})


def test_what_nobody_knows_has_no_column(tmp_path):
    search(tmp_path / "a", toy.ToySpace(), max_children=8)
    page = page_of(tmp_path / "a")
    # The evaluator gives parameters, but nothing called "quality".
    assert ">parameters</th>" in page and ">quality</th>" not in page
    page = compare_page.make([runs.read(tmp_path / "a")])
    assert ">best reward</th>" in page and ">quality</th>" not in page


def test_one_child_is_enough(tmp_path):
    space = registry.make("spaces", "nasbench201")
    configuration = {"space": registry.call_string(space), "seed": 0}
    with Archive(tmp_path, configuration) as archive:
        proposal = Proposal(0, 0, (0, 1, 2, 3, 4, 0), -1.0, 0)
        archive.add_batch(Batch(0, 0, 0, (proposal,)))
        spec = space.decode(proposal.actions).to_json()
        archive.add_trial(proposal, Result(trial.OK, 0.5, spec=spec))
    text = page_of(tmp_path)
    check_alone(text)
    assert "The best architecture" in text
    assert "in one batch, so there is no change to show" in text


@pytest.mark.parametrize(
    "count, largest",
    [(2000, 1.4e6), pytest.param(20_000, 2.5e6, marks=pytest.mark.slow)],
)
def test_a_page_of_many_children_has_limits(tmp_path, count, largest):
    space = registry.make("spaces", "conv(num_layers=4)")
    spec = {"of": "all"}
    lines = [
        trial.Trial(
            number,
            Proposal(number, number // 8, (number % 4,) * 16, 0.0, 0),
            Result(
                trial.OK,
                number * 7919 % 20_011 / 20_011,
                spec={**spec, "number": number % 50},
                params=number * 104_729 % 99_991 + 1,
                started=1e9 + number,
                seconds=1.0,
            ),
        ).to_json()
        for number in range(count)
    ]
    lines = [{**line, "actions": _row(space, line)} for line in lines]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "trials.jsonl").write_text(text)
    record = {"space": registry.call_string(space), "seed": 0}
    (tmp_path / "configuration.json").write_text(json.dumps(record))
    text = page_of(tmp_path, rival=False)
    check_alone(text)
    assert len(text) < largest
    cut = "These are the best 5,000 of 20,000 children"
    assert (cut in text) == (count > 5000)
    assert f"Only 1,500 of {count:,} children are drawn as dots" in text


def _row(space, line):
    number = line["trial_id"]
    return [number // 8 % decision.num_actions for decision in space.decisions]


def test_a_search_that_grows_has_decisions_that_come_later(tmp_path):
    space = "conv(num_layers=12, start_layers=2, grow_by=5, grow_every=16)"
    search(tmp_path / "grows", space, max_children=96)
    text = page_of(tmp_path / "grows")
    shown = " ".join(check_alone(text).text)
    assert "8 and more" in shown
    assert "not made" in shown


LABEL = "a\ud800b\u202ec"
LARGEST = 2**63 - 1
# What a line of a journal says, and a word of the line that refuses it, or None
# if a page shows it.
UNUSUAL = [
    ({"reward": 1e308}, "which charts can show"),
    ({"reward": -1e308}, "which charts can show"),
    ({"reward": 10**300}, "which charts can show"),
    ({"reward": 10**400}, "`reward`|reward"),
    ({"reward": 1e99}, None),
    ({"reward": 10**30}, None),
    ({"reward": 5e-324}, None),
    ({"params": 10**400}, "params"),
    ({"params": "12"}, "params"),
    ({"params": LARGEST, "multiply_adds": LARGEST}, None),
    ({"params": 0, "multiply_adds": None}, None),
    ({"seconds": 1e300}, "seconds"),
    ({"started": 1e300}, "started"),
    ({"started": 253402300799}, "started"),
    ({"seconds": 1e10, "started": 243402300799}, None),
    ({"metrics": {LABEL: 1e308, "": 5e-324}}, None),
    ({"error": LABEL, "spec": [LABEL, {LABEL: [1e308, 10**400]}]}, None),
]


def test_unusual_values_are_shown_or_refused_in_one_line(tmp_path):
    run = search(tmp_path / LABEL[-1], toy.ToySpace(), max_children=12)
    journal = run / "trials.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]

    def write(changes):
        changed = [line | more for line, more in zip(lines, changes)]
        text = "".join(json.dumps(line) + "\n" for line in changed)
        journal.write_text(text)

    for values, word in UNUSUAL:
        if word:
            # The last trial stays as it was.
            write([values] * (len(lines) - 1) + [{}])
            with pytest.raises(UsageError, match=word) as error:
                runs.read(run)
            assert "\n" not in str(error.value) and len(str(error.value)) < 1000
    shown = [values for values, word in UNUSUAL if not word]
    write([*shown, *[{}] * (len(lines) - len(shown))])
    read = runs.read(run)
    for page in (run_page.make(read), compare_page.make([read])):
        check_alone(page)
        page.encode("utf-8")
        assert "\u202e" not in page and not re.search(r">-?inf<", page)
