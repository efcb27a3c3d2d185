"""Architectures with options changed, as a space that a run can go through."""

import dataclasses
import functools
import itertools

from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.errors import UsageError
from nas_tf.spaces.base import SearchSpace
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy


@dataclasses.dataclass(frozen=True)
class Candidate:
    """An architecture together with how it is trained.

    Attributes:
        title: What people call it.
        spec: Its spec.
        options: Tuple of pairs `(name, value)`, fields of the task or of the
            space that take other values; see `applied`.
    """

    title: str
    spec: object
    options: tuple = ()

    def applied(self, space, task):
        """Returns space and task with the options.

        A name that both have is the task's.

        Raises:
            UsageError: If neither has a name, or a value is refused.
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
        """Returns the spec's recipe, but with an option's learning rate."""
        recipe = space.recipe(self.spec)
        if "learning_rate" in dict(self.options):
            # The option has changed the task's rate.
            return dataclasses.replace(recipe, learning_rate=None)
        return recipe

    def describe(self):
        """Returns the title and the options on a line."""
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
        UsageError: If `text` is anything else.
    """
    name, axes = registry.parse_call(text)
    good = all(isinstance(v, tuple) and len(v) > 0 for v in axes.values())
    if name != "grid" or not axes or not good:
        raise UsageError(
            f"Expected a grid such as grid(learning_rate=(0.05, 0.1)), with a "
            f"tuple of values for each option. Received: {text}"
        )
    return [
        tuple(zip(axes, values)) for values in itertools.product(*axes.values())
    ]


@dataclasses.dataclass(frozen=True)
class Candidates(SearchSpace):
    """A space whose one decision is which candidate.

    Attributes:
        space: `SearchSpace` that builds them.
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
        """Returns the task as a candidate is trained on it."""
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
    """Proposes each candidate once; for a run of a single batch."""

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
