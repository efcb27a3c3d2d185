"""Known architectures are proposed first and learned from."""

import json

import pytest

from nas_tf.errors import UsageError
from nas_tf.runs import spec_file
from nas_tf.search import start_from
from nas_tf.search.run_search import run_search
from nas_tf.spaces.conv import Conv
from nas_tf.spaces.tree import Tree
from nas_tf.specs.tree import NAS_CELL
from tests import toy
from tests.strategies import made

SPACE = toy.ToySpace()
ROWS = [(1, 0, 1, 5, 2), (2, 1, 0, 3, 0), (0, 1, 1, 7, 1)]
SPECS = [SPACE.decode(row) for row in ROWS]


def search(run_dir=None, **options):
    defaults = {
        "strategy": "random_search",
        "max_children": 6,
        "children_per_replica": 2,
    }
    return run_search(
        SPACE,
        toy.ToyTask(),
        evaluator=toy.ToyEvaluator(),
        run_dir=run_dir,
        **{**defaults, **options},
    )


def rows_of(archive):
    return [trial.proposal.actions for trial in archive.trials]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run and its archive."""
    folder = tmp_path_factory.mktemp("run")
    return folder, search(folder)


def test_a_source_is_a_file_a_run_a_spec_or_a_trial(tmp_path, run):
    folder, archive = run
    spec_file.write(tmp_path / "spec.json", SPACE, SPECS[0])
    [best] = archive.best()
    sources = [tmp_path / "spec.json", str(tmp_path), folder, SPECS[1], best]
    known = start_from.find(sources, SPACE)
    found = [each.actions for each in known]
    own = best.proposal.actions
    assert found == [ROWS[0], ROWS[0], own, ROWS[1], own]
    assert [each.source for each in known] == [
        str(tmp_path / "spec.json"),
        str(tmp_path),
        str(folder),
        SPECS[1].describe(),
        f"trial {best.trial_id}",
    ]
    assert start_from.find(SPECS[2], SPACE)[0].actions == ROWS[2]
    assert start_from.find((), SPACE) == ()


def test_a_published_cell_is_a_source():
    [known] = start_from.find("nascell", Tree())
    assert Tree().decode(known.actions) == NAS_CELL


@pytest.mark.parametrize("strategy", ["random_search", "regularized_evolution"])
def test_they_come_first_and_the_strategy_fills_the_batch(strategy):
    archive = search(start_from=SPECS, strategy=strategy)
    assert rows_of(archive)[:3] == ROWS
    assert [len(batch.proposals) for batch in archive.batches] == [2, 2, 2]
    without = search(strategy=strategy)
    assert rows_of(archive)[4:] != ROWS
    if strategy == "random_search":
        assert rows_of(archive)[4:] == rows_of(without)[4:]


def test_a_run_is_resumed_as_if_it_had_not_stopped(tmp_path):
    strategy = made("reinforce", SPACE, 0)
    whole = search(start_from=SPECS, strategy=strategy)
    for count in (1, 2, 3, 6):
        archive = search(
            tmp_path,
            start_from=SPECS,
            strategy=strategy,
            max_children=count,
        )
    assert [t.proposal for t in archive.trials] == [
        t.proposal for t in whole.trials
    ]
    # A controller says how probable they were.
    assert all(t.proposal.log_prob < 0 for t in archive.trials)


def test_a_run_that_has_begun_needs_its_sources_no_more(tmp_path):
    path = tmp_path / "spec.json"
    spec_file.write(path, SPACE, SPECS[0])
    run_dir = tmp_path / "run"
    search(run_dir, start_from=path, max_children=1)
    path.unlink()
    assert rows_of(search(run_dir, start_from=path))[0] == ROWS[0]


@pytest.mark.parametrize(
    "before, after", [((), SPECS[:1]), (SPECS[:1], ()), (SPECS[:1], SPECS[1:])]
)
def test_a_run_that_has_begun_keeps_them(tmp_path, before, after):
    search(tmp_path, start_from=before)
    with pytest.raises(UsageError, match="start_from was .*, is now"):
        search(tmp_path, start_from=after, max_children=8)


def test_without_them_the_configuration_is_that_of_any_search(run):
    record = json.loads((run[0] / "configuration.json").read_text())
    assert not {key for key in record if "start_from" in key}


def other_network(tmp_path):
    path = tmp_path / "spec.json"
    space = Conv(num_layers=1, num_filters=(5,))
    spec_file.write(path, space, space.decode((0, 0, 0)))
    return path


@pytest.mark.parametrize(
    "sources, message",
    [
        (other_network, r"decisions .* lead to\. Received: .*spec\.json \("),
        ("nowhere", "Expected a file such as spec.json.*Received: nowhere"),
        ("lstm", "that the decisions of the search's space lead to"),
        (5, "a path, a spec or a trial in `start_from`. Received: 5"),
        ([None], "a path, a spec or a trial in `start_from`. Received: None"),
    ],
)
def test_what_is_no_architecture_of_the_space_is_one_line(
    tmp_path, sources, message
):
    if callable(sources):
        sources = sources(tmp_path)
    with pytest.raises(UsageError, match=message) as caught:
        search(tmp_path / "run", start_from=sources)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_folder_without_an_architecture_is_refused(tmp_path):
    with pytest.raises(UsageError, match="Expected a run directory"):
        search(start_from=tmp_path)


def test_a_network_with_other_filters_is_refused():
    wide = Conv(num_layers=1, num_filters=(8,)).decode((0, 0, 0))
    with pytest.raises(UsageError, match="than its decisions make"):
        start_from.find(wide, Conv(num_layers=1, num_filters=(4,)))
    with pytest.raises(UsageError, match="'num_filters'. Received: 8"):
        start_from.find(wide, Conv(num_layers=1, num_filters=(4, 6)))


def test_a_network_over_the_limit_is_refused():
    with pytest.raises(UsageError, match="at most 100 parameters"):
        search(start_from=SPECS, max_params=100)


def test_a_network_deeper_than_the_first_ones_is_refused():
    space = Conv(num_layers=3, num_filters=(4,), start_layers=1)
    deep = space.decode((0,) * 9)
    known = start_from.find(deep, space)
    with pytest.raises(UsageError, match="of 3 decisions.*begins.*of 9$"):
        start_from.check(known, space, None, None, 8)
