"""python -m nas_tf.report: pages that need nothing but themselves."""

import dataclasses
import html
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.archive import Archive
from nas_tf.archive import Batch
from nas_tf.errors import UsageError
from nas_tf.reporting import compare_page
from nas_tf.reporting import run as runs
from nas_tf.reporting import run_page
from nas_tf.search_loop import run_search
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from tests import toy

ROOT = pathlib.Path(__file__).parent.parent
CHROMIUM = pathlib.Path("/usr/bin/chromium")
EVIL = "<script>alert('&')</script> $x^2$"
VOID = {"meta", "link", "br", "img"}


@dataclasses.dataclass(frozen=True)
class Guessed(toy.ToyEvaluator):
    """As many parameters and as good as a digest of the actions says."""

    needs_task = False

    def evaluate(self, space, task, actions, seed):
        number = sum(a * (i + 3) for i, a in enumerate(actions)) % 101
        if number % 13 == 0:
            error = f"Traceback\nValueError: {EVIL}\x1b[0m\ud800"
            return Result(trial.ERROR, 0.0, error=error, started=1e9)
        return Result(
            trial.OK,
            number / 101,
            metrics={"val_accuracy": number / 101, "val_loss": 1.0},
            spec=space.decode(actions).to_json(),
            params=1000 + 17 * number,
            started=1e9 + seed % 1000,
            seconds=3.0,
        )


def search(folder, space="conv(num_layers=4)", strategy="random_search", **kw):
    run_search(
        space,
        strategy=strategy,
        evaluator=Guessed(),
        run_dir=folder,
        max_children=kw.pop("max_children", 64),
        **kw,
    )
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Runs beside each other: evolution and random search, and seeds."""
    folder = tmp_path_factory.mktemp("runs")
    search(folder / "digits", strategy="local_search", reuse_rewards=True)
    search(folder / "random", reuse_rewards=True)
    search(folder / "other_seed", seed=1, reuse_rewards=True)
    search(folder / "tree", "tree(units=8)")
    trained = folder / "digits" / "trained"
    for path, record in (
        (
            "model/model_card.json",
            {
                "measure": "quality",
                "test": {"loss": 0.1, "quality": 0.9875},
                "epochs": 3,
                "training_seconds": 90,
                "description": EVIL,
                "architecture": EVIL,
            },
        ),
        (
            "training/history.json",
            {
                "loss": [3.0, 2.0, 1.0],
                "val_loss": [3.0, None, 2.0],
                EVIL: [1, 2, float("nan")],
            },
        ),
    ):
        (trained / path).parent.mkdir(parents=True)
        (trained / path).write_text(json.dumps(record))
    return folder


class Page(html.parser.HTMLParser):
    """Checks that tags are balanced, and keeps what attributes say."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.tags = []
        self.ids = []
        self.links = []
        self.text = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "srcset", "action"):
                self.links.append(value)
            self.links += re.findall(r"url\(([^)]*)\)", value or "")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def check_alone(text):
    """Asserts that a page asks for nothing, and nothing twice."""
    page = Page(text)
    assert "http:" not in text and "https:" not in text
    assert "script" not in page.tags and "@import" not in text
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        if not link.startswith("data:"):
            assert link.startswith("#") and link[1:] in page.ids
    return page


def page_of(path, rival=True, **kw):
    run = runs.read(path)
    return run_page.make(run, runs.find_random(run) if rival else None, **kw)


def test_a_page_needs_nothing_else_and_shows_all_there_is(folder):
    text = page_of(folder / "digits", top_k=3)
    page = check_alone(text)
    shown = " ".join(page.text)
    archive = runs.read(folder / "digits")
    best = archive.best[0]
    assert f"Best reward {best.reward:.4f}" in shown
    assert "conv_net" not in shown and "LocalSearch" in shown
    assert "In grey random search, from the run random." in shown
    assert "The best 3 architectures" in shown
    for layer in best.result.spec["layers"]:
        height, width = layer["kernel"]
        assert f"{height}x{width}, {layer['filters']}" in shown
    for title in ("Rewards", "How the decisions moved", "Workers"):
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


def test_random_search_has_no_random_search_beside_it(folder):
    assert runs.find_random(runs.read(folder / "random")) is None
    # Other seeds, other spaces and broken runs are none of its kind.
    (folder / "broken").mkdir(exist_ok=True)
    shutil.copy(folder / "random" / "configuration.json", folder / "broken")
    (folder / "broken" / "trials.jsonl").write_text("{}\n")
    found = runs.find_random(runs.read(folder / "digits"))
    assert found.name == "random"
    shutil.rmtree(folder / "broken")


