"""Architectures as pictures."""


def draw(graph, file):
    """Draws a graph from top to bottom and writes it as a PNG.

    A node that reads only the one above it is joined by a straight arrow;
    other edges are arcs, to the right for even and to the left for odd
    sources, so that few lie on each other.

    Args:
        graph: `nas_tf.specs.graph.Graph`.
        file: Path or binary file.
    """
    # The backend without a screen is asked for here, not at import, so that a
    # notebook keeps its own.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(graph.labels)
    reach = max((abs(b - a) for a, b in graph.edges), default=1)
    half_width = 1.6 + 0.22 * reach
    figure = Figure(figsize=(2 * half_width, 0.55 * count + 0.5))
    FigureCanvasAgg(figure)
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_xlim(-half_width, half_width)
    axes.set_ylim(-count + 0.3, 0.7)
    axes.axis("off")
    if graph.title:
        axes.set_title(graph.title)
    for source, target in graph.edges:
        _draw_edge(axes, source, target)
    for number, label in enumerate(graph.labels):
        axes.text(
            0,
            -number,
            label,
            ha="center",
            va="center",
            fontsize=9,
            bbox={
                "boxstyle": "round,pad=0.35",
                "facecolor": "#eef3fa",
                "edgecolor": "#33557f",
            },
        )
    figure.savefig(file, dpi=120, format="png")


def _draw_edge(axes, source, target):
    from matplotlib.patches import FancyArrowPatch

    span = target - source
    style = {"arrowstyle": "-|>", "mutation_scale": 9, "linewidth": 0.9}
    if span == 1:
        ends, bend, colour = ((0, -source - 0.24), (0, -target + 0.24)), 0, "k"
    else:
        side = 1 if source % 2 == 0 else -1
        x = 0.85 * side
        ends = ((x, -source), (x, -target))
        bend = -side * (0.22 * span) * 2 / span
        colour = "#7f4f33" if side > 0 else "#33557f"
    axes.add_patch(
        FancyArrowPatch(
            *ends,
            connectionstyle=f"arc3,rad={bend}",
            color=colour,
            zorder=0,
            **style,
        )
    )
