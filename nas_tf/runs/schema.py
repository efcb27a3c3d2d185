"""What the files of a run hold: the ranges of their fields.

Each function takes a JSON value and raises `UsageError` for the first field
that is missing or outside its range. Further fields are accepted, since later
versions may write some. The checks are those of the options of parts, so that
a mistake reads the same in a file and on a command line; a validator of JSON
schemas names neither the range nor the place in a sentence.
"""

from nas_tf import checks
from nas_tf import decisions as all_decisions
from nas_tf.errors import UsageError
from nas_tf.reading import shown
from nas_tf.trial import SIZES
from nas_tf.trial import STATUSES

# Seconds since 1970 at the end of the year 9999, the last one of `datetime`.
LAST_SECOND = 253402300799
# 300 years, in seconds.
LONGEST = 10**10
# What starts then has ended when `datetime` ends.
LAST_START = LAST_SECOND - LONGEST
LARGEST_SIZE = 2**63 - 1
# Every batch has an update at most.
MOST = 2**63 - 1


def is_object(record, what):
    """Raises `UsageError` unless a JSON value is an object.

    Args:
        record: JSON value.
        what: What it stands for, for the message.
    """
    if not isinstance(record, dict):
        raise UsageError(
            f"Expected {what}, a JSON object. Received: {shown(record)}"
        )


def batch(record):
    """Checks a line of `proposals.jsonl`."""
    is_object(record, "a batch of proposals")
    _has(record, "batch", "updates", "redrawn", "proposals")
    checks.whole(record, "batch", "updates", "redrawn", minimum=0, maximum=MOST)
    drawn = record["proposals"]
    checks.check(record, "proposals", _objects(drawn) and drawn != [], "a list")
    for each in drawn:
        proposal(each)
        if each["batch"] != record["batch"]:
            raise UsageError(
                f"Expected proposal {each['proposal_id']} to be of batch "
                f"{record['batch']}. Received: batch {each['batch']}"
            )
    lengths = {len(each["actions"]) for each in drawn}
    if len(lengths) > 1:
        raise UsageError(
            f"Expected equally many `actions` in all proposals of a batch. "
            f"Received: {min(lengths)} to {max(lengths)}"
        )


def proposal(record):
    """Checks the fields of a proposal."""
    is_object(record, "a proposal")
    _has(record, "proposal_id", "batch", "actions", "log_prob", "seed")
    checks.whole(record, "proposal_id", "batch", minimum=0, maximum=MOST)
    checks.whole(record, "seed", minimum=0, maximum=MOST)
    checks.number(record, "log_prob")
    actions = record["actions"]
    good = isinstance(actions, list) and all(
        checks.is_whole(action, 0) and action <= MOST for action in actions
    )
    checks.check(record, "actions", good, "a list of whole numbers from 0")


def trial(record):
    """Checks a line of `trials.jsonl` or `derived.jsonl`."""
    is_object(record, "a trial")
    proposal(record)
    _has(record, "trial_id", "status", "reward", "metrics", "spec", "params")
    _has(record, "started", "seconds", "error")
    checks.whole(record, "trial_id", minimum=0, maximum=MOST)
    checks.one_of(record, "status", STATUSES)
    checks.number(record, "reward")
    checks.text(record, "error")
    checks.number(record, "started", minimum=0, maximum=LAST_START)
    # Where a clock was set back, earlier versions wrote a negative duration.
    checks.number(record, "seconds", minimum=-LONGEST, maximum=LONGEST)
    metrics = record["metrics"]
    good = isinstance(metrics, dict) and all(
        checks.is_finite(value) for value in metrics.values()
    )
    checks.check(record, "metrics", good, "an object of finite numbers")
    good = record["spec"] is None or isinstance(record["spec"], (dict, list))
    checks.check(record, "spec", good, "null, an object or a list")
    for name in SIZES:
        # Earlier versions did not write all of them.
        if name in record:
            checks.whole(
                record, name, minimum=0, maximum=LARGEST_SIZE, optional=True
            )
    _optional(record)


def _optional(record):
    known = {"reused": None, "derived": None, **record}
    checks.whole(known, "reused", minimum=0, maximum=MOST, optional=True)
    reports = record.get("reports", [])
    good = isinstance(reports, list) and all(map(checks.is_finite, reports))
    checks.check({"reports": reports}, "reports", good, "a list of rewards")
    if known["derived"] is not None:
        checks.boolean(known, "derived")
    if known["reused"] is not None and known["reused"] >= record["trial_id"]:
        raise UsageError(
            f"Expected `reused` to be an earlier trial. Received: "
            f"{known['reused']} of trial {record['trial_id']}"
        )


def spent(record):
    """Checks `spent.json`."""
    is_object(record, "the seconds that a search has run")
    _has(record, "seconds", "children")
    checks.number(record, "seconds", minimum=0, maximum=LONGEST)
    checks.whole(record, "children", minimum=0, maximum=MOST)


def configuration(record):
    """Checks `configuration.json` of a search or a training."""
    is_object(record, "the configuration of a run")
    for name in ("space", "task", "strategy", "evaluator"):
        # Earlier versions wrote a class's name and its fields.
        good = isinstance(record.get(name), (str, dict, type(None)))
        if isinstance(record.get(name), dict):
            good = isinstance(record[name].get("name"), str)
        checks.check(
            {name: record.get(name)}, name, good, "a call string or null"
        )
    known = dict.fromkeys(_WHOLE + _TEXTS) | record
    checks.whole(known, *_WHOLE, minimum=0, maximum=MOST, optional=True)
    checks.text(known, *_TEXTS, optional=True)
    if record.get("decisions") is not None:
        all_decisions.from_json(record["decisions"])
    if record.get("start_from") is not None:
        rows = record["start_from"]
        good = isinstance(rows, list) and all(
            isinstance(row, list) and all(checks.is_whole(a, 0) for a in row)
            for row in rows
        )
        checks.check(record, "start_from", good, "a list of lists of actions")


_WHOLE = (
    "format",
    "seed",
    "examples",
    "children_per_replica",
    "max_params",
    "epochs",
    "trial_epochs",
)
_TEXTS = ("measure", "reward_formula", "oversize", "name")


def _has(record, *names):
    for name in names:
        if name not in record:
            raise UsageError(f"Expected `{name}`. Received: no such field")


def _objects(value):
    return isinstance(value, list) and all(isinstance(v, dict) for v in value)
