"""The best architectures of a result as trained Keras models."""

import logging

from nas_tf import checks
from nas_tf.api import data
from nas_tf.api import parts as all_parts
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.runs import tally
from nas_tf.search.parts import made
from nas_tf.train import folders
from nas_tf.train import plan as plans
from nas_tf.train import procedure
from nas_tf.training.devices import quiet


def best(result, epochs, task):
    """See `SearchResult.best_model`."""
    checks.whole({"epochs": epochs}, "epochs", optional=True)
    trials = _successful(result, 1)
    if task is None:
        found = folders.exported(
            result.folder(),
            trials[0].result.spec,
            result.parts.searched,
            epochs,
        )
        if found is not None:
            return import_keras().models.load_model(found)
    return _trained(result, _plan(result, trials, epochs, task))


def ensemble(result, k, epochs, task):
    """See `SearchResult.ensemble`."""
    checks.whole({"epochs": epochs}, "epochs", optional=True)
    checks.whole({"k": k}, "k", minimum=2)
    plan = _plan(result, _successful(result, k), epochs, task)
    return _trained(result, plan.as_ensemble())


def _successful(result, count):
    trials = result.best(count)
    if len(trials) < count:
        wanted = tally.missing(result.trials)
        if count > 1:
            wanted = f"{count} successful children of different architectures"
        raise UsageError(f"Expected {wanted}. Received: {len(trials)}")
    return trials


def _plan(result, trials, epochs, task):
    if data.is_data(task):
        raise UsageError(
            f"Expected `task` to be a task or a call string. Received: "
            f"{type(task).__name__}; nas_tf.tasks.arrays.from_data makes a "
            f"task of data"
        )
    if task is not None:
        task = made("tasks", task)
    space, on = all_parts.trained_on(result.parts, task)
    return plans.of_trials(space, on, trials, epochs, longer=task is None)


def _trained(result, plan):
    """Carries out a plan, or what is left of it; returns its model."""
    plan.check()
    folder = folders.choose(result.folder(), plan)
    if folders.finished(folder, plan) is None:
        # TensorFlow would tell of each file that it writes.
        tensorflow = logging.getLogger("tensorflow")
        with plans.hold(plan, folder), quiet(tensorflow, logging.WARNING):
            procedure.run(plan, folder, "inline", procedure.all_devices())
    return import_keras().models.load_model(folders.model_file(folder))
