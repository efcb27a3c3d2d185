"""Charts contain the data they are made from."""

import itertools

import numpy as np
import pytest

from nas_tf import trial
from nas_tf.report import axes
from nas_tf.report import charts
from nas_tf.report import groups
from nas_tf.report import run as runs
from nas_tf.report import series
from nas_tf.report import work
from nas_tf.report.measure import REWARD
from nas_tf.runs.pareto import pareto_front
from nas_tf.trial import Result
from tests.report_runs import make_trials
from tests.report_runs import search


def lines(figure):
    return {line.get_label(): line for line in figure.axes[0].lines}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return runs.read(search(tmp_path_factory.mktemp("runs") / "run"))


def test_each_child_is_a_dot_and_the_best_a_line(run):
    found = lines(charts.progress(run, window=6))
    ok = [t for t in run.trials if t.ok]
    numbers = [
        number
        for line in found.values()
        for number in getattr(line, "trial_ids", [])
    ]
    assert sorted(numbers) == list(range(len(run.trials)))
    rewards = {t.trial_id: t.reward for t in ok}
    dots = found["a child"]
    shown = zip(dots.trial_ids, dots.get_ydata(), strict=True)
    assert all(rewards[number] == value for number, value in shown)
    assert len(found["failed"].trial_ids) == len(run.trials) - len(ok) > 0
    best = found["best so far"]
    assert best.get_ydata()[-1] == run.best[0].reward
    assert len(found["median of 6"].get_ydata()) == len(run.trials)


def test_children_out_of_view_are_at_the_edge():
    values = np.array([0.95, 0.97, 0.1, np.nan])
    trials = make_trials([Result(trial.OK, 0.5)] * 4)
    for lower, view, place in ((False, (0.9, 1.0), 0), (True, (0.0, 0.96), 1)):
        _, grid = axes.make_axes("x", "y")
        axes.draw_trials(grid, trials, np.arange(4), values, view, lower)
        found = {line.get_label(): line for line in grid.lines}
        edge = "below the axis" if place == 0 else "above the axis"
        assert found[edge].get_ydata().tolist() == [view[place]]
        # Those that failed are at the worse end.
        assert found["failed"].get_ydata().tolist() == [view[place]]
        assert found["failed"].trial_ids == [3]


def test_random_search_is_cut_to_the_run(run):
    found = lines(charts.progress(run, window=6, rival=run))
    np.testing.assert_array_equal(
        found["random best"].get_ydata(), found["best so far"].get_ydata()
    )


def test_the_front_is_marked(run):
    sized = [t for t in run.trials if t.ok]
    front = pareto_front(sized)
    found = lines(charts.costs(sized, front, run.measure))
    marked = found["Pareto front"]
    assert marked.get_xdata().tolist() == [t.result.params for t in front]
    drawn = [len(getattr(line, "trial_ids", [])) for line in found.values()]
    assert sum(drawn) == len(sized)


def test_what_was_not_measured_is_left_out():
    history = {"loss": [3.0, 2.0, 1.0], "val_loss": [None, 2.5, None]}
    found = lines(charts.training(history, "loss"))
    assert found["training"].get_xdata().tolist() == [1, 2, 3]
    assert found["validation"].get_xdata().tolist() == [2]
    assert found["validation"].get_marker() == "o"


def test_the_first_epochs_do_not_stretch_the_axis():
    falling = [1000.0, *np.linspace(1.0, 0.5, 29)]
    figure = charts.training({"loss": falling}, "loss")
    assert charts.epochs_out_of_view({"loss": falling}) == 3
    low, high = figure.axes[0].get_ylim()
    assert 0.4 < low < 0.5 and 0.9 < high < 1.1
    short = charts.training({"loss": falling[:9]}, "loss")
    assert short.axes[0].get_ylim()[1] > 1000


def test_workers_have_a_unit_of_time_that_fits():
    for length, unit in ((1, "seconds"), (10, "minutes"), (1000, "hours")):
        trials = make_trials(
            [
                Result(trial.OK, 1.0, started=1e9 + i * length, seconds=length)
                for i in range(30)
            ]
        )
        figure = charts.workers(work.work(trials))
        assert figure.axes[1].get_xlabel() == f"{unit} of the search"


def test_a_group_has_a_band_where_it_has_four_runs(run):
    measure = run.measure
    for count, bands, thin in ((1, 0, 0), (3, 0, 3), (4, 1, 0)):
        [group] = groups.grouped([run] * count, measure)
        figure = charts.bands([group], "best", measure, start=5)
        assert len(figure.axes[0].collections) == bands
        line, *others = figure.axes[0].lines
        assert len(others) == thin
        assert line.get_xdata()[0] == 6
        values = measure.values(run.trials)
        expected = series.best_so_far(run.trials, values)[5:]
        np.testing.assert_allclose(line.get_ydata(), expected)


@pytest.mark.parametrize("high", [2_000, 80_000, 100_000, 10**8])
def test_labels_of_parameters_do_not_overlap(high):
    params = np.geomspace(1_600, high, 30).astype(int)
    trials = make_trials(
        [Result(trial.OK, 0.5, params=int(size)) for size in params]
    )
    figure = charts.costs(trials, trials[:1], REWARD)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    [grid] = figure.axes
    low, high = grid.get_xlim()
    boxes = [
        label.get_window_extent(renderer)
        for label in grid.get_xticklabels(which="both")
        if label.get_text() and low <= label.get_position()[0] <= high
    ]
    assert len(boxes) >= 3
    boxes.sort(key=lambda box: box.x0)
    for first, second in itertools.pairwise(boxes):
        assert first.x1 < second.x0
