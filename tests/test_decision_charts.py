"""Charts of decisions keep every share, however many choices there are."""

import numpy as np

from nas_tf.report import decision_charts
from nas_tf.report.shares import Decided
from nas_tf.report.shares import Kind
from nas_tf.report.shares import Windows

SPANS = Windows(1, np.array([0, 8, 16]), np.array([8, 16, 24]))


def kind(count, exclusive):
    shares = np.random.default_rng(0).random((3, count))
    if exclusive:
        shares /= shares.sum(axis=1, keepdims=True)
    return Kind("size", tuple(map(str, range(count))), shares, exclusive)


def labels(figure):
    legend = figure.axes[0].get_legend()
    return [text.get_text() for text in legend.get_texts()]


def test_exclusive_choices_fill_the_chart():
    figure = decision_charts.shares(kind(3, True), SPANS)
    assert sorted(labels(figure)) == ["0", "1", "2"]
    top = figure.axes[0].collections[-1].get_paths()[0].vertices[:, 1].max()
    assert np.isclose(top, 1)


def test_many_choices_are_taken_together():
    figure = decision_charts.shares(kind(20, True), SPANS)
    assert len(labels(figure)) == 8 and "others" in labels(figure)
    top = figure.axes[0].collections[-1].get_paths()[0].vertices[:, 1].max()
    assert np.isclose(top, 1)
    figure = decision_charts.shares(kind(20, False), SPANS)
    assert labels(figure)[-1] == "8 and more"
    mean = kind(20, False).shares[:, 7:].mean(axis=1)
    np.testing.assert_allclose(figure.axes[0].lines[-1].get_ydata(), mean)


def test_every_decision_has_a_row():
    decided = [
        Decided(f"size {n}", np.full(3, n / 50), "a", "b") for n in range(50)
    ]
    figure = decision_charts.settled(decided, SPANS)
    [image] = figure.axes[0].images
    assert image.get_array().shape == (50, 3)
    assert len(figure.axes[0].get_yticks()) == 25
