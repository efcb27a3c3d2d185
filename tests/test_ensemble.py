"""Several architectures as one model of the mean of their outputs."""

import keras
import numpy as np
import pytest

from nas_tf import drawing
from nas_tf import registry
from nas_tf.children import counting
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.runs import spec_file
from nas_tf.runs.journal import read_trials
from nas_tf.runs.tally import best_of
from nas_tf.search.run_search import run_search
from nas_tf.spaces.conv import Conv
from nas_tf.tasks import grammar_translation
from nas_tf.tasks.digits import Digits
from nas_tf.tasks.pydoc_topics import PydocTopics
from nas_tf.train import ensemble
from nas_tf.train import plan as plans
from nas_tf.train.candidates import Candidate
from tests.forked import command

SPACE = Conv(num_layers=1, num_filters=(3, 4))
CANDIDATES = [
    Candidate(f"trial {number}", SPACE.decode((number, 0, number, 0)))
    for number in range(2)
]
OWN, WHOLE = ensemble.whole(SPACE, CANDIDATES)


def test_its_outputs_are_the_mean_of_those_of_its_members():
    first, second = (SPACE.build(c.spec, Digits()) for c in CANDIDATES)
    model = ensemble.mean([first, second])
    pictures = np.random.default_rng(0).normal(size=(5, 8, 8, 1))
    expected = (first(pictures) + second(pictures)) / 2
    np.testing.assert_allclose(model(pictures), expected, rtol=1e-6)
    assert model.count_params() == first.count_params() + second.count_params()


@pytest.mark.parametrize("names", [("a", "b"), ("member_1", "mean")])
def test_several_inputs_are_read_by_all_members(names):
    def member(units):
        inputs = {n: keras.Input((2,), name=n) for n in names}
        x = keras.layers.Concatenate()(list(inputs.values()))
        x = keras.layers.Dense(units, "tanh")(x)
        return keras.Model(inputs, keras.layers.Dense(1)(x))

    members = [member(3), member(4)]
    model = ensemble.mean(members)
    rng = np.random.default_rng(0)
    inputs = {n: rng.normal(size=(4, 2)) for n in names}
    expected = sum(m(inputs) for m in members) / 2
    np.testing.assert_allclose(model(inputs), expected, rtol=1e-5)


def test_translators_are_not_averaged():
    # Before any of them is trained.
    with pytest.raises(UsageError, match="search for what they write"):
        ensemble.check(grammar_translation.make())


def test_it_is_an_architecture_of_a_space(tmp_path):
    assert WHOLE.title == "ensemble of 2"
    path = tmp_path / "spec.json"
    spec_file.write(path, OWN, WHOLE.spec, Digits())
    space, spec = spec_file.load(path)
    assert (space, spec) == (OWN, WHOLE.spec)
    assert registry.make("spaces", registry.call_string(OWN)) == OWN
    built = space.build(spec, Digits())
    assert space.cost(spec, Digits()) == counting.count(built)
    assert space.kinds == SPACE.kinds
    drawing.draw(space.graph(spec), tmp_path / "architecture.png")
    assert (tmp_path / "architecture.png").stat().st_size > 1000
    for candidate in CANDIDATES:
        assert candidate.spec.describe() in space.describe(spec)


@pytest.mark.parametrize("record", [None, {}, {"members": []}, [1]])
def test_what_is_no_ensemble_is_refused(record):
    with pytest.raises(UsageError, match="Expected the members of an ensem"):
        OWN.read_spec(record)
    with pytest.raises(UsageError):
        OWN.read_spec({"members": [{}]})


def test_texts_are_refused_before_anything_is_trained():
    plan = plans.Plan(SPACE, PydocTopics(), tuple(CANDIDATES), (), 1, 1, 0)
    with pytest.raises(UsageError, match="keep states between parts") as caught:
        plan.as_ensemble().check()
    assert "\n" not in str(caught.value)


# The following train networks.


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    run_search(
        "conv(num_layers=1, num_filters=(4,))",
        "digits(epochs=1)",
        "random_search",
        run_dir=folder,
        max_children=3,
    )
    return folder


@pytest.mark.slow
def test_the_command_trains_scores_and_exports_it(run_dir):
    arguments = (
        "nas_tf.train",
        f"--architecture={run_dir}",
        *("--ensemble=2", "--epochs=2"),
    )
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    folder = run_dir / "trained_ensemble" / "model"
    card = read_json(folder / "model_card.json")
    best = best_of(read_trials(run_dir), 2)
    titles = [member["architecture"] for member in card["members"]]
    assert titles == [
        f"trial {t.trial_id}, reward {t.reward:.4f}" for t in best
    ]
    assert "The mean of the 2:" in done.stdout
    assert "model.keras, loaded in a new process: " in done.stdout
    assert "## Members" in (folder / "model_card.md").read_text()
    # Keras alone opens it, and it scores as the card says.
    model = keras.models.load_model(folder / "model.keras")
    scores = model.evaluate(*Digits().raw("test"), verbose=0, return_dict=True)
    assert scores["accuracy"] == pytest.approx(card["test"]["accuracy"])
    # The same command again trains nothing.
    again = command(*arguments)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("Continuing after 2 epochs.") == 2
    assert read_json(folder / "model_card.json")["test"] == card["test"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags, message",
    [
        (("--ensemble=9",), "Expected 9 successful children of different"),
        (("--ensemble=2", "--top_k=3"), "--ensemble without --top_k and"),
        (("--ensemble=2", "--grid=grid(momentum=(0.8,))"), "without --top_k"),
        (("--ensemble=0",), "--ensemble=0"),
    ],
)
def test_flags_that_do_not_go_together_are_one_line(run_dir, flags, message):
    done = command("nas_tf.train", f"--architecture={run_dir}", *flags)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
