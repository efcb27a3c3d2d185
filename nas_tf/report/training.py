"""A full training: its scores and facts, and its curves."""

from nas_tf.report import charts
from nas_tf.report import html
from nas_tf.report import svg
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
    return html.section(title, facts(trained), curves(trained))


def facts(trained):
    """Returns the score and the facts on the card, or "" if it is empty."""
    pairs = []
    score = trained.score("test")
    if score:
        pairs.append((f"Test {wording.words(trained.measure_name)}", score))
    for key, label, show in FACTS:
        value = trained.card.get(key)
        if value is None:
            continue
        try:
            shown = show(value)
        # The card may have been edited.
        except (TypeError, ValueError):
            shown = str(value)
        pairs.append((label, shown))
    return html.facts(pairs) if pairs else ""


def curves(trained):
    """Returns one chart for each quantity, side by side."""
    names = dict.fromkeys(name.removeprefix("val_") for name in trained.history)
    return html.side_by_side(
        *(
            html.figure(
                svg.inline(
                    charts.training(trained.history, name),
                    f"training{number}",
                    f"{name} over the epochs of the full training",
                ),
                f"{wording.words(name).capitalize()} over epochs.",
            )
            for number, name in enumerate(names)
        )
    )
