"""Tables and plots of experiments.cifar10."""

import numpy as np

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches
from nas_tf import registry

WINDOW = 32
CHILDREN = 256
# From how many parameters a network counts as large in this space.
LARGE = 20_000


def write(folder, found, winners, resnets, ranking):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: List of searches.
        winners: List of trainings, one per search.
        resnets: List of trainings of residual networks of the same sizes.
        ranking: `Benchmark` of `benchmarks.ranking`.
    """
    groups = searches.by_strategy(found)
    plots.draw_searches(searches.stacked(groups), folder / "curves.png", WINDOW)
    readme = folder / "README.md"
    pages.fill(readme, "ranking", f"```\n{ranking.read().strip()}\n```")
    pages.fill(
        readme,
        "searches",
        searches.table(groups) + "\n\n" + searches.comparison(groups),
    )
    pages.fill(readme, "winners", _winners(winners, resnets))
    pages.fill(readme, "what makes a reward", _what_counts(groups))


def _winners(winners, resnets):
    header = [
        "winner of",
        "parameters",
        "multiply-adds",
        "validation",
        "test",
        "ResNet's parameters",
        "multiply-adds",
        "test",
    ]
    rows = []
    for winner, resnet in zip(winners, resnets):
        ours, theirs = winner.read(), resnet.read()
        rows.append(
            [
                winner.name,
                f"{ours['parameters']:,}",
                f"{ours['multiply_adds']:,}",
                _percent(ours, "valid"),
                _percent(ours, "test"),
                f"{theirs['parameters']:,}",
                f"{theirs['multiply_adds']:,}",
                _percent(theirs, "test"),
            ]
        )
    groups = searches.by_strategy(winners)
    scores = {name: _scores(group) for name, group in groups.items()}
    ours, theirs = _scores(winners), _scores(resnets)
    lines = [
        f"- {name}: {results.with_error(values, 2)} %"
        for name, values in {**scores, "ResNets": theirs}.items()
    ]
    pair = scores["reinforce"], scores["random"]
    lines += [
        f"- reinforce minus random: {results.difference(*pair, 2)}",
        f"- a winner minus its ResNet: "
        f"{results.with_error(np.subtract(ours, theirs), 2)}",
    ]
    return pages.table(header, rows) + "\n\n" + "\n".join(lines)


def _scores(trainings):
    return [100 * job.read()["test"]["accuracy"] for job in trainings]


def _percent(card, split):
    return f"{100 * card[split]['accuracy']:.2f}"


def _what_counts(groups):
    """Returns how rewards correlate with properties of networks, as text.

    The correlations are over the networks of random search. It draws every
    choice independently, whereas a controller's preferences would correlate
    the properties with each other.
    """
    flags = groups["random"][0].flags_of_run()
    space = registry.make("spaces", flags["space"])
    task = registry.make("tasks", flags["task"])
    trials = [t for job in groups["random"] for t in results.trials(job)]
    late = [
        trial
        for job in groups["reinforce"]
        for trial in results.trials(job)[-(CHILDREN // 3) :]
    ]
    rewards = np.array([trial.reward for trial in trials])
    features = _features(space, task, trials)
    chosen = _features(space, task, late)
    rows = [
        [
            name,
            f"{searches.ranks(values, rewards):+.2f}",
            f"{np.mean(values):,.1f}",
            f"{np.mean(chosen[name]):,.1f}",
        ]
        for name, values in features.items()
    ]
    header = ["of a network", "Spearman with reward", "mean at random"]
    header += ["mean of the controller's last thirds"]
    large = np.array(features["parameters"]) >= LARGE
    lines = [
        f"- of the variance of {len(trials)} random networks' rewards a sum "
        f"over single choices explains "
        f"{searches.explained_by_choices(space, trials):.0%}",
        f"- the best of all {len(trials)} has {rewards.max():.4f}, after "
        f"{sum(features['seconds']) / 60:.0f} minutes of training",
        f"- the {large.sum()} of them with {LARGE:,} parameters or more have "
        f"{results.with_error(rewards[large], 4)}; the controller's last "
        f"thirds {results.with_error([t.reward for t in late], 4)}",
    ]
    return pages.table(header, rows) + "\n\n" + "\n".join(lines)


def _features(space, task, trials):
    """Returns a dict of a property's name to its value for each trial."""
    specs = [space.decode(trial.proposal.actions) for trial in trials]
    costs = [space.cost(spec, task) for spec in specs]
    return {
        "parameters": [cost.params for cost in costs],
        "multiply-adds": [cost.multiply_adds for cost in costs],
        "mean area of a filter": [_mean(_area, spec) for spec in specs],
        "mean number of filters": [_mean(_filters, spec) for spec in specs],
        "layers read": [sum(_each(_inputs, spec)) for spec in specs],
        "outputs averaged": [len(spec.outputs) for spec in specs],
        "seconds": [trial.result.seconds for trial in trials],
    }


def _each(value, spec):
    return [value(layer) for layer in spec.layers]


def _mean(value, spec):
    return np.mean(_each(value, spec))


def _area(layer):
    return layer.kernel[0] * layer.kernel[1]


def _filters(layer):
    return layer.filters


def _inputs(layer):
    return len(layer.inputs)
