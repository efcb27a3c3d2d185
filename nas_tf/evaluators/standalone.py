"""Trains every child from scratch, by the task's recipe."""

import dataclasses
import math
import traceback

from nas_tf import checks
from nas_tf import keras_scope
from nas_tf import limits
from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import Pruned
from nas_tf.errors import UsageError
from nas_tf.evaluators import memory_check
from nas_tf.evaluators.base import Evaluator
from nas_tf.evaluators.base import check_data_after
from nas_tf.lazy_keras import clear_session
from nas_tf.lazy_keras import import_keras
from nas_tf.lazy_keras import set_random_seed
from nas_tf.machine import clock
from nas_tf.pruning.reports import Watch
from nas_tf.training import devices
from nas_tf.training import precision
from nas_tf.training.checkpoint import StateError

OUT_OF_MEMORY = {
    "MemoryError",
    "OutOfMemoryError",  # PyTorch's
    "ResourceExhaustedError",  # TensorFlow's
}
# Messages of JAX, and of PyTorch on a CPU, which use one class for all errors.
SAYING_OUT_OF_MEMORY = ("RESOURCE_EXHAUSTED", "can't allocate memory")


@dataclasses.dataclass(frozen=True)
class Standalone(Evaluator):
    """Builds, trains and validates one child.

    A child that would need more memory than a worker has is refused before it
    is trained, and where its space has a formula before it is built.

    Attributes:
        devices: Number of devices that train each child, at least 1: GPUs or,
            without any, parts of the CPU. It changes the speed, and the result
            only by rounding and by the masks of dropout. Default: 1.
        latency: Whether to measure how long a trained child takes for one
            example, in seconds, as the metric "latency". It varies a little
            from run to run. Measure it where children do not share CPUs.
            Default: False.
    """

    devices: int = dataclasses.field(default=1, metadata=registry.location())
    latency: bool = False

    def __post_init__(self):
        checks.whole(self, "devices", maximum=limits.PROCESSES)
        checks.boolean(self, "latency")

    def on_devices(self, devices):
        return dataclasses.replace(self, devices=devices)

    def warm_up(self, space, task):
        import_keras()
        if self.devices > 1:
            # This has to come before TensorFlow's runtime starts.
            devices.names(self.devices)
        task.load("valid")

    @property
    def reports(self):
        return True

    def evaluate(self, space, task, actions, seed, reports=None):
        """See `Evaluator`.

        Raises:
            UsageError: If there are fewer devices than wanted, the task's data
                can no longer be read, or the state of the training cannot be
                read or written, which are not failures of the architecture.
        """
        with keras_scope.own_settings():
            return self._evaluate(space, task, actions, seed, reports)

    def _evaluate(self, space, task, actions, seed, reports):
        timer = clock.Timer()
        known = {}
        watch = None if reports is None else Watch(task, reports)
        # Keras numbers layers over the whole process, and the order of their
        # names decides the order of sums. Without this, equal children differ.
        clear_session()
        with devices.scope(self.devices):
            try:
                outcome = self._train(space, task, actions, seed, known, watch)
            except StateError:
                raise
            except Exception as error:
                check_data_after(error, task, _Invalid)
                refused = isinstance(error, memory_check.NotEnoughMemory)
                outcome = {
                    "status": _status(error),
                    "reward": task.failure_reward,
                    "error": str(error) if refused else traceback.format_exc(),
                }
        return trial.Result(
            reports=() if watch is None else tuple(watch.values),
            **known,
            **outcome,
            **timer.facts(),
        )

    def _train(self, space, task, actions, seed, known, watch):
        from nas_tf.children import counting

        set_random_seed(seed)
        try:
            spec = space.decode(actions)
            known["spec"] = spec.to_json()
            memory_check.check(task, space.num_activations(spec, task))
            with precision.scope(task):
                model = space.build(spec, task)
        except memory_check.NotEnoughMemory:
            raise
        except UsageError as error:
            raise _Invalid(str(error)) from error
        known.update(counting.count(model)._asdict())
        memory_check.check_built(task, model)
        asked = space.recipe(spec)
        recipe = self._recipe(task, model, seed, asked)
        outcome = {"status": trial.OK}
        try:
            history = self._fit(task, model, seed, recipe, watch)
        except Pruned as pruned:
            [history] = pruned.args
            outcome = _pruned(task, history)
        # A child that was pruned has all metrics of one that was not, as
        # rewards may depend on them.
        reward = float(task.reward(history))
        metrics = {k: float(v) for k, v in task.metrics(history).items()}
        if recipe.learning_rate != asked.learning_rate:
            rate = metrics["learning_rate"] = recipe.learning_rate
            known["spec"] = spec.with_learning_rate(rate).to_json()
        if self.latency:
            from nas_tf.training import latency

            metrics["latency"] = latency.measure(model, task.inputs)
        for name, value in {"reward": reward, **metrics}.items():
            if not math.isfinite(value):
                raise FloatingPointError(f"{name} is {value}")
        return {**outcome, "reward": reward, "metrics": metrics}

    def _recipe(self, task, model, seed, recipe):
        """Returns the recipe that the child is trained by."""
        return recipe

    def _fit(self, task, model, seed, recipe, watch):
        if watch is None:
            return task.fit(model, seed, recipe)
        return watch.task.fit(model, seed, recipe, on_epoch=watch)


class _Invalid(Exception):
    """Raised for an architecture that cannot be built."""


def _pruned(task, history):
    """Returns what is said of a training that ended early."""
    epochs, whole = len(history["loss"]), getattr(task, "epochs", "more")
    return {
        "status": trial.PRUNED,
        "error": f"stopped after {epochs} of {whole} epochs",
    }


def _status(error):
    if isinstance(error, _Invalid):
        return trial.INVALID
    if isinstance(error, memory_check.NotEnoughMemory):
        return trial.OOM
    if isinstance(error, ZeroDivisionError):
        return trial.ERROR
    if isinstance(error, ArithmeticError):
        return trial.NAN
    # Classes of backends are compared by name, so no backend is imported here.
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & OUT_OF_MEMORY:
        return trial.OOM
    if "RuntimeError" in names and any(
        words in str(error) for words in SAYING_OUT_OF_MEMORY
    ):
        return trial.OOM
    return trial.ERROR


make = Standalone
