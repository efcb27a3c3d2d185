"""Tables and plots of experiments.nasnet."""

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches

WINDOW = 4
STRATEGIES = ("ppo", "random", "evolution")
# What the groups of trained networks are called on the page.
TITLES = {
    "ppo": "PPO's cells",
    "random": "random search's cells",
    "evolution": "evolution's cells",
    "first_drawn": "random cells",
    "nasnet_a": "NASNet-A's cells",
    "resnet": "ResNet, equal parameters",
    "resnet_of_equal_adds": "ResNet, multiply-adds as PPO's cells",
}


def write(folder, found, networks, ranking):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: List of searches.
        networks: List of trainings, named by group and seed.
        ranking: `Benchmark` of `benchmarks.ranking`.
    """
    groups = searches.by_strategy(found)
    plots.draw_searches(searches.stacked(groups), folder / "curves.png", WINDOW)
    readme = folder / "README.md"
    pages.fill(readme, "ranking", f"```\n{ranking.read().strip()}\n```")
    text = [searches.table(groups)]
    for theirs in ("random", "evolution"):
        text.append(searches.comparison(groups, "ppo", theirs))
    pages.fill(readme, "searches", "\n\n".join(text))
    trained = searches.by_strategy(networks)
    pages.fill(readme, "networks", _networks(trained))
    pages.fill(readme, "differences", _differences(trained))


def _networks(groups):
    header = ["network", "parameters", "multiply-adds in millions"]
    header += ["test accuracy of each seed", "mean", "seconds of training"]
    rows = []
    for name, group in groups.items():
        cards = [job.read() for job in group]
        scores = _scores(group)
        rows.append(
            [
                TITLES[name],
                _each(cards, lambda card: f"{card['parameters']:,}"),
                _each(cards, lambda card: f"{card['multiply_adds'] / 1e6:.1f}"),
                ", ".join(f"{score:.2f}" for score in scores),
                results.with_error(scores, 2),
                _each(cards, lambda card: f"{card['training_seconds']:.0f}"),
            ]
        )
    return pages.table(header, rows)


def _each(cards, shown):
    """Returns what each seed has, once if it is the same for all."""
    texts = [shown(card) for card in cards]
    return texts[0] if len(set(texts)) == 1 else " · ".join(texts)


def _differences(groups):
    titles = {**TITLES, "found": "all cells found"}
    found = [job for name in STRATEGIES for job in groups[name]]
    jobs = {**groups, "found": found}
    pairs = [
        ("ppo", "random"),
        ("ppo", "evolution"),
        *(("found", name) for name in ("first_drawn", "nasnet_a", "resnet")),
        ("ppo", "resnet_of_equal_adds"),
        ("nasnet_a", "resnet"),
    ]
    lines = []
    for ours, theirs in pairs:
        # What one seed gives and another one does not is no difference.
        seeds = _seeds(jobs[ours]) & _seeds(jobs[theirs])
        scores = [
            _scores(job for job in jobs[name] if job.flags["seed"] in seeds)
            for name in (ours, theirs)
        ]
        line = f"- {titles[ours]} minus {titles[theirs]}: "
        line += results.difference(*scores, 2)
        if len(seeds) == 1:
            line += f", seed {min(seeds)} alone"
        lines.append(line)
    return "\n".join(lines)


def _seeds(trainings):
    return {job.flags["seed"] for job in trainings}


def _scores(trainings):
    return [100 * job.read()["test"]["accuracy"] for job in trainings]
