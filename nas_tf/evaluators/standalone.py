"""Every child is trained from scratch, by the task's recipe."""

import dataclasses
import math
import time
import traceback

from nas_tf import checks
from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators.base import Evaluator
from nas_tf.lazy_keras import import_keras
from nas_tf.lazy_keras import set_random_seed
from nas_tf.training import devices

OUT_OF_MEMORY = {
    "MemoryError",
    "OutOfMemoryError",  # PyTorch's
    "ResourceExhaustedError",  # TensorFlow's
}
# JAX's, and PyTorch's on a processor; both have one class for all errors.
SAYING_OUT_OF_MEMORY = ("RESOURCE_EXHAUSTED", "can't allocate memory")


@dataclasses.dataclass(frozen=True)
class Standalone(Evaluator):
    """Builds, trains and validates one child.

    Attributes:
        devices: Devices each child is trained on, at least 1: so many GPUs
            or, without any, parts of the processor. It decides how soon a
            result is there and not what it is, up to rounding and the masks
            of dropout.
        latency: Whether to measure how long a trained child takes for one
            example, in seconds, as the metric "latency". It differs a little
            from run to run; measure it where children do not share their
            processors.
    """

    devices: int = dataclasses.field(default=1, metadata=registry.location())
    latency: bool = False

    def __post_init__(self):
        checks.whole(self, "devices")
        checks.boolean(self, "latency")

    def on_devices(self, devices):
        return dataclasses.replace(self, devices=devices)

    def warm_up(self, space, task):
        import_keras()
        if self.devices > 1:
            # Before anything starts TensorFlow's runtime.
            devices.names(self.devices)
        task.load("valid")

    def evaluate(self, space, task, actions, seed):
        """See `Evaluator`.

        Raises:
            UsageError: If there are fewer devices than wanted: that belongs
                to no architecture.
        """
        started = time.time()
        known = {}
        # Layer names count up for as long as a process lives, and their order
        # decides the order of sums: without this equal children would differ.
        import_keras().utils.clear_session()
        with devices.scope(self.devices):
            try:
                outcome = self._train(space, task, actions, seed, known)
            except Exception as error:
                outcome = {
                    "status": _status(error),
                    "reward": task.failure_reward,
                    "error": traceback.format_exc(),
                }
        return trial.Result(
            **known,
            **outcome,
            started=started,
            seconds=time.time() - started,
        )

    def _train(self, space, task, actions, seed, known):
        from nas_tf.children import counting

        set_random_seed(seed)
        try:
            spec = space.decode(actions)
            known["spec"] = spec.to_json()
            model = space.build(spec, task)
        except UsageError as error:
            raise _Invalid(str(error)) from error
        known.update(counting.count(model)._asdict())
        history = self._fit(task, model, seed, space.recipe(spec))
        reward = float(task.reward(history))
        metrics = {k: float(v) for k, v in task.metrics(history).items()}
        if self.latency:
            from nas_tf.training import latency

            metrics["latency"] = latency.measure(model, task.inputs)
        for name, value in {"reward": reward, **metrics}.items():
            if not math.isfinite(value):
                raise FloatingPointError(f"{name} is {value}")
        return {"status": trial.OK, "reward": reward, "metrics": metrics}

    def _fit(self, task, model, seed, recipe):
        return task.fit(model, seed, recipe)


class _Invalid(Exception):
    """Raised for an architecture that cannot be."""


def _status(error):
    if isinstance(error, _Invalid):
        return trial.INVALID
    if isinstance(error, ZeroDivisionError):
        return trial.ERROR
    if isinstance(error, ArithmeticError):
        return trial.NAN
    # Backends' classes are asked for by name, so that none has to be there,
    # or to be loaded, for an error to be understood.
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & OUT_OF_MEMORY:
        return trial.OOM
    if "RuntimeError" in names and any(
        words in str(error) for words in SAYING_OUT_OF_MEMORY
    ):
        return trial.OOM
    return trial.ERROR


make = Standalone
