"""Several architectures as one model, which returns the mean of their outputs.

Such a model is an architecture of a space of its own, so that it is counted,
drawn and exported like any other.
"""

import dataclasses
import functools

from nas_tf import checks
from nas_tf import registry
from nas_tf.children.names import Names
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs.base import Spec
from nas_tf.specs.cost import Cost
from nas_tf.specs.graph import Graph
from nas_tf.train.candidates import Candidate


@dataclasses.dataclass(frozen=True)
class EnsembleSpec(Spec):
    """The architectures of an ensemble.

    Attributes:
        members: Tuple of specs of one space, at least one.
    """

    members: tuple

    def describe(self):
        """Returns one line with the description of each member."""
        shown = (f"({member.describe()})" for member in self.members)
        return f"mean of {', '.join(shown)}"

    def graph(self):
        """Returns the `Graph` of the members between input and mean."""
        last = len(self.members) + 1
        numbers = range(1, last)
        labels = [
            f"{number}: {member.describe()}"
            for number, member in zip(numbers, self.members)
        ]
        edges = [(0, n) for n in numbers] + [(n, last) for n in numbers]
        return Graph(("input", *labels, "mean"), tuple(edges))

    def to_json(self):
        return {"members": [member.to_json() for member in self.members]}


@dataclasses.dataclass(frozen=True)
class Ensemble(SearchSpace):
    """Models that return the mean of the outputs of a space's models.

    It has no decisions and is for building only.

    Attributes:
        space: Call string of the space that builds the members.
    """

    space: str

    def __post_init__(self):
        checks.text(self, "space")

    @functools.cached_property
    def own(self):
        """The `SearchSpace` of the members."""
        return registry.make("spaces", self.space)

    @property
    def decisions(self):
        return ()

    @property
    def kinds(self):
        return self.own.kinds

    def read_spec(self, record):
        members = record.get("members") if isinstance(record, dict) else None
        if not isinstance(members, list) or not members:
            raise UsageError(
                f"Expected the members of an ensemble. Received: {record!r:.60}"
            )
        return EnsembleSpec(tuple(map(self.own.read_spec, members)))

    def build(self, spec, task):
        return mean([self.own.build(member, task) for member in spec.members])

    def cost(self, spec, task):
        costs = [self.own.cost(member, task) for member in spec.members]
        adds = [cost.multiply_adds for cost in costs]
        return Cost(
            sum(cost.params for cost in costs),
            None if None in adds else sum(adds),
        )


def whole(space, candidates):
    """Returns the ensemble of candidates as a space and a `Candidate`.

    Args:
        space: `SearchSpace` that builds the candidates.
        candidates: Sequence of `Candidate`.
    """
    members = tuple(candidate.spec for candidate in candidates)
    title = f"ensemble of {len(members)}"
    own = Ensemble(registry.call_string(space))
    return own, Candidate(title, EnsembleSpec(members))


def mean(models):
    """Returns a Keras model of the mean of the outputs of models.

    It consists of layers of Keras and of those of the models.

    Args:
        models: Sequence of built Keras models with the same inputs, and one
            output of the same shape.
    """
    keras = import_keras()
    inputs = keras.tree.map_structure(_like, models[0].input)
    names = Names(tensor.name for tensor in keras.tree.flatten(inputs))
    for number, model in enumerate(models, 1):
        # A model may not have two layers of one name.
        model.name = names.free(f"member_{number}")
    outputs = [model(inputs) for model in models]
    if len(outputs) > 1:
        outputs = [keras.layers.Average(name=names.free("mean"))(outputs)]
    return keras.Model(inputs, outputs[0])


def check(task):
    """Raises `UsageError` if outputs of a task's models are not averaged."""
    reasons = {
        "language_model": "keep states between parts of a text",
        "translation": "search for what they write",
    }
    reason = reasons.get(getattr(task, "kind", None))
    if reason is not None:
        raise UsageError(
            f"Expected a task whose models read one example at a time, for an "
            f"ensemble. Received: {type(task).__name__}, whose models {reason}"
        )


def _like(tensor):
    keras = import_keras()
    return keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)


make = Ensemble
