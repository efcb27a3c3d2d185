"""A full training: its scores and facts, and its curves."""

from nas_tf.report import charts
from nas_tf.report import html
from nas_tf.report import svg
from nas_tf.report import trained as reader
from nas_tf.report import wording

# Key in the card, label on the page, and format.
FACTS = (
    ("architecture", "Architecture", str),
    ("parameters", "Parameters", "{:,}".format),
    ("multiply_adds", "Multiply-adds", "{:,}".format),
    ("epochs", "Epochs", str),
    ("training_seconds", "Training time", wording.span),
    ("seed", "Seed", str),
    ("date", "Date", str),
)


def section(title, trained):
    """Returns the section of a full training.

    Args:
        title: Its heading.
        trained: `Trained`, or None for no section.
    """
    if trained is None:
        return ""
    score = trained.score("test")
    name = f"Test {wording.words(trained.measure_name)}"
    pairs = [(name, score)] * bool(score) + facts(trained)
    return html.section(title, html.facts(pairs) * bool(pairs), curves(trained))


def others(run):
    """Returns the section of a run's further trainings, such as an ensemble's.

    Args:
        run: `nas_tf.report.run.Run`.
    """
    found = {
        path.name: one
        for path in sorted(run.path.glob(f"{reader.FOLDER}_*"))
        if (one := reader.read(path, run.task)) is not None and one.card
    }
    if not found:
        return ""
    names = dict.fromkeys(one.measure_name for one in found.values())
    columns = {
        "folder": list(found),
        **{
            f"{title} {wording.words(name)}": [
                one.score(split) * (one.measure_name == name) or "-"
                for one in found.values()
            ]
            for name in names
            for title, split in (("test", "test"), ("validation", "valid"))
        },
        **{
            label.lower(): [
                dict(facts(one, {key})).get(label, "-")
                for one in found.values()
            ]
            for key, label, _ in FACTS
            if key in ("parameters", "epochs", "architecture")
        },
    }
    return html.section(
        "Other trainings",
        html.columns(
            columns,
            numeric=columns.keys() - {"folder", "architecture"},
            wide="architecture",
        ),
    )


def facts(trained, keys=None):
    """Returns facts on the card as pairs of a name and a text.

    Args:
        trained: `Trained`.
        keys: Their keys in the card; None (default) for all of `FACTS`.
    """
    pairs = []
    for key, label, show in FACTS:
        value = trained.card.get(key)
        if value is None or (keys is not None and key not in keys):
            continue
        try:
            shown = show(value)
        # The card may have been edited.
        except (OverflowError, TypeError, ValueError):
            shown = str(value)
        pairs.append((label, shown))
    return pairs


def curves(trained):
    """Returns one chart for each quantity, that of the measure first."""
    names = dict.fromkeys(name.removeprefix("val_") for name in trained.history)
    names = sorted(names, key=lambda name: name != trained.measure_name)
    first = charts.epochs_out_of_view(trained.history)
    cut = f" The axis fits the epochs after the first {first}." * (first > 0)
    return html.side_by_side(
        *(
            html.figure(
                svg.inline(
                    charts.training(
                        trained.history,
                        name,
                        name == trained.measure_name and trained.is_share,
                    ),
                    f"training{number}",
                    f"{name} over the epochs of the full training",
                ),
                f"{wording.words(name).capitalize()} over epochs.{cut}",
            )
            for number, name in enumerate(names)
        )
    )
