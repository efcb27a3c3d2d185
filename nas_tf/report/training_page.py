"""The page about one training of `nas_tf.train`."""

from nas_tf.report import architectures
from nas_tf.report import html
from nas_tf.report import training
from nas_tf.report import wording


def make(name, trained):
    """Returns a page about a training, as text.

    Args:
        name: Title of the page, such as the directory's name.
        trained: `Trained`.
    """
    return html.page(
        f"{name}: a training",
        [
            _header(name, trained),
            html.section("Training", training.curves(trained)),
            _architecture(trained),
        ],
    )


def _header(name, trained):
    pairs = training.facts(trained, {"architecture", "epochs", "seed", "date"})
    pairs += [
        (part.capitalize(), html.folded(str(trained.card[part])))
        for part in ("space", "task")
        if part in trained.card
    ]
    return (
        f"<header>\n<h1>{html.escape(name)}</h1>\n{_tiles(trained)}\n"
        f"{html.facts(pairs) * bool(pairs)}\n</header>"
    )


def _tiles(trained):
    measure = wording.words(trained.measure_name)
    entries = []
    for title, split in (("Test", "test"), ("Validation", "valid")):
        score, interval = trained.score(split), trained.interval(split)
        if score:
            note = f"95 % interval {interval}" if interval else ""
            entries.append((f"{title} {measure}", score, note))
    entries += [
        (label, shown, "")
        for label, shown in training.facts(
            trained, {"parameters", "multiply_adds", "training_seconds"}
        )
    ]
    return html.tiles(entries) * bool(entries)


def _architecture(trained):
    description = str(trained.card.get("description", ""))
    text = html.paragraph(description) * bool(description)
    if trained.spec is None:
        return html.section("Architecture", text)
    legend = trained.spec.legend()
    text += html.paragraph(legend) * bool(legend)
    drawing = architectures.drawing_of(
        trained.spec, trained.spec.graph(), "net", "The architecture"
    )
    return html.section(
        "Architecture",
        f'<div class="beside">{drawing}<div class="text">{text}</div></div>',
    )
