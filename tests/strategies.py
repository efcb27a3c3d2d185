"""Strategies for tests, over spaces that have every kind of decision.

Compiling a controller's steps takes most of the time of these tests. A
strategy keeps its compiled steps for as long as it searches equal spaces, so
the tests share the objects of `started`, and they all draw batches of 8.
"""

import dataclasses
import functools
import io

import keras
import numpy as np

from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.spaces.base import SearchSpace
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy

BATCH = 8
# Those that learn from rewards.
NAMES = [
    name
    for name in registry.names("strategies")
    if not registry.make("strategies", name).learns_mixture
]
# With the paper's population evolution would draw at random for most of these
# short searches.
# A controller of one layer compiles in two thirds of the time.
CALLS = {
    "regularized_evolution": "regularized_evolution(population=24)",
    "reinforce": "reinforce(num_layers=1)",
    "ppo": "ppo(num_layers=1)",
    "surrogate": "surrogate(candidates=100, trees=8)",
}


@dataclasses.dataclass(frozen=True)
class Layers(SearchSpace):
    """Layers of all three kinds of decision, one of which has no choice.

    The last decision of a layer shapes the architecture only if the first is
    not 0.
    """

    @property
    def decisions(self):
        return tuple(
            decision
            for layer in range(3)
            for decision in (
                Categorical("operation", 4, anchor=True),
                Pointer(layer + 1),
                Subset(layer, anchor=False),
                Categorical("size", 3),
            )
        )

    def active(self, actions):
        return np.array(
            [at % 4 != 3 or actions[at - 3] != 0 for at in range(len(actions))],
            bool,
        )

    def build(self, spec, task):
        raise NotImplementedError


# Small ones: the time to compile grows with the number of decisions.
SMALL = {
    "conv": "conv(num_layers=2, strides=(1, 2), learning_rates=(0.1, 0.01),"
    " layer_types=('conv', 'max_pool'))",
    "tree": "tree(base=2)",
    "nasnet": "nasnet(num_blocks=2)",
    "enas_micro": "enas_micro(num_blocks=2)",
    "enas_macro": "enas_macro(num_layers=4)",
    "enas_recurrent": "enas_recurrent(num_nodes=4)",
}
LAYERS = Layers()
SPACES = {
    "layers": LAYERS,
    "toy": toy.ToySpace(),
    **{
        name: registry.make("spaces", SMALL.get(name, name))
        for name in registry.names("spaces")
    },
}
TARGET = (2, 0, 0, 1, 1, 1, 1, 2, 3, 0, 2, 0)


def likeness(actions, decisions=LAYERS.decisions, target=TARGET):
    """Returns the fraction of decisions answered like a target.

    A mask counts by the fraction of its bits.
    """
    total = 0.0
    for decision, action, wanted in zip(decisions, actions, target):
        if isinstance(decision, Subset):
            wrong = (action ^ wanted).bit_count()
            total += 1 - wrong / max(decision.size, 1)
        else:
            total += action == wanted
    return total / len(target)


def known_reward(space):
    """Returns the likeness to one architecture of a space, as a function."""
    rng = np.random.default_rng(3)
    target = tuple(d.random(rng) for d in space.decisions)
    return functools.partial(likeness, decisions=space.decisions, target=target)


@functools.cache
def made(name, space, number):
    """Returns the strategy of a name that is kept for a space and a number."""
    return registry.make("strategies", CALLS.get(name, name))


def started(name, space=LAYERS, seed=1, number=0):
    """Returns a strategy at the beginning of a search.

    It is the object that earlier calls with the same name, space and number
    returned, started again.
    """
    strategy = made(name, space, number)
    strategy.start(space, seed)
    return strategy


def drawn(strategy, number, length=None):
    """Returns a batch of proposals.

    Args:
        strategy: Started `Strategy`.
        number: The batch's number, which is also the seed.
        length: How many decisions to answer, default all.
    """
    length = length or len(strategy.space.decisions)
    samples = strategy.propose(BATCH, length, seed=number)
    return [
        Proposal(BATCH * number + i, number, s.actions, s.log_prob, 0)
        for i, s in enumerate(samples)
    ]


def rows(strategy, seed=99):
    """Returns the actions of a batch of proposals."""
    return [p.actions for p in drawn(strategy, seed)]


def finished(proposals, reward=likeness, status=OK):
    """Returns the trials of proposals, given `reward(actions)`."""
    return [
        Trial(p.proposal_id, p, Result(status, float(reward(p.actions))))
        for p in proposals
    ]


def searched(strategy, batches, reward=likeness):
    """Returns the rewards `[batches, 8]` of a search."""
    rewards = []
    for number in range(batches):
        trials = finished(drawn(strategy, number), reward)
        strategy.update(trials)
        rewards.append([t.reward for t in trials])
    return np.array(rewards)


def written_and_read(arrays):
    """Returns a state after it went through a file, without pickling."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as read:
        return {name: read[name] for name in read.files}


@functools.cache
def _kept(cls, plain, options):
    return cls(**dict(options))


def of_controller(cls, plain=False, **options):
    """Returns a strategy with a controller, started on the toy space.

    It is the object that earlier calls with equal arguments returned, started
    again. A test that changes more than its state has to make its own.

    Args:
        cls: Class of the strategy.
        plain: Whether gradient descent of rate 1 takes the place of Adam.
        **options: Options of the strategy.
    """
    options = {"num_layers": 1, **options}
    strategy = _kept(cls, plain, tuple(sorted(options.items())))
    is_new = strategy.controller is None
    strategy.start(SPACES["toy"], seed=1)
    if plain and is_new:
        strategy.optimizer = keras.optimizers.SGD(1.0)
        strategy.optimizer.build(strategy.controller.trainable_variables)
    return strategy


def spread_out(strategy, factor):
    """Multiplies a controller's weights, so that its choices differ."""
    for variable in strategy.controller.trainable_variables:
        variable.assign(variable * factor)


def trial(actions, reward, number=0, log_prob=0.0):
    """Returns a trial that went well."""
    actions = tuple(map(int, actions))
    proposal = Proposal(number, 0, actions, float(log_prob), 0)
    return Trial(number, proposal, Result(OK, float(reward)))


def flat(arrays):
    """Returns arrays as one float64 vector."""
    return np.concatenate([np.ravel(a) for a in arrays]).astype(np.float64)
