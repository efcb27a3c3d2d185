"""Gradient descent by the options of a task: optimizer and learning rate."""

SCHEDULES = (
    "cosine",
    "one_cycle",
    "restarts",
    "step",
    "exponential",
    "constant",
)
# The schedule "one_cycle" begins at this share of the rate, and reaches the
# rate after this share of the training.
FIRST_RATE = 1 / 25
RISE = 0.3
UPDATE_RULES = ("nesterov", "momentum", "rmsprop")


def optimizer(task, recipe):
    """Returns a new optimizer; see `Task.optimizer`.

    Args:
        task: `nas_tf.tasks.array_classification.ArrayClassification`.
        recipe: What the architecture changes of the task's recipe.
    """
    import keras

    rate = _rate(task, recipe.learning_rate or task.learning_rate)
    asked = recipe.make_optimizer(rate, task.num_steps)
    if asked is not None:
        return asked
    common = {
        "momentum": task.momentum,
        "global_clipnorm": task.clip_norm,
    }
    if task.update_rule == "rmsprop":
        return keras.optimizers.RMSprop(
            rate, rho=task.rho, epsilon=task.epsilon, **common
        )
    nesterov = task.update_rule == "nesterov"
    return keras.optimizers.SGD(rate, nesterov=nesterov, **common)


def _rate(task, first):
    """Returns a learning rate, or a schedule that begins with it."""
    from keras.optimizers import schedules

    steps = task.num_steps
    if task.schedule == "cosine":
        return schedules.CosineDecay(first, steps)
    if task.schedule == "one_cycle":
        rise = max(1, int(RISE * steps))
        return schedules.CosineDecay(
            FIRST_RATE * first,
            max(1, steps - rise),
            warmup_target=first,
            warmup_steps=rise,
        )
    if task.schedule == "restarts":
        return schedules.CosineDecayRestarts(
            first,
            task.restart_after * task.steps_per_epoch,
            task.restart_factor,
            # A recipe's rate may be lower than the lowest of the task.
            alpha=min(1.0, task.lowest_rate / first),
        )
    if task.schedule == "step":
        return schedules.PiecewiseConstantDecay(
            [int(steps * share) for share in task.decay_at],
            [first / 10**number for number in range(len(task.decay_at) + 1)],
        )
    if task.schedule == "exponential":
        every = max(1, round(steps * task.decay_epochs / task.epochs))
        return schedules.ExponentialDecay(
            first, every, task.decay_rate, staircase=True
        )
    return first
