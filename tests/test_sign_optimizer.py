"""PowerSign and AddSign: golden values of TensorFlow 1, and Keras's options."""

import math

import keras
import numpy as np
import pytest

from nas_tf import optimizers
from nas_tf.errors import UsageError
from tests.backends import array

SIGNS = (1, 1, 1, 1, -1, -1, -1)
ON_TENSORFLOW = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own kernels"
)


def decay(kind):
    kinds = {
        "linear": optimizers.LinearDecay,
        "cosine": optimizers.CosineDecay,
        "restart": optimizers.RestartDecay,
    }
    return kinds[kind](10) if kind else None


def courses(optimizer, starts, steps):
    """Returns the values of variables after each step, `[steps, ...]`."""
    variables = [keras.Variable(np.array(w, "float32")) for w in starts]
    optimizer.build(variables)
    found = []
    for gradients in steps:
        tensors = [
            keras.ops.convert_to_tensor(np.array(g, "float32"))
            for g in gradients
        ]
        optimizer.apply(tensors, variables)
        found.append([array(variable).tolist() for variable in variables])
    return found


# w[0] after each step of the tests of tf.contrib.opt, and w[1] of the second
# variable after the last step.
GOLDEN = [
    (
        optimizers.PowerSign,
        {},
        None,
        (
            0.9728171817,
            0.9456343634,
            0.9184515451,
            0.8912687269,
            0.8949475213,
            0.8986263157,
            0.9258091340,
        ),
        3.9925809134,
    ),
    (
        optimizers.PowerSign,
        {"base": 10, "beta": 0.8},
        None,
        (0.9, 0.8, 0.7, 0.6, 0.601, 0.602, 0.702),
        3.9702,
    ),
    (
        optimizers.PowerSign,
        {},
        "linear",
        (
            0.9728171817,
            0.9482211506,
            0.9259657413,
            0.9058282142,
            0.9113163306,
            0.9173816372,
            0.9322998842,
        ),
        3.9932299884,
    ),
    (
        optimizers.PowerSign,
        {},
        "cosine",
        (
            0.9728171817,
            0.9462915009,
            0.9215843283,
            0.8994644269,
            0.9046614012,
            0.9107267078,
            0.9248535487,
        ),
        3.9924853549,
    ),
    (
        optimizers.AddSign,
        {},
        None,
        (0.98, 0.96, 0.94, 0.92, 0.92, 0.92, 0.94),
        3.994,
    ),
    (
        optimizers.AddSign,
        {"learning_rate": 0.01, "alpha": 0.1, "beta": 0.8},
        None,
        (0.9989, 0.9978, 0.9967, 0.9956, 0.9947, 0.9938, 0.9949),
        3.99949,
    ),
    (
        optimizers.AddSign,
        {},
        "linear",
        (0.98, 0.961, 0.943, 0.926, 0.93, 0.935, 0.949),
        3.9949,
    ),
    (
        optimizers.AddSign,
        {},
        "cosine",
        (
            0.98,
            0.9602447174,
            0.9411996324,
            0.9232607062,
            0.9267156212,
            0.9317156212,
            0.9451705362,
        ),
        3.9945170536,
    ),
]


@pytest.mark.parametrize(("cls", "arguments", "kind", "first", "last"), GOLDEN)
def test_golden_values(cls, arguments, kind, first, last):
    optimizer = cls(sign_decay=decay(kind), **arguments)
    steps = [([0.1 * s] * 2, [0.01 * s] * 2) for s in SIGNS]
    course = courses(optimizer, [[1, 2], [3, 4]], steps)
    found = [values[0][0] for values in course]
    np.testing.assert_allclose(found, first, atol=1e-6)
    assert course[-1][1][1] == pytest.approx(last, abs=1e-6)


