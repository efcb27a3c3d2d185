"""`--architecture` accepts a published name, a file or a run."""

import json

import pytest

from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1
from nas_tf.errors import UsageError
from nas_tf.runs import spec_file
from nas_tf.specs.tree import NAS_CELL
from nas_tf.train import architectures
from nas_tf.train.candidates import Candidate
from tests.report_runs import search


@pytest.mark.parametrize(
    ("name", "spec", "kind"),
    [("nas_conv_v1", V1, "Conv"), ("nascell", NAS_CELL, "Tree")],
)
def test_published_names(name, spec, kind):
    found = architectures.find(name)
    assert type(found.space).__name__ == kind
    assert found.specs == ((name, spec),)
    assert found.task is None


def test_a_published_name_in_another_space():
    call = "tree(skeleton='language_model(units=5, num_layers=1)')"
    found = architectures.find("nascell", call)
    assert found.space.network.units == 5


@pytest.mark.parametrize(
    "call",
    [
        "conv(num_layers=2)",
        "conv(num_layers=2, block_size=2, pool_after=(2,))",
        "tree(base=3)",
        "nasbench201",
        "tests.toy_space",
    ],
)
def test_a_file_is_read_by_its_space(tmp_path, call):
    space = registry.make("spaces", call)
    rows = [[d.num_actions - 1 for d in space.decisions]]
    rows.append([0] * len(space.decisions))
    for row in rows:
        spec = space.decode(tuple(row))
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(spec.to_json()))
        found = architectures.find(str(path), call)
        assert found.specs == (("spec.json", spec),)
        if not call.startswith("tests"):
            assert architectures.find(str(path)).specs == found.specs


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "which cannot be read"),
        ("[1]", "Expected the spec of a search space in"),
        ('{"layers": []}', "Expected the spec of a search space in"),
        (
            '{"layers": [{"inputs": [0], "kernel": [1, 1], "filters": 4, '
            '"strides": [1, 1], "kind": "conv"}], "pool_after": [], '
            '"learning_rate": "fast"}',
            "Expected the spec of a search space in",
        ),
        ('{"operations": 7}', "Expected the spec of a search space in"),
        (None, "No such file"),
    ],
)
def test_files_that_are_no_specs_are_refused(tmp_path, content, expected):
    path = tmp_path / "spec.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as caught:
        architectures.find(str(path))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["{}", '{"choices": [["a", 1]]}', "3"])
def test_choices_of_another_space_are_refused(tmp_path, content):
    path = tmp_path / "spec.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="Expected"):
        architectures.find(str(path), "tests.toy_space")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("nowhere",), "Expected a run's directory, a file such as spec.json"),
        (("nascell", None, 2), "Expected a run's directory for the best 2"),
    ],
)
def test_what_is_not_there_is_refused(arguments, expected):
    with pytest.raises(UsageError, match=expected):
        architectures.find(*arguments)


def test_a_file_says_its_space_and_its_task(tmp_path):
    path = tmp_path / "spec.json"
    space = registry.make(
        "spaces", "conv(num_layers=2, batch_norm_momentum=0.5)"
    )
    spec_file.write(path, space, V1, registry.make("tasks", "digits(epochs=3)"))
    found = architectures.find(str(path))
    assert (found.space, found.specs) == (space, (("spec.json", V1),))
    assert registry.make("tasks", found.task).epochs == 3
    assert architectures.find(str(path), "conv").space != space


def test_the_best_of_a_run_come_first(tmp_path):
    search(tmp_path, max_children=24)
    found = architectures.find(str(tmp_path), top_k=3)
    rewards = [float(title.split()[-1]) for title, _ in found.specs]
    assert rewards == sorted(rewards, reverse=True) and len(rewards) == 3
    # Nothing was trained, so there is no task to train on either.
    assert found.task is None


def test_filters_are_added_to_every_candidate():
    found = architectures.find("nas_conv_v1")
    assert found.candidates() == (Candidate("nas_conv_v1", V1),)
    [wider] = found.candidates(40)
    assert wider.title == "nas_conv_v1, 40 more filters"
    before, after = V1.layers[0].filters, wider.spec.layers[0].filters
    assert after - before == 40
    with pytest.raises(UsageError, match="to add 40 filters"):
        architectures.find("nascell").candidates(40)


def test_a_run_of_cells_is_built_larger_by_a_space_of_other_decisions(
    tmp_path,
):
    searched = (
        "nasnet(num_blocks=2, operations=('conv_3x3', 'identity'), filters=4)"
    )
    search(tmp_path, searched, max_children=4)
    own = architectures.find(str(tmp_path))
    found = architectures.find(str(tmp_path), "nasnet(filters=32)")
    assert found.space.filters == 32 and found.space.num_blocks == 5
    assert found.specs == own.specs
    # One with as many decisions, whose integers mean something else.
    other = searched.replace("conv_3x3", "max_pool_3x3")
    assert architectures.find(str(tmp_path), other).specs == own.specs
    with pytest.raises(UsageError, match="the spec of a convolutional"):
        architectures.find(str(tmp_path), "conv")
