"""Tables and plots of experiments.nas_conv_v1."""

import json

from matplotlib import pyplot

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches


def write(folder, ablation, larger):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        ablation: List of trainings named as `none_0`: variant and seed.
        larger: List of trainings of larger networks.
    """
    groups = searches.by_strategy(ablation)
    _draw(groups, folder / "curves.png")
    readme = folder / "README.md"
    pages.fill(readme, "ablation", _ablation(groups))
    pages.fill(readme, "larger", _larger(larger))


def _test(job):
    return 100 * job.read()["test"]["accuracy"]


def _ablation(groups):
    header = ["skip connections", "parameters", "multiply-adds"]
    header += ["test accuracy of each seed", "mean", "minus as found"]
    found = [_test(job) for job in groups["as_found"]]
    rows = []
    for name, group in groups.items():
        card = group[0].read()
        scores = [_test(job) for job in group]
        rows.append(
            [
                name.replace("_", " "),
                f"{card['parameters']:,}",
                f"{card['multiply_adds']:,}",
                ", ".join(f"{score:.2f}" for score in scores),
                results.with_error(scores, 2),
                ""
                if name == "as_found"
                else results.difference(scores, found, 2),
            ]
        )
    return pages.table(header, rows)


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
        plots.lines(axes, epochs, histories, name.replace("_", " "), number)
    axes.set(xlabel="epoch", ylabel="validation accuracy")
    axes.legend(fontsize="small")
    plots.save(figure, path)


def _history(job):
    path = job.folder / "training" / "history.json"
    return json.loads(path.read_text(encoding="utf-8"))
