"""How fast a training is, and what share of the device that is."""

import time

from nas_tf.training import precision

# What a matrix product of 8192 x 8192 in bfloat16 reached on an H100, in
# operations a second; the data sheet has 989e12.
H100 = 790e12
SLICE = 8.5 * 60
CALLS = 3


def flops_of_step(space, task, spec):
    """Returns the floating-point operations of a training step.

    A multiplication and an addition are two operations. The gradients of
    weights and of inputs take as many each as the outputs do.

    Args:
        space: `SearchSpace`.
        task: `Task`.
        spec: The architecture's spec.
    """
    examples = task.batch_size
    if task.kind == "language_model":
        examples *= task.steps
    return 6 * space.cost(spec, task).multiply_adds * examples


def measure(space, task, spec, epochs, steps):
    """Prints the time of a step as JAX trains, and what follows from it.

    Args:
        space: `SearchSpace`.
        task: `Task`.
        spec: The architecture's spec.
        epochs: Epochs of the whole training.
        steps: Number of steps of a call.

    Returns:
        Seconds of a step.
    """
    import jax

    from nas_tf.training.resident_engine import ResidentEngine

    with precision.scope(task):
        model = space.build(spec, task)
    optimizer = task.optimizer(space.recipe(spec))
    optimizer.build(model.trainable_variables)
    text = task.kind == "language_model"
    data = task.resident() if text else task.resident(0)
    engine = ResidentEngine(model, task.lesson(), optimizer, None, data, steps)
    plans = list(data.plans(0))
    calls = engine.planned(0)
    began = time.monotonic()
    first = next(calls)
    size = len(jax.tree.leaves(first)[0])
    engine.advance([first])
    compiled = time.monotonic() - began
    measured = [call for call, _ in zip(calls, range(CALLS))] or [first]
    done = size * len(measured)
    began = time.monotonic()
    engine.advance(measured)
    step = (time.monotonic() - began) / done
    epoch = step * len(plans)
    flops = flops_of_step(space, task, spec)
    whole = epochs * epoch
    print(
        f"device: {jax.devices()[0].device_kind}; compiling and the first "
        f"call: {compiled:.0f} s\n"
        f"a step: {1e3 * step:.2f} ms, {flops / 1e9:,.2f} GFLOP, "
        f"{flops / step / 1e12:.2f} TFLOP/s, "
        f"{flops / step / H100:.1%} of an H100's {H100 / 1e12:.0f}\n"
        f"an epoch: {len(plans)} steps, {epoch:.1f} s without validation; "
        f"{epochs} epochs: {whole / 60:.1f} minutes, "
        f"{whole / SLICE:.1f} slices",
        flush=True,
    )
    return step
