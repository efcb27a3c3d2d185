"""The records of a search: proposal, result and trial.

All three are frozen. They become JSON objects and are read back exactly, floats
included: `json` writes the shortest text that is read as the same double.
"""

import contextlib
import dataclasses
import json
import math
import numbers

# A trial's status. Any status but OK and PRUNED is a failure with a fixed low
# reward. A pruned child has the reward that it had when it was stopped.
OK = "ok"
NAN = "nan"  # the loss or the reward was not a finite number
OOM = "oom"  # too large for the memory, out of it or over the limit
TIMEOUT = "timeout"  # ended because it ran past its time limit
INVALID = "invalid"  # the architecture cannot be built, or is too large
ERROR = "error"  # an exception; its traceback is in `error`
CRASHED = "crashed"  # the worker process died
PRUNED = "pruned"  # its training was ended early, by a rule
STATUSES = (OK, NAN, OOM, TIMEOUT, INVALID, ERROR, CRASHED, PRUNED)

# The fields of a `Result` that are sizes of the model: whole numbers or None.
SIZES = ("params", "multiply_adds")


@dataclasses.dataclass(frozen=True)
class Proposal:
    """An architecture that a strategy proposed.

    Attributes:
        proposal_id: Number from 0 in the order of proposing.
        batch: Number from 0 of the batch it belongs to.
        actions: Tuple of integers, one per decision.
        log_prob: Natural logarithm of the probability of drawing it. 0 for a
            strategy without a distribution.
        seed: Seed of its training.
    """

    proposal_id: int
    batch: int
    actions: tuple
    log_prob: float
    seed: int


@dataclasses.dataclass(frozen=True)
class Result:
    """The outcome of evaluating a proposal.

    Attributes:
        status: One of `STATUSES`.
        reward: Finite float; higher is better.
        metrics: Dict of numbers, for instance {"val_accuracy": 0.93}. Times
            are not among them, because they differ between equal runs.
        spec: JSON-able dict of the architecture, or None.
        params: Number of trainable parameters, or None.
        multiply_adds: Number of multiply-adds for one example, see
            `nas_tf.specs.cost.Cost`, or None.
        started: Time of the start, in seconds since 1970.
        seconds: Duration in seconds.
        error: Traceback or reason of a failure. "" without a failure.
        reports: Tuple of the rewards that the child had after each epoch, if
            children may be pruned. Default: empty.
    """

    status: str
    reward: float
    metrics: dict = dataclasses.field(default_factory=dict)
    spec: dict | None = None
    params: int | None = None
    multiply_adds: int | None = None
    started: float = 0.0
    seconds: float = 0.0
    error: str = ""
    reports: tuple = ()

    def measured(self, measure):
        """Returns the value of a measure on validation, None without one.

        Args:
            measure: Name of a task's measure, such as "accuracy".
        """
        return self.metrics.get(f"val_{measure}", self.metrics.get(measure))


@dataclasses.dataclass(frozen=True)
class Trial:
    """A finished proposal: one line of the journal.

    Attributes:
        trial_id: Number from 0 in the order of finishing.
        proposal: The `Proposal`.
        result: Its `Result`.
        reused: The `trial_id` of the equal architecture whose result this is,
            or None.
        derived: True for a trial at the end of a search by shared weights,
            which ranks architectures; False for a judgement during such a
            search, which only teaches the strategy; None (default) for any
            other search.
    """

    trial_id: int
    proposal: Proposal
    result: Result
    reused: int | None = None
    derived: bool | None = None

    @property
    def ok(self):
        return self.result.status == OK

    @property
    def failed(self):
        """Whether it has the reward of a failure instead of its own."""
        return self.result.status not in (OK, PRUNED)

    @property
    def ranks(self):
        """Whether its reward says how good the architecture is."""
        return self.ok and self.derived is not False

    @property
    def reward(self):
        return self.result.reward

    def to_json(self):
        """Returns a flat dict of JSON types. Tuples count as lists."""
        record = {
            "trial_id": self.trial_id,
            **vars(self.proposal),
            **vars(self.result),
        }
        if not self.result.reports:
            del record["reports"]
        if self.reused is not None:
            record["reused"] = self.reused
        if self.derived is not None:
            record["derived"] = self.derived
        return record

    @classmethod
    def from_json(cls, record):
        """Returns the trial that `to_json` wrote.

        Raises:
            KeyError: If a field is missing.
        """
        return cls(
            trial_id=record["trial_id"],
            proposal=proposal_from_json(record),
            result=Result(
                **{
                    field.name: record[field.name]
                    for field in dataclasses.fields(Result)
                    # They are not in every journal.
                    if field.name not in ("reward", "multiply_adds", "reports")
                },
                reward=float(record["reward"]),
                multiply_adds=record.get("multiply_adds"),
                reports=tuple(map(float, record.get("reports", ()))),
            ),
            reused=record.get("reused"),
            derived=record.get("derived"),
        )


def proposal_from_json(record):
    """Returns the `Proposal` in a dict; further keys are ignored."""
    return Proposal(
        proposal_id=record["proposal_id"],
        batch=record["batch"],
        actions=tuple(record["actions"]),
        log_prob=record["log_prob"],
        seed=record["seed"],
    )


def checked(result):
    """Returns what an evaluator returned as a `Result` of plain values.

    Numbers of NumPy become those of Python. A number alone is the reward of a
    success.

    Raises:
        TypeError: If it is no such result.
        FloatingPointError: If a number is not finite.
    """
    if not isinstance(result, Result):
        try:
            result = Result(OK, _finite("a result", result))
        except FloatingPointError as error:
            raise TypeError(str(error)) from None
    if result.status not in STATUSES:
        raise TypeError(
            f"Expected a status of {', '.join(STATUSES)}. Received: "
            f"{str(result.status)[:80]!r}"
        )
    # What JSON cannot hold must not reach the journal.
    json.dumps(result.spec, allow_nan=False)
    return dataclasses.replace(
        result,
        reward=_finite("reward", result.reward),
        metrics={
            str(name): _finite(name, value)
            for name, value in result.metrics.items()
        },
        seconds=_finite("seconds", result.seconds),
        reports=tuple(_finite("a report", each) for each in result.reports),
        error=str(result.error),
        **{size: _size(size, getattr(result, size)) for size in SIZES},
    )


def _finite(name, value):
    """Returns a number as Python's, an integer as an integer."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        with contextlib.suppress(AttributeError, ValueError, RuntimeError):
            # An array of one number, of any backend.
            value = value.item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"Expected a number as {name}. Received: {str(value)[:80]!r}"
        )
    if not math.isfinite(value):
        raise FloatingPointError(f"{name} is {value}")
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _size(name, value):
    if value is None:
        return None
    value = _finite(name, value)
    if value != int(value) or value < 0:
        raise TypeError(f"Expected a whole number as {name}. Received: {value}")
    return int(value)