def test_a_tree_is_drawn_with_its_equations(folder):
    run = runs.read(folder / "tree")
    page = check_alone(run_page.make(run))
    shown = "\n".join(page.text)
    for equation in run.space.decode(run.best[0].proposal.actions).equations():
        assert equation in shown


def test_a_space_that_is_not_here_costs_the_drawings_only(tmp_path):
    search(tmp_path / "toy", toy.ToySpace())
    text = page_of(tmp_path / "toy")
    check_alone(text)
    assert "There are no drawings" in text
    assert "How the decisions moved" not in text
    # With its name it is found.
    (tmp_path / "toy" / "flags.txt").write_text("--space=tests.toy_space\n")
    text = page_of(tmp_path / "toy")
    check_alone(text)
    assert "There are no drawings" not in text
    assert "How the decisions moved" in text


def test_one_child_is_enough(tmp_path):
    space = registry.make("spaces", "nasbench201")
    configuration = {"space": registry.configuration(space), "seed": 0}
    with Archive(tmp_path, configuration) as archive:
        proposal = Proposal(0, 0, (0, 1, 2, 3, 4, 0), -1.0, 0)
        archive.add_batch(Batch(0, 0, 0, (proposal,)))
        spec = space.decode(proposal.actions).to_json()
        archive.add_trial(proposal, Result(trial.OK, 0.5, spec=spec))
    text = page_of(tmp_path)
    check_alone(text)
    assert "The best architecture" in text
    assert "one batch, so nothing moved" in text


def test_twenty_thousand_children_make_no_larger_a_page(tmp_path):
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
        for number in range(20_000)
    ]
    lines = [{**line, "actions": _row(space, line)} for line in lines]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "trials.jsonl").write_text(text)
    record = {"space": registry.configuration(space), "seed": 0}
    (tmp_path / "configuration.json").write_text(json.dumps(record))
    text = page_of(tmp_path, rival=False)
    check_alone(text)
    assert len(text) < 1_500_000
    assert "Of 20,000 children 1,500 are drawn as dots" in text


def _row(space, line):
    number = line["trial_id"]
    return [number // 8 % decision.num_actions for decision in space.decisions]


def test_runs_that_differ_in_their_seeds_are_a_group(folder):
    found = [
        runs.read(folder / name) for name in ("digits", "random", "other_seed")
    ]
    text = compare_page.make(found)
    page = check_alone(text)
    shown = " ".join(page.text)
    assert "3 runs in 2 groups" in shown
    assert "95 % confidence interval of the mean, by Student's t" in shown
    assert "LocalSearch" in shown and "RandomSearch" in shown
    assert shown.count("±") == 3  # two cells of one group, and the note


def test_groups_are_named_for_what_sets_them_apart(tmp_path):
    found = [
        runs.read(search(tmp_path / "a", max_children=8)),
        runs.read(search(tmp_path / "b", "conv(num_layers=5)", max_children=8)),
    ]
    shown = " ".join(Page(compare_page.make(found)).text)
    assert "Conv(num_layers=4)" in shown and "Conv(num_layers=5)" in shown


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda path: None, "Expected a run directory. Received: "),
        (
            lambda path: (path / "trials.jsonl").write_text(""),
            "Expected a run with a child that finished. Received: ",
        ),
        (
            lambda path: (path / "trials.jsonl").write_text("{}\n"),
            "Expected record 0 in line 1 of ",
        ),
    ],
)
def test_what_is_no_run_is_refused(tmp_path, make, reason):
    make(tmp_path)
    with pytest.raises(UsageError, match=reason):
        runs.read(tmp_path)


def test_a_run_without_configuration_is_refused(folder, tmp_path):
    shutil.copy(folder / "random" / "trials.jsonl", tmp_path)
    with pytest.raises(UsageError, match=r"Expected configuration\.json"):
        runs.read(tmp_path)


def test_random_has_to_be_random_search_for_the_same(folder):
    run = runs.read(folder / "digits")
    with pytest.raises(UsageError, match="with the space of"):
        runs.check_random(run, runs.read(folder / "tree"))
    with pytest.raises(UsageError, match="a run of random search"):
        runs.check_random(runs.read(folder / "random"), run)


