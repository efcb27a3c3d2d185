"""Tables and plots of experiments.nas_conv_v1."""

import json

from matplotlib import pyplot

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches


def write(folder, ablation, larger, again=None):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        ablation: List of trainings named by variant and seed, as "none_0".
        larger: List of trainings of larger networks.
        again: Second run of `ablation` with different rounding, or None.
    """
    groups = searches.by_strategy(ablation)
    _draw(groups, folder / "curves.png")
    readme = folder / "README.md"
    pages.fill(readme, "ablation", _ablation(groups))
    pages.fill(readme, "larger", _larger(larger))
    pages.fill(
        readme,
        "again",
        "Not run."
        if again is None
        else _again(groups, searches.by_strategy(again)),
    )


def _test(job):
    return 100 * job.read()["test"]["accuracy"]


def _scores(groups):
    return {
        name: [_test(job) for job in group] for name, group in groups.items()
    }


def _shown(name):
    return name.replace("_", " ")


def _ablation(groups):
    header = ["skip connections", "parameters", "multiply-adds"]
    header += ["test accuracy of each seed", "mean", "minus as found"]
    scores = _scores(groups)
    rows = []
    for name, group in groups.items():
        card = group[0].read()
        rows.append(
            [
                _shown(name),
                f"{card['parameters']:,}",
                f"{card['multiply_adds']:,}",
                *_row(name, scores),
            ]
        )
    return pages.table(header, rows)


def _row(name, scores):
    return [
        ", ".join(f"{score:.2f}" for score in scores[name]),
        results.with_error(scores[name], 2),
        _minus_as_found(name, scores),
    ]


def _minus_as_found(name, scores):
    if name == "as_found":
        return ""
    return results.difference(scores[name], scores["as_found"], 2)


def _again(groups, again):
    header = ["skip connections", "test accuracy of each seed", "mean"]
    header += ["minus as found", "with the first ones: minus as found"]
    first, second = _scores(groups), _scores(again)
    both = {name: first[name] + second[name] for name in second}
    return pages.table(
        header,
        [
            [_shown(name), *_row(name, second), _minus_as_found(name, both)]
            for name in second
        ],
    )


def _larger(larger):
    header = ["network", "parameters", "multiply-adds", "test accuracy"]
    header += ["minutes"]
    rows = []
    for job in larger:
        card = job.read()
        rows.append(
            [
                job.name,
                f"{card['parameters']:,}",
                f"{card['multiply_adds']:,}",
                f"{_test(job):.2f}",
                f"{card['training_seconds'] / 60:.1f}",
            ]
        )
    return pages.table(header, rows)


def _draw(groups, path):
    figure, axes = pyplot.subplots(figsize=(5.6, 3.6), layout="constrained")
    for number, (name, group) in enumerate(groups.items()):
        histories = [_history(job)["val_accuracy"] for job in group]
        epochs = range(1, len(histories[0]) + 1)
        plots.lines(axes, epochs, histories, _shown(name), number)
    axes.set(xlabel="epoch", ylabel="validation accuracy")
    axes.legend(fontsize="small")
    plots.save(figure, path)


def _history(job):
    path = job.folder / "training" / "history.json"
    return json.loads(path.read_text(encoding="utf-8"))
