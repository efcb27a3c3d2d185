"""The network that all cells of NAS-Bench-201 share."""

import types

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.layers.choice import Choice
from nas_tf.training.lessons.classification import Classification

TASK = types.SimpleNamespace(
    kind="classification",
    input_shape=(8, 8, 2),
    input_dtype="float32",
    num_outputs=3,
    inputs=((8, 8, 2), "float32"),
)
X = np.random.default_rng(0).normal(size=(6, 8, 8, 2)).astype("float32")
Y = np.arange(6) % 3

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="compiled by TensorFlow"
)


class Exact:
    """Compares the shared model of a space with models of single cells."""

    def __init__(self, reductions):
        import tensorflow as tf

        self.space = registry.make(
            "spaces",
            f"nasbench201(channels=2, cells=1, reductions='{reductions}', "
            f"shared_reductions='{reductions}')",
        )
        self.shared = self.space.build_shared(TASK)
        variables = [v.value for v in self.shared.trainable_variables]

        @tf.function
        def run(x, y, actions):
            return self._run(self.shared, (x, actions), y, variables)

        self.step = run

    def _run(self, model, x, y, variables):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            probabilities = model(x, training=True)
            losses = Classification()._losses(y, probabilities)
            loss = tf.reduce_mean(losses)
        return probabilities, tape.gradient(loss, variables)

    def check(self, actions):
        """Compares outputs and gradients; returns how many are of 0."""
        outputs, gradients = self.step(X, Y, np.array(actions, np.int32))
        model = self.space.build(self.space.decode(actions), TASK)
        self.space.copy_shared(self.shared, actions, model)
        own = [
            variable
            for layer in model.layers
            for variable in layer.trainable_variables
            if not isinstance(layer, keras.layers.BatchNormalization)
        ]
        expected, theirs = self._run(model, X, Y, [v.value for v in own])
        np.testing.assert_allclose(outputs, expected, atol=1e-5)
        used = {
            variable.value.ref(): gradient
            for variable, gradient in zip(
                self.shared.trainable_variables, gradients
            )
        }
        for variable, gradient in zip(own, theirs):
            # "none" cuts off what comes before it.
            wanted = 0.0 if gradient is None else gradient
            found = used.pop(self._source(variable, actions).value.ref())
            np.testing.assert_allclose(found, wanted, atol=1e-5)
        for gradient in used.values():
            assert not np.any(gradient)
        return len(used)

    def _source(self, variable, actions):
        """Returns the shared variable of a model's variable."""
        *_, layer, name = variable.path.split("/")
        title = layer.removesuffix("_conv")
        names = {each.name for each in self.shared.layers}
        owner = self.shared.get_layer(title if title in names else layer)
        if isinstance(owner, Choice):
            edge = ["01", "02", "12", "03", "13", "23"].index(title[-2:])
            owner = owner.branches[actions[edge]].layers[1]
        return getattr(owner, name)


@pytest.fixture(scope="module")
def light():
    return Exact("light")


@pytest.mark.slow
def test_a_cell_has_outputs_and_gradients_of_its_own_network(light):
    # Three convolutions of each kind in three stages; nothing; everything.
    assert light.check((3, 2, 3, 2, 3, 2)) == 3 * 6
    assert light.check((0, 0, 0, 0, 0, 0)) == 3 * 12
    assert light.check((1, 4, 2, 3, 0, 4)) == 3 * 10
    assert light.step.experimental_get_tracing_count() == 1


@pytest.mark.slow
def test_fifty_random_cells_are_exact(light):
    rng = np.random.default_rng(1)
    for _ in range(50):
        light.check(tuple(rng.integers(5, size=6).tolist()))
    assert light.step.experimental_get_tracing_count() == 1


@pytest.mark.slow
def test_residual_reductions_are_exact_too():
    exact = Exact("residual")
    for actions in ((3, 2, 3, 2, 3, 2), (1, 4, 2, 3, 0, 4)):
        exact.check(actions)


def test_a_mixture_of_one_choice_is_that_choice(light):
    mixed = light.space.build_shared(TASK, mixed=True)
    mixed.set_weights(light.shared.get_weights())
    actions = np.array((1, 4, 2, 3, 0, 4), np.int32)
    shares = np.eye(5, dtype=np.float32)[actions]
    np.testing.assert_allclose(
        mixed((X, shares)), light.shared((X, actions)), atol=1e-5
    )


def test_other_reductions_have_no_weights_to_copy(light):
    space = registry.make("spaces", "nasbench201(channels=2, cells=1)")
    model = space.build(space.decode((1,) * 6), TASK)
    with pytest.raises(
        UsageError, match="layer 'residual_1_.*_conv'. Received"
    ):
        space.copy_shared(light.shared, (1,) * 6, model)


def test_the_cost_of_light_reductions_is_the_models(light):
    from nas_tf.children.counting import count

    spec = light.space.decode((3, 2, 1, 4, 0, 2))
    model = light.space.build(spec, TASK)
    assert light.space.cost(spec, TASK) == count(model)
