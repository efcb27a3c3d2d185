"""Fully connected networks: their specs and their models."""

import dataclasses

import keras
import numpy as np
import pytest

from nas_tf.children.counting import count
from nas_tf.children.dense_net import dense_net
from nas_tf.errors import UsageError
from nas_tf.specs.dense_net import DenseLayer
from nas_tf.specs.dense_net import DenseNetSpec

SPEC = DenseNetSpec(
    (DenseLayer(3, "relu"), DenseLayer(4, "tanh", True), DenseLayer(2, "gelu")),
    dropout=0.5,
)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize(
    "inputs, features",
    [
        (((5,), "float32"), 5),
        (((2, 3), "float32"), 6),
        ({"b": ((4,), "float32"), "a": ((2, 2, 1), "float32")}, 8),
        ((((1,), "float32"), ((3,), "float32")), 4),
    ],
)
def test_cost_is_that_of_the_model(inputs, features, batch_norm):
    model = dense_net(SPEC, inputs, 7, batch_norm=batch_norm)
    assert count(model) == SPEC.cost(features, 7, batch_norm)
    assert SPEC.cost(features, 7, False).multiply_adds == (
        3 * features + 4 * (3 + features) + 2 * 4 + 7 * 2
    )


def test_the_model_computes_what_the_spec_says():
    keras.utils.set_random_seed(0)
    spec = dataclasses.replace(SPEC, dropout=0.0)
    model = dense_net(spec, ((5,), "float32"), 2, batch_norm=False)
    x = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
    kernels = {
        layer.name: [np.array(w) for w in layer.weights]
        for layer in model.layers
        if layer.weights
    }

    def apply(name, values):
        kernel, bias = kernels[name]
        return values @ kernel + bias

    first = np.maximum(apply("layer_1_dense", x), 0)
    joined = np.concatenate([first, x], 1)
    second = np.tanh(apply("layer_2_dense", joined))
    third = np.array(keras.ops.gelu(apply("layer_3_dense", second)))
    logits = np.exp(apply("probabilities", third))
    wanted = logits / logits.sum(1, keepdims=True)
    np.testing.assert_allclose(np.array(model(x)), wanted, atol=1e-5)


def test_inputs_may_be_called_as_layers():
    plain = {"a": ((4,), "float32"), "b": ((2, 3), "float32")}
    before = [layer.name for layer in dense_net(SPEC, plain, 2).layers]
    number = ((2, 3), "float32")
    taken = ("inputs", "layer_1_dense", "flatten", "numbers", "scaled")
    given = dict.fromkeys(taken, number)
    model = dense_net(SPEC, given, 2, "linear", scale=((0,), (1,)))
    assert {"inputs_", "layer_1_dense_", "numbers_"} <= {
        layer.name for layer in model.layers
    }
    assert model({name: np.zeros((3, 2, 3)) for name in taken}).shape == (3, 2)
    assert {"inputs", "layer_1_dense", "probabilities"} <= set(before)


def test_units_are_dropped_in_training_only():
    keras.utils.set_random_seed(0)
    model = dense_net(SPEC, ((5,), "float32"), 2, batch_norm=False)
    x = np.ones((4, 5), np.float32)
    one, other = np.array(model(x)), np.array(model(x))
    np.testing.assert_array_equal(one, other)
    assert not np.allclose(np.array(model(x, training=True)), one)


def test_a_spec_is_read_back_and_described():
    assert DenseNetSpec.from_json(SPEC.to_json()) == SPEC
    assert SPEC.describe() == ("3 relu, 4 tanh + inputs, 2 gelu, dropout 0.5")
    assert SPEC.depth() == 3 and "\n" not in SPEC.legend()
    graph = SPEC.graph()
    assert graph.labels[0] == "inputs" and graph.labels[-1] == "outputs"
    assert (0, 2) in graph.edges and (3, 4) in graph.edges


@pytest.mark.parametrize(
    "record, wanted",
    [
        ({"layers": [], "dropout": 0}, "at least one layer"),
        ({"layers": [[0, "relu", False]]}, "layer 1 with units >= 1"),
        ({"layers": [[2, "step", False]]}, "an activation of relu"),
        ({"layers": [[2, "relu", True]]}, "except the first"),
        ({"layers": [[2, "relu", False]], "dropout": 1}, "dropout"),
        ({"layers": [[2, "relu", False]], "dropout": "much"}, "dropout"),
        ({}, "wrong or missing part: 'layers'"),
        ([], "wrong or missing part"),
        ({"layers": [3], "dropout": 0}, "wrong or missing part"),
    ],
)
def test_wrong_specs(record, wanted):
    if isinstance(record, dict) and "layers" in record:
        names = ("units", "activation", "skip")
        record = {
            "dropout": 0.0,
            **record,
            "layers": [
                dict(zip(names, layer)) if isinstance(layer, list) else layer
                for layer in record["layers"]
            ],
        }
    with pytest.raises(UsageError, match=wanted):
        DenseNetSpec.from_json(record)
