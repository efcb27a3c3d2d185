"""The optimizer of shared weights, and its rates."""

from nas_tf.lazy_keras import import_keras

# Of "adam", for which a task's rate, of its own update rule, is too large.
ADAM_RATE = 0.003


def optimizer(options, task, accumulate):
    """Returns a Keras optimizer.

    Args:
        options: `nas_tf.evaluators.shared.Shared`.
        task: `Task` whose options count where the evaluator has none.
        accumulate: Number of minibatches whose gradients make one step, at
            least 1.
    """
    from nas_tf.training.sparse_adam import SparseAdam
    from nas_tf.training.sparse_momentum import SparseMomentum

    def option(name, default):
        own = getattr(options, name)
        return getattr(task, name, default) if own is None else own

    common = {
        "gradient_accumulation_steps": accumulate if accumulate > 1 else None,
        "global_clipnorm": option("clip_norm", None),
    }
    if options.update_rule == "adam":
        rate = options.learning_rate or ADAM_RATE
        # The task's coefficients belong to its own update rule.
        common["decay"] = options.weight_decay or 0.0
        return SparseAdam(schedule(options, rate), **common)
    # Keras takes the mean of the gradients, which are to be summed.
    rate = accumulate * option("learning_rate", 0.1)
    return SparseMomentum(
        schedule(options, rate),
        momentum=option("momentum", 0.0),
        decay=option("weight_decay", 0.0),
        rest=options.rest,
        **common,
    )


def schedule(options, rate):
    """Returns the learning rate over all steps, as `options.schedule` says."""
    if options.schedule == "constant":
        return rate
    schedules = import_keras().optimizers.schedules
    if options.schedule == "restarts":
        return schedules.CosineDecayRestarts(
            rate,
            options.restart_after,
            t_mul=options.restart_factor,
            alpha=options.lowest_rate,
        )
    return schedules.CosineDecay(rate, options.steps)