@pytest.mark.parametrize(
    ("cls", "wanted"),
    [
        (
            optimizers.PowerSign,
            [
                [0.97281718, 1.05436564, 1, 0.91845155],
                [1, 1.10873127, 1, 0.92029094],
                [1.02718282, 1, 0.86408591, 0.92029094],
            ],
        ),
        (
            optimizers.AddSign,
            [[0.98, 1.04, 1, 0.94], [1, 1.08, 1, 0.94], [1.02, 1, 0.9, 0.94]],
        ),
    ],
)
def test_signs_that_disagree_and_zeros(cls, wanted):
    steps = [
        [[0.1, -0.2, 0, 0.3]],
        [[-0.1, -0.2, 0, -0.05]],
        [[-0.1, 0.4, 0.5, 0]],
    ]
    optimizer = cls(0.1)
    course = courses(optimizer, [[1, 1, 1, 1]], steps)
    np.testing.assert_allclose([v[0] for v in course], wanted, atol=1e-6)
    momentum = array(optimizer.variables[-1])
    wanted = [-0.0109, 0.0058, 0.05, 0.0198]
    np.testing.assert_allclose(momentum, wanted, atol=1e-6)


@ON_TENSORFLOW
@pytest.mark.parametrize("kind", [None, "linear", "cosine", "restart"])
@pytest.mark.parametrize("name", ["PowerSign", "AddSign"])
def test_equals_the_kernels_of_tensorflow(name, kind):
    import tensorflow as tf

    kernel = getattr(tf.raw_ops, f"ResourceApply{name}")
    schedule = decay(kind)
    optimizer = getattr(optimizers, name)(0.1, sign_decay=schedule)
    rng = np.random.default_rng(0)
    start = rng.normal(size=30).astype("float32")
    weights, momentum = tf.Variable(start), tf.Variable(np.zeros_like(start))
    gradients = rng.normal(size=(20, 30)).astype("float32")
    course = courses(optimizer, [start], [[g] for g in gradients])
    own = {"PowerSign": "logbase", "AddSign": "alpha"}[name]
    for step, gradient in enumerate(gradients):
        kernel(
            var=weights.handle,
            m=momentum.handle,
            lr=0.1,
            **{own: 1.0},
            sign_decay=1.0 if kind is None else float(schedule(step)),
            beta=0.9,
            grad=gradient,
        )
        np.testing.assert_allclose(course[step][0], weights, atol=1e-6)


@pytest.mark.parametrize(
    ("cls", "single", "factor"),
    [
        (
            optimizers.PowerSign,
            [-0.359141, -6.154845, -6.513987, 1.281718],
            math.e,
        ),
        (optimizers.AddSign, [0, -4, -4, 2], 2),
    ],
)
def test_as_the_tests_of_keras_own_optimizers(cls, single, factor):
    (after,) = courses(cls(0.5), [[1, 2, 3, 4]], [[[1, 6, 7, 2]]])
    np.testing.assert_allclose(after[0], single, atol=1e-5)
    steps = [[[0.01] * 10], *([[0.1 * k] * 10] for k in range(1, 11))]
    course = courses(cls(0.1), [[1.0] * 10], steps)
    wanted = 1 - factor * 0.1 * np.cumsum([s[0][0] for s in steps])
    np.testing.assert_allclose([v[0][0] for v in course], wanted, atol=1e-5)
    (clipped,) = courses(cls(1.0, clipnorm=1), [[0, 0]], [[[100, 100]]])
    wanted = [-factor * math.sqrt(0.5)] * 2
    np.testing.assert_allclose(clipped[0], wanted, rtol=1e-5)
    (clipped,) = courses(cls(1.0, clipvalue=1), [[0, 0]], [[[100, -100]]])
    np.testing.assert_allclose(clipped[0], [-factor, factor], rtol=1e-5)


def test_weight_decay_does_not_depend_on_signs():
    weights = [keras.Variable([2.0], name=n) for n in ("a", "b", "exclude")]
    zeros = [keras.ops.zeros([1])] * 3
    optimizer = optimizers.PowerSign(1.0, weight_decay=0.004)
    optimizer.exclude_from_weight_decay(
        var_list=[weights[1]], var_names=["exclude"]
    )
    optimizer.apply(zeros, weights)
    found = [float(array(w)[0]) for w in weights]
    np.testing.assert_allclose(found, [1.992, 2, 2], atol=1e-6)


