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
