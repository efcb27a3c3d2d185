"""A result as text and as a piece of a notebook."""

from nas_tf.report import wording
from nas_tf.report.html import escape
from nas_tf.runs.tally import underived

# Longer descriptions are cut, so that a row stays a row.
WIDTH = 160


def facts(result):
    """Returns what a search came to, a list of short texts.

    Args:
        result: `SearchResult`.
    """
    count = len(result.trials)
    found = [f"{count:,} child" if count == 1 else f"{count:,} children"]
    if result.tally.failed:
        found.append(f"{result.tally.failed:,} failed")
    best = result.best()
    if best:
        found.append(f"best {measured(result, best[0])}")
    elif underived(result.trials):
        found.append("none derived yet")
    elif count:
        found.append("none successful")
    found.append(duration(result.seconds))
    if result.interrupted:
        found.append("interrupted")
    return found


def measured(result, trial):
    """Returns a trial's measure as text, such as "accuracy 98.20%"."""
    value = result.measured(trial)
    if value is None:
        return f"reward {trial.reward:.4f}"
    return f"{_words(result.measure)} {result.show(value)}"


def html(result, count=5):
    """Returns a line and a table of the best trials as HTML.

    Args:
        result: `SearchResult`.
        count: Largest number of rows. Default: 5.
    """
    head = ["trial", _words(result.measure), "reward", "parameters"]
    lines = [
        f"<p><b>{escape('Search')}</b>: {escape(', '.join(facts(result)))}"
        + (
            f"<br>{escape(result.run_dir)}"
            if result.run_dir is not None
            else ""
        )
        + "</p>"
    ]
    rows = [_row(result, trial) for trial in result.best(count)]
    if rows:
        lines += [
            "<table>",
            _tagged("th", [*head, "architecture"]),
            *(_tagged("td", row) for row in rows),
            "</table>",
        ]
    return "\n".join(lines)


def duration(seconds):
    """Returns a time in words, such as "2 min 5 s"."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _row(result, trial):
    value, params = result.measured(trial), trial.result.params
    text = result.describe(trial)
    return [
        str(trial.trial_id),
        "-" if value is None else result.show(value),
        f"{trial.reward:.4f}",
        "-" if params is None else f"{params:,}",
        text if len(text) <= WIDTH else text[: WIDTH - 3] + "...",
    ]


def _tagged(tag, cells):
    inside = "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells)
    return f"<tr>{inside}</tr>"


def _words(measure):
    return wording.words(measure) or "measure"
