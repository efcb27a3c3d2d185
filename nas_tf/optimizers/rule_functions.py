"""The functions of update rules on tensors (Bello et al. 2017, section 4).

Functions of impossible values are what floating-point arithmetic makes of them:
the logarithm of 0 is minus infinity, and a negative number to a broken power is
NaN.
"""

from keras import ops

from nas_tf.optimizers import decays
from nas_tf.specs.update_rule import DELTA
from nas_tf.specs.update_rule import PERIODIC

_PLAIN = {
    "identity": lambda x: x,
    "negative": ops.negative,
    "exp": ops.exp,
    "log_abs": lambda x: ops.log(ops.abs(x)),
    "sqrt_abs": lambda x: ops.sqrt(ops.abs(x)),
    # PyTorch's sign of NaN is 0.
    "sign": lambda x: ops.where(ops.isnan(x), x, ops.sign(x)),
}
_COMBINATIONS = {
    "add": ops.add,
    "subtract": ops.subtract,
    "multiply": ops.multiply,
    "divide": lambda x, y: ops.divide(x, ops.add(y, DELTA)),
    "power": ops.power,
}


def applied(function, x, uniforms, rescale):
    """Returns a function of a tensor, element by element.

    Args:
        function: One of `nas_tf.specs.update_rule.FUNCTIONS`.
        x: Tensor.
        uniforms: Function without arguments that returns uniform numbers in
            [0, 1), a tensor of the same shape.
        rescale: Whether what is not dropped is divided by the probability
            not to be dropped, as in dropout.
    """
    if function in _PLAIN:
        return _PLAIN[function](x)
    name, _, number = function.partition("_")
    number = float(number)
    if name == "clip":
        return ops.clip(x, -number, number)
    kept = ops.cast(uniforms() >= number, x.dtype)
    return ops.multiply(x, kept / (1 - number) if rescale else kept)


def combined(combination, x, y):
    """Returns two tensors combined, element by element.

    Args:
        combination: One of `nas_tf.specs.update_rule.COMBINATIONS` other than
            "left".
        x: Tensor.
        y: Tensor of the same shape.
    """
    return _COMBINATIONS[combination](x, y)


def decay(operand, decay_steps):
    """Returns the schedule of an operand such as "ld", "cd_0.5" or "rd_10".

    Args:
        operand: Name of a decay.
        decay_steps: T, number of steps of the training.
    """
    if operand == "ld":
        return decays.LinearDecay(decay_steps)
    kind, periods = PERIODIC.fullmatch(operand).groups()
    kinds = {"cd": decays.CosineDecay, "rd": decays.RestartDecay}
    return kinds[kind](decay_steps, float(periods))
