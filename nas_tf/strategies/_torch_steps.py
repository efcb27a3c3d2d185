"""PyTorch: a step is run operation by operation."""

from keras import ops


def compiled(function, variables):
    """See `nas_tf.strategies._steps`."""
    del variables
    import torch

    def run(*arrays):
        tensors = list(map(ops.convert_to_tensor, arrays))
        with torch.no_grad():
            outputs = function(*tensors)
        return list(map(ops.convert_to_numpy, outputs))

    return run


def differentiate(function, variables):
    """See `nas_tf.strategies._steps`."""
    import torch

    with torch.enable_grad():
        outputs = function()
        gradients = torch.autograd.grad(
            outputs[0],
            [variable.value for variable in variables],
            allow_unused=True,
            materialize_grads=True,
        )
    return [output.detach() for output in outputs], list(gradients)
