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
            training.section("Training", trained),
            _architecture(trained),
        ],
    )


def _header(name, trained):
    measure = wording.words(trained.measure_name)
    scores = [
        f"{title} {measure} {score}"
        for title, split in (("Test", "test"), ("validation", "valid"))
        if (score := trained.score(split))
    ]
    lead = f'<p class="lead">{html.escape(", ".join(scores))}.</p>'
    parts = [
        (part.capitalize(), html.folded(str(trained.card[part])))
        for part in ("space", "task")
        if part in trained.card
    ]
    return (
        f"<header>\n<h1>{html.escape(name)}</h1>\n"
        f"{lead * bool(scores)}\n{html.facts(parts) * bool(parts)}\n</header>"
    )


def _architecture(trained):
    if trained.spec is None:
        shown = html.paragraph(str(trained.card.get("description", "")))
        return html.section("Architecture", shown)
    return html.section(
        "Architecture",
        html.paragraph(trained.spec.legend()) * bool(trained.spec.legend()),
        architectures.drawing_of(
            trained.spec, trained.spec.graph(), "net", "The architecture"
        ),
    )
