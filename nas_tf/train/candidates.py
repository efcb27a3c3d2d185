"""Architectures with changed options, as a search space."""

import dataclasses
import functools
import itertools

from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.errors import UsageError
from nas_tf.runs import configuration as configurations
from nas_tf.spaces.base import SearchSpace
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy


@dataclasses.dataclass(frozen=True)
class Candidate:
    """An architecture together with how it is trained.

    Attributes:
        title: Title for people.
        spec: The architecture's spec.
        options: Tuple of pairs `(name, value)` that replace options of the
            task or of the space; see `applied`.
    """

    title: str
    spec: object
    options: tuple = ()

    def applied(self, space, task):
        """Returns the space and the task with the options.

        If both have an option of one name, the task's is changed.

        Raises:
            UsageError: If neither has an option of a name, or a value is
                refused.
        """
        changes = {"task": {}, "space": {}}
        fields = {"task": _fields(task), "space": space.options()}
        for name, value in self.options:
            for owner, names in fields.items():
                if name in names:
                    changes[owner][name] = value
                    break
            else:
                raise UsageError(
                    f"Unknown option '{name}' of a grid. There is: "
                    f"{', '.join([*fields['task'], *fields['space']])}."
                )
        return (
            _changed(space.with_options, changes["space"]),
            _changed(lambda c: dataclasses.replace(task, **c), changes["task"]),
        )

    def recipe(self, space):
        """Returns the spec's `Recipe`, without a rate if an option sets it."""
        recipe = space.recipe(self.spec)
        if "learning_rate" in dict(self.options):
            # The option has set the task's rate, which the spec's would hide.
            return dataclasses.replace(recipe, learning_rate=None)
        return recipe

    def describe(self):
        """Returns the title and the options in one line."""
        return ", ".join([self.title, *_shown(self.options)])

    def to_json(self):
        return {
            "title": self.title,
            "spec": self.spec.to_json(),
            "options": dict(self.options),
        }


def grid(text):
    """Returns the cells of a grid, each a tuple of options.

    Args:
        text: Call string such as
            "grid(learning_rate=(0.05, 0.1), weight_decay=(1e-4, 5e-4))", each
            argument a tuple of the values to try.

    Raises:
        UsageError: If `text` is anything else, or has an option that flags
            of the command set.
    """
    name, axes = registry.parse_call(text)
    good = all(isinstance(v, tuple) and len(v) > 0 for v in axes.values())
    if name != "grid" or not axes or not good:
        raise UsageError(
            f"Expected a grid such as grid(learning_rate=(0.05, 0.1)), with a "
            f"tuple of values for each option. Received: {text}"
        )
    for option in configurations.EPOCHS:
        if option in axes:
            raise UsageError(
                f"Expected a grid without {option}, as --epochs and "
                f"--trial_epochs say how long to train, and each epoch is "
                f"validated. Received: {text}"
            )
    return [
        tuple(zip(axes, values)) for values in itertools.product(*axes.values())
    ]


@dataclasses.dataclass(frozen=True)
class Candidates(SearchSpace):
    """A space with a single decision: which candidate to train.

    Attributes:
        space: `SearchSpace` that builds the architectures.
        candidates: Tuple of `Candidate`.
    """

    space: SearchSpace
    candidates: tuple

    @functools.cached_property
    def decisions(self):
        count = len(self.candidates)
        return (Categorical("candidate", count, labels=tuple(range(count))),)

    def decode(self, actions):
        return self.candidates[actions[0]]

    def task_of(self, candidate, task):
        """Returns the task with the options of a candidate."""
        return candidate.applied(self.space, task)[1]

    def build(self, spec, task):
        return self._space_of(spec, task).build(spec.spec, task)

    def cost(self, spec, task):
        return self._space_of(spec, task).cost(spec.spec, task)

    def recipe(self, spec):
        return spec.recipe(self.space)

    def _space_of(self, candidate, task):
        return candidate.applied(self.space, task)[0]


@dataclasses.dataclass
class InOrder(Strategy):
    """Proposes each candidate once, in a run of a single batch."""

    def propose(self, count, length, seed):
        return [Sample((number,), 0.0) for number in range(count)]

    def update(self, trials):
        return {}


def _fields(part):
    return [field.name for field in dataclasses.fields(part)]


def _changed(change, options):
    try:
        return change(options)
    except TypeError as error:
        raise UsageError(
            f"Expected other values of a grid. Received: "
            f"{', '.join(_shown(options.items()))} ({error})"
        ) from None


def _shown(options):
    return [f"{name}={value!r}" for name, value in options]
