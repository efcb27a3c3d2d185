"""Shows one run: nas_tf show RUN.

RUN is the directory of a search or of a training. It shows what is searched,
the best architectures, why children failed, and the training of the winner.
Nothing is written.
"""

import datetime

from nas_tf import layout
from nas_tf import registry
from nas_tf.cli import status
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.registry import options
from nas_tf.report import trained
from nas_tf.report import wording
from nas_tf.report import work
from nas_tf.runs import configuration
from nas_tf.runs import directory
from nas_tf.runs.tally import underived
from nas_tf.search import console
from nas_tf.search import header

PARTS = ("space", "task", "strategy", "evaluator")
MODEL = "model"


def main(argv):
    """See the module."""
    if len(argv) != 2:
        raise UsageError(
            f"Expected one directory of a run. Received: "
            f"{' '.join(argv[1:]) or 'none'}"
        )
    path = places.local(argv[1])
    if not directory.is_run(path) and (training := trained.read(path)):
        print(_training(training, path))
        return
    run = status.read(path)
    winner = trained.read(run.path / trained.FOLDER, run.task)
    said = [
        _heading(run, path),
        _facts(run),
        _table(run),
        _sureness(run),
        _failures(run),
        _training(winner, path / trained.FOLDER) if winner else "",
    ]
    print("\n\n".join(filter(None, said)))


def _heading(run, path):
    words = [status.of(run), f"{status.children(run)} children"]
    times = work.work(run.trials)
    if times is not None:
        began = datetime.datetime.fromtimestamp(times.began)
        words += [f"{layout.span(times.seconds)} since {began:%Y-%m-%d %H:%M}"]
    return f"{path}: {', '.join(filter(None, words))}"


def _facts(run):
    facts = {}
    for name in PARTS:
        call = run.part(name)
        if call != configuration.NONE:
            facts[name] = _short(name, call)
    if run.decisions is not None:
        facts["size"] = header.size(run.decisions)
    facts["seed"] = str(run.seed)
    for name in ("max_params", "reuse_rewards"):
        if run.configuration.get(name):
            facts[name] = str(run.configuration[name])
    return "\n".join(
        layout.shortened(f"{f'{name}:':<13}{text}", layout.width())
        for name, text in facts.items()
    )


def _short(name, call):
    """Returns a call string without the options that are at their default."""
    package = configuration.PARTS[name]
    try:
        part, given = registry.parse_call(call)
        known = options.describe(package, part).options
    except UsageError:
        return call
    defaults = {option.name: option.default for option in known}
    return registry.render(
        part, {k: v for k, v in given.items() if repr(v) != defaults.get(k)}
    )


def _table(run):
    if not run.best:
        if underived(run.trials):
            return layout.paragraph(console.NOTHING_DERIVED)
        return "No child was successful yet."
    trials = run.best[:5]
    texts = [run.describe_trial(trial) for trial in trials]
    lines = console.rows(trials, texts, run.measure_name, run.show)
    if run.reward_formula:
        lines += f"\n\nThe reward is {run.reward_formula}."
    return lines


def _sureness(run):
    if not run.best:
        return ""
    best = run.best[0]
    interval = run.measure.interval(run.measure.of(best))
    if not interval:
        return ""
    return layout.paragraph(
        f"Trial {best.trial_id} has a {run.measure.name} of "
        f"{run.measure.text(best)} on {run.examples:,} examples; the 95 % "
        f"interval is {interval}."
    )


def _failures(run):
    if not run.failed:
        return ""
    of_what = f"{run.children:,} children"
    if run.derived:
        of_what += f" and {run.derived:,} derived"
    lines = [f"{run.failed:,} of {of_what} failed:"]
    return "\n".join(lines + console.failures(run.trials))


def _training(winner, path):
    """Returns lines about a full training, finished or not."""
    epochs = max((len(v) for v in winner.history.values()), default=0)
    if not winner.card:
        return f"Trained for {epochs} epochs in {path}, not exported yet."
    name = wording.words(winner.measure_name)
    epochs = winner.card.get("epochs", epochs)
    lines = [f"Trained for {epochs} epochs: {path / MODEL}"]
    for split in ("valid", "test"):
        score = winner.score(split)
        if score:
            interval = winner.interval(split)
            sure = f", 95 % interval {interval}" if interval else ""
            lines.append(f"  {split} {name} {score}{sure}")
    return "\n".join(lines)