# The command where there is no TensorFlow and no Keras.
COMMAND = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("tensorflow", "keras", "jax", "torch"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from nas_tf import commands, report
commands.run(report.main)
"""


def command(*arguments, cwd=ROOT):
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_needs_neither_tensorflow_nor_keras(folder):
    done = command(folder / "digits", "--top_k=1")
    assert done.returncode == 0, done.stderr
    output = folder / "digits" / "report.html"
    assert done.stdout == f"{output}\n"
    assert "The best architecture" in output.read_text()
    assert not output.with_name("report.html.partial").exists()
    output.unlink()


def test_the_command_compares(folder, tmp_path):
    paths = [folder / "random", folder / "other_seed"]
    done = command("--compare", *paths, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "compare.html\n"
    check_alone((tmp_path / "compare.html").read_text())


def test_mistakes_are_one_line(folder, tmp_path):
    good = folder / "random"
    for arguments, reason in (
        ([], "Expected directories of runs"),
        ([tmp_path], "Expected a run directory"),
        ([good, f"--output={tmp_path}/no/where.html"], "can be written"),
        ([good, good, "--output=page.html"], "Expected one run with --output"),
        (["--compare", good, good], "Expected each run once"),
    ):
        done = command(*arguments, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith("error: ") and reason in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


# Puts a page into a frame of each width and says what does not fit.
MEASURE = """<!DOCTYPE html><body><script>
const page = PAGE;
const say = {};
async function measure(width) {
  const frame = document.createElement("iframe");
  frame.style = `border: 0; width: ${width}px; height: 1000px`;
  const loaded = new Promise(done => frame.onload = done);
  frame.srcdoc = page;
  document.body.append(frame);
  await loaded;
  const root = frame.contentDocument;
  for (const one of root.querySelectorAll("details")) one.open = true;
  const cut = [];
  for (const text of root.querySelectorAll("svg text")) {
    const inner = text.getBoundingClientRect();
    const outer = text.closest("svg").getBoundingClientRect();
    if (inner.left < outer.left - 1 || inner.right > outer.right + 1 ||
        inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1)
      cut.push(text.textContent);
  }
  say[width] = {
    inner: frame.contentWindow.innerWidth,
    scroll: root.documentElement.scrollWidth,
    pictures: root.querySelectorAll("svg").length,
    cut: cut,
    smallest: Math.min(...[...root.querySelectorAll(".chart svg text")].map(
      text => text.getBoundingClientRect().height)),
  };
}
measure(1280).then(() => measure(400)).then(() => {
  document.body.textContent = "MEASURED" + JSON.stringify(say) + "END";
});
</script>"""


def chromium(url, folder, *flags):
    return subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--window-size=1400,1200",
            f"--user-data-dir={folder / 'profile'}",
            *flags,
            url,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
@pytest.mark.parametrize("name", ["digits", "tree", "compare"])
def test_a_browser_shows_it_on_a_desk_and_on_a_telephone(
    folder, tmp_path, name
):
    if name == "compare":
        both = [runs.read(folder / n) for n in ("random", "other_seed")]
        text = compare_page.make(both)
    else:
        text = page_of(folder / name)
    (tmp_path / "page.html").write_text(text)
    script = json.dumps(text).replace("</", "<\\/")
    wrapper = tmp_path / "measure.html"
    wrapper.write_text(MEASURE.replace("PAGE", script, 1))
    done = chromium(
        wrapper.as_uri(), tmp_path, "--virtual-time-budget=5000", "--dump-dom"
    )
    found = re.search("MEASURED(.*)END", done.stdout, re.DOTALL).group(1)
    found = json.loads(html.unescape(found))
    for width in ("1280", "400"):
        measured = found[width]
        assert measured["inner"] == int(width)
        assert measured["scroll"] <= int(width)
        assert measured["pictures"] == text.count("<svg ")
        assert measured["cut"] == []
        # Pixels of a line of the smallest letters.
        assert measured["smallest"] > 7
    done = chromium((tmp_path / "page.html").as_uri(), tmp_path, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert "</footer>" in done.stdout
    assert requests_of(tmp_path / "page.html", tmp_path) == []


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium")
def test_a_request_would_be_seen(tmp_path):
    url = "http://127.0.0.1:9/picture.png"
    (tmp_path / "page.html").write_text(f'<!DOCTYPE html><img src="{url}">')
    assert requests_of(tmp_path / "page.html", tmp_path) == [url]


def requests_of(page, folder):
    """Returns the addresses that a page, not the browser itself, asks for."""
    log = folder / "net.json"
    chromium(page.as_uri(), folder, "--dump-dom", f"--log-net-log={log}")
    found = [
        event["params"]
        for event in json.loads(log.read_text())["events"]
        if "initiator" in event.get("params", {})
    ]
    return [
        params["url"]
        for params in found
        if params["initiator"] != "not an origin"
    ]
