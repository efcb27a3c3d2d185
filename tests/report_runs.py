"""Runs to report about, and what any page about them has to be."""

import base64
import dataclasses
import hashlib
import html.parser
import json
import re

from nas_tf import trial
from nas_tf.report import run as runs
from nas_tf.report import run_page
from nas_tf.report.script import SCRIPT
from nas_tf.search.run_search import run_search
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy

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
        evaluator=kw.pop("evaluator", Guessed()),
        run_dir=folder,
        max_children=kw.pop("max_children", 64),
        **kw,
    )
    return folder


def make_runs(folder):
    """Makes runs: local and random search, two seeds, and a tree."""
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
        self.handlers = []
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
            if name.startswith("on"):
                self.handlers.append(name)
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
    # The policy admits the page's own script by its digest, and no other.
    assert page.tags.count("script") == 1 and "@import" not in text
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest())
    assert f"script-src 'sha256-{digest.decode()}'" in text
    assert f"<script>{SCRIPT}</script>" in text
    assert page.handlers == []
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        if not link.startswith("data:"):
            assert link.startswith("#") and link[1:] in page.ids
    return page


def page_of(path, rival=True, **kw):
    run = runs.read(path)
    return run_page.make(run, runs.find_random(run) if rival else None, **kw)


def make_trials(results, actions=None, batch_size=8):
    """Returns trials of results, in batches and in the order of proposing."""
    return [
        Trial(
            number,
            Proposal(
                number,
                number // batch_size,
                () if actions is None else tuple(actions[number]),
                0.0,
                0,
            ),
            result,
        )
        for number, result in enumerate(results)
    ]