def test_accumulated_gradients_count_as_one_step_of_a_decay():
    optimizer = optimizers.PowerSign(
        0.1,
        sign_decay=optimizers.LinearDecay(10),
        gradient_accumulation_steps=2,
    )
    course = courses(optimizer, [[1, 1]], [[[0.1, -0.3]]] * 6)
    wanted = [[0.972817, 1.081548], [0.948221, 1.155336], [0.925966, 1.222103]]
    np.testing.assert_allclose([v[0] for v in course[1::2]], wanted, atol=1e-6)


def test_averaged_weights_and_scaled_losses():
    gradients = [[[0.1, -0.2]], [[0.2, 0.1]]]
    plain = courses(optimizers.AddSign(0.1), [[1, 1]], gradients)
    optimizer = optimizers.AddSign(0.1, loss_scale_factor=1024)
    scaled = [[[1024 * x for x in g] for g in step] for step in gradients]
    course = courses(optimizer, [[1, 1]], scaled)
    np.testing.assert_allclose(course, plain, rtol=1e-6)
    optimizer = optimizers.AddSign(
        0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2
    )
    averaged = courses(optimizer, [[1, 1]], gradients)
    np.testing.assert_allclose(averaged[0], plain[0], rtol=1e-6)
    wanted = (np.array(plain[0]) + np.array(plain[1])) / 2
    np.testing.assert_allclose(averaged[1], wanted, rtol=1e-6)


@pytest.mark.parametrize("cls", [optimizers.PowerSign, optimizers.AddSign])
def test_configuration_is_read_again(cls):
    optimizer = cls(
        optimizers.LinearCosineDecay(0.2, 100),
        beta=0.8,
        sign_decay=optimizers.CosineDecay(10, 2, zero_after=1),
        weight_decay=0.01,
    )
    record = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(record)
    assert again.get_config() == optimizer.get_config()
    assert keras.optimizers.serialize(again) == record
    steps = [[[0.1, -0.2]], [[0.3, 0.2]]]
    assert courses(again, [[1, 1]], steps) == courses(
        optimizer, [[1, 1]], steps
    )


def test_any_function_of_the_step_is_a_decay():
    optimizer = optimizers.AddSign(
        0.1, sign_decay=lambda step: 1 - keras.ops.cast(step, "float32") / 10
    )
    course = courses(optimizer, [[1.0]], [[[0.1]]] * 4)
    found = [values[0][0] for values in course]
    np.testing.assert_allclose(found, [0.98, 0.961, 0.943, 0.926], atol=1e-6)


def test_small_averages_of_half_precision_keep_their_sign():
    weights = keras.Variable(np.ones(2), dtype="float16")
    optimizer = optimizers.AddSign(1.0, beta=0.999)
    gradient = keras.ops.convert_to_tensor(np.array([1e-5, -1e-5], "float16"))
    optimizer.apply([gradient], [weights])
    momentum = array(optimizer.variables[-1])
    assert momentum.dtype == "float32"
    assert np.sign(momentum).tolist() == [1, -1]
    assert keras.backend.standardize_dtype(weights.dtype) == "float16"


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (lambda: optimizers.PowerSign(base=0), "base"),
        (lambda: optimizers.PowerSign(beta=1), "beta"),
        (lambda: optimizers.PowerSign(-1), "learning_rate"),
        (lambda: optimizers.AddSign(alpha=math.nan), "alpha"),
        (lambda: optimizers.AddSign(sign_decay=0.5), "sign_decay"),
    ],
)
def test_mistakes_are_one_line(make, wrong):
    with pytest.raises(UsageError, match=f"^Expected `{wrong}`.*Received"):
        make()
