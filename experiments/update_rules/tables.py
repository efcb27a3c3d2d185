"""Tables and plots of experiments.update_rules."""

import collections
import dataclasses

import numpy as np

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches
from experiments.update_rules import comparison
from nas_tf import registry
from nas_tf.specs.update_rule import UpdateRuleSpec

WINDOW = 20
# Rewards above which rules are counted.
LIMITS = {"digits": (0.2, 0.4), "cifar10": (0.2, 0.3)}
# What the test values are, and by what they are multiplied.
MEASURES = {
    "digits": ("accuracy on digits, %", 100),
    "cifar10": ("accuracy on CIFAR-10, %", 100),
    "v1": ("of a 15-layer network, %", 100),
    "nasnet": ("of NASNet cells, %", 100),
    "text": ("bits a character", 1),
}


def best_rules(found, count):
    """Returns the specs of the best different rules of some searches.

    Args:
        found: List of finished searches.
        count: How many.
    """
    best = {}
    for job in found:
        space = registry.make("spaces", job.flags_of_run()["space"])
        for trial in results.trials(job):
            key = space.key(trial.proposal.actions)
            reward, _ = best.get(key, (-1, None))
            if trial.ok and trial.reward > reward:
                best[key] = trial.reward, trial.result.spec
    # Of equal rewards, that found first.
    ranked = sorted(best.values(), key=lambda pair: -pair[0])
    return [
        dataclasses.replace(UpdateRuleSpec.from_json(spec), learning_rate=None)
        for _, spec in ranked[:count]
    ]


def write(folder, found, compared, count):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: Dict of a data set's name to its list of searches.
        compared: List of finished comparisons.
        count: How many rules of each data set were compared.
    """
    readme = folder / "README.md"
    for data, jobs in found.items():
        groups = searches.by_strategy(jobs)
        curves = folder / f"{data}.png"
        plots.draw_searches(searches.stacked(groups), curves, WINDOW)
        ours, theirs = groups
        text = [
            searches.table(groups),
            _counts(groups, LIMITS[data]),
            searches.comparison(groups, ours, theirs),
        ]
        pages.fill(readme, data, "\n\n".join(text))
    rules = {
        f"{data} {number}": spec.formula()
        for data, jobs in found.items()
        for number, spec in enumerate(best_rules(jobs, count), 1)
    }
    pages.fill(readme, "comparison", _table(compared, rules))


def _counts(groups, limits):
    header = ["strategy", "different rules"]
    header += [f"above {limit:.0%}".replace("%", " %") for limit in limits]
    rows = []
    for name, group in groups.items():
        trials = [trial for job in group for trial in results.trials(job)]
        space = registry.make("spaces", group[0].flags_of_run()["space"])
        keys = {space.key(trial.proposal.actions) for trial in trials}
        counts = [
            sum(trial.reward > limit for trial in trials) for limit in limits
        ]
        rows.append([name, f"{len(keys)} of {len(trials)}", *counts])
    return pages.table(header, rows)


def _table(compared, rules):
    values = collections.defaultdict(list)
    rates = collections.defaultdict(set)
    for job in compared:
        test = job.name.rsplit("_", 1)[0]
        for record in comparison.read(job.read()):
            key = record["optimizer"], test
            values[key].append(record["test"])
            rates[key].add(record["learning_rate"])
    header = ["optimizer"]
    for measure, _ in MEASURES.values():
        header += [measure, "rates"]
    titles = [f"{name}: `{formula}`" for name, formula in rules.items()]
    rows = []
    for name in dict.fromkeys(name for name, _ in values):
        row = [titles[int(name)] if name.isdigit() else name]
        for test, (_, scale) in MEASURES.items():
            row.append(_mean(values[name, test], scale))
            used = sorted(rate for rate in rates[name, test] if rate)
            row.append(", ".join(f"{rate:g}" for rate in used))
        rows.append(row)
    return pages.table(header, rows)


def _mean(values, scale):
    known = [value * scale for value in values if value is not None]
    failed = len(values) - len(known)
    text = results.with_error(np.array(known), 2) if known else ""
    return f"{text} ({failed} diverged)" if failed else text
