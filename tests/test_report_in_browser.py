"""Pages as a browser shows them, where there is Chromium."""

import html
import json
import pathlib
import re
import subprocess

import pytest

from nas_tf.report import compare_page
from nas_tf.report import run as runs
from tests.report_runs import make_runs
from tests.report_runs import page_of

CHROMIUM = pathlib.Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_runs(tmp_path_factory.mktemp("runs"))


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
    hidden: [...root.querySelectorAll(".box")]
      .filter(box => box.scrollWidth > box.clientWidth + 1)
      .map(box => box.textContent.trim().slice(0, 60)),
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
    found = run_on(MEASURE, text, tmp_path)
    for width in ("1280", "400"):
        measured = found[width]
        assert measured["inner"] == int(width)
        assert measured["scroll"] <= int(width)
        assert measured["pictures"] == text.count("<svg ")
        assert measured["cut"] == []
        # Nothing has to be scrolled to the side.
        assert measured["hidden"] == []
        # Pixels of a line of the smallest letters.
        assert measured["smallest"] > 7
    done = chromium((tmp_path / "page.html").as_uri(), tmp_path, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert "</footer>" in done.stdout
    assert requests_of(tmp_path / "page.html", tmp_path) == []


def run_on(wrapper, text, folder):
    """Returns what the script of a wrapper page says about a page."""
    script = json.dumps(text).replace("</", "<\\/")
    path = folder / "wrapper.html"
    path.write_text(wrapper.replace("PAGE", script, 1))
    done = chromium(
        path.as_uri(), folder, "--virtual-time-budget=5000", "--dump-dom"
    )
    found = re.search("MEASURED(.*)END", done.stdout, re.DOTALL).group(1)
    return json.loads(html.unescape(found))


# Sorts the table of all children, points at a dot, and clicks on it.
USE = """<!DOCTYPE html><body><script>
const page = PAGE;
async function use() {
  const frame = document.createElement("iframe");
  frame.style = "border: 0; width: 1280px; height: 1000px";
  const loaded = new Promise(done => frame.onload = done);
  frame.srcdoc = page;
  document.body.append(frame);
  await loaded;
  const root = frame.contentDocument;
  const say = {evil: frame.contentWindow.evil === 1, orders: []};
  const table = root.querySelector("tr[data-trial]").closest("table");
  for (const name of ["trial", "reward", "reward", "status"]) {
    [...table.querySelectorAll("button")].find(
      button => button.textContent === name).click();
    say.orders.push([...table.tBodies[0].rows].map(
      row => Number(row.dataset.trial)));
  }
  const dot = root.querySelector("use[data-trial]");
  dot.scrollIntoView();
  const box = dot.getBoundingClientRect();
  const place = {
    clientX: box.x + box.width / 2, clientY: box.y + box.height / 2,
    bubbles: true, pointerType: "mouse",
  };
  const PointerEvent = frame.contentWindow.PointerEvent;
  dot.dispatchEvent(new PointerEvent("pointermove", place));
  const tip = root.querySelector(".tip");
  say.tip = tip.hidden ? "" : tip.textContent;
  dot.dispatchEvent(new PointerEvent("click", place));
  say.chosen = [...root.querySelectorAll("tr.chosen")].map(
    row => row.dataset.trial);
  const svg = dot.closest("svg");
  svg.dispatchEvent(new PointerEvent("pointerleave", {}));
  say.hidden = tip.hidden;
  document.body.textContent = "MEASURED" + JSON.stringify(say) + "END";
}
use();
</script>"""


def test_tables_are_sorted_and_dots_say_what_they_are(folder, tmp_path):
    run = runs.read(folder / "random")
    text = page_of(folder / "random")
    # The policy of the page stops a script that is not its own.
    text = text.replace("<main>", "<main><script>evil = 1</script>", 1)
    found = run_on(USE, text, tmp_path)
    assert not found["evil"]
    by_trial, falling, rising, by_status = found["orders"]
    assert by_trial == list(range(len(run.trials)))
    rewards = [round(trial.reward, 4) for trial in run.trials]
    assert [rewards[n] for n in falling] == sorted(rewards, reverse=True)
    assert [rewards[n] for n in rising] == sorted(rewards)
    statuses = [trial.result.status for trial in run.trials]
    assert [statuses[n] for n in by_status] == sorted(statuses)
    [chosen] = found["chosen"]
    trial = run.trials[int(chosen)]
    lines = found["tip"].splitlines()
    assert f"trial {chosen}" in lines
    assert f"reward {trial.reward:.4f}" in lines
    assert f"architecture {run.describe_trial(trial)}" in lines
    assert found["hidden"]


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
