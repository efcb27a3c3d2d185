"""Curves of searches as pictures."""

import numpy as np
from matplotlib import pyplot

from experiments import plots

REWARDS = np.array([[0.1, 0.3, 0.2, 0.4], [0.2, 0.2, 0.5, 0.3]])


def test_plot_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.png", "b.png"):
        plots.draw_searches({"x": REWARDS}, tmp_path / name, 2)
    first, second = (
        (tmp_path / name).read_bytes() for name in ("a.png", "b.png")
    )
    assert first == second
    assert first.startswith(b"\x89PNG")


def test_a_line_is_drawn_for_each_seed_and_one_for_their_mean():
    figure, axes = pyplot.subplots()
    plots.lines(axes, np.arange(4), REWARDS, "x", 1)
    *seeds, mean = axes.get_lines()
    assert [list(line.get_ydata()) for line in seeds] == REWARDS.tolist()
    np.testing.assert_allclose(mean.get_ydata(), REWARDS.mean(0))
    assert mean.get_label() == "x"
    assert {line.get_color() for line in (*seeds, mean)} == {"C1"}
    pyplot.close(figure)


def test_figures_are_closed_once_they_are_written(tmp_path):
    before = pyplot.get_fignums()
    plots.draw_searches({"x": REWARDS, "y": REWARDS}, tmp_path / "a.png", 3)
    assert pyplot.get_fignums() == before
