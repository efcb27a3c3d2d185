"""Samplers of Optuna (Akiba et al. 2019), by its ask-and-tell interface.

A decision for one of n choices is a categorical parameter. A subset of n is n
binary parameters, so that the sampler does not have to model 2**n masks.
"""

import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from nas_tf.seeds import derive_seed
from nas_tf.strategies._history import pack
from nas_tf.strategies._history import unpack
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy

SAMPLERS = ("tpe", "random")


@dataclasses.dataclass
class Optuna(Strategy):
    """Proposes with a sampler of Optuna, from `pip install optuna`.

    A sampler knows the finished trials, with the failure reward for those that
    failed, and all proposals in progress, which "tpe" takes for bad ones until
    it knows better, so that it proposes others. Optuna stores nothing: its
    study is rebuilt from the trials. A proposal's `log_prob` is 0.

    Attributes:
        sampler: "tpe" (default), the tree-structured Parzen estimator (Bergstra
            et al. 2011) of all decisions jointly, or "random". These are the
            samplers of Optuna that support categorical parameters, keep no
            state of their own, so that a search can be replayed, and need no
            other package.
        startup: Number of random architectures at the beginning of "tpe", at
            least 1. Default: 10, as in Optuna.

    Raises:
        UsageError: If Optuna is not installed.
    """

    sampler: str = "tpe"
    startup: int = 10

    def __post_init__(self):
        checks.one_of(self, "sampler", SAMPLERS)
        checks.whole(self, "startup")
        try:
            import optuna
        except ImportError as error:
            raise UsageError(
                f"Expected Optuna: pip install 'optuna>=5.0'. Received: {error}"
            ) from None
        optuna.logging.set_verbosity(optuna.logging.ERROR)

    def start(self, space, seed):
        super().start(space, seed)
        self._decisions = space.decisions
        self._parameters = _parameters(space.decisions)
        self._forget()

    def _forget(self):
        import optuna

        self._rows = []
        self._rewards = []
        self._in_progress = []  # pairs of a row and its number in the study
        self._study = optuna.create_study(direction="maximize")

    def _make_sampler(self, seed):
        from optuna import samplers

        if self.sampler == "random":
            return samplers.RandomSampler(seed=seed)
        return samplers.TPESampler(
            n_startup_trials=self.startup,
            seed=seed,
            multivariate=True,
            constant_liar=True,
        )

    def propose(self, count, length, seed):
        from optuna.trial import TrialState

        self._study.sampler = self._make_sampler(derive_seed(seed, "optuna"))
        wanted = {}
        for parameters in self._parameters[:length]:
            wanted.update(parameters)
        asked = [self._study.ask(wanted) for _ in range(count)]
        for trial in asked:
            # Samplers ignore failed trials. `update` adds all finished trials,
            # whether or not they were proposed by this study.
            self._study.tell(trial, state=TrialState.FAIL)
        decisions = self._decisions[:length]
        return [Sample(_row(decisions, trial.params), 0.0) for trial in asked]

    def expect(self, rows):
        from optuna.trial import TrialState

        for row in rows:
            number = len(self._study.get_trials(deepcopy=False))
            self._add_to_study(row, state=TrialState.RUNNING)
            self._in_progress.append((row, number))

    def update(self, trials):
        for trial in trials:
            self._forget_progress(trial.proposal.actions)
            self._add(trial.proposal.actions, trial.reward)
        return {"optuna/best_reward": max(self._rewards)}

    def _forget_progress(self, row):
        """Ends one trial in progress, of which samplers then know nothing.

        What is known of the architecture becomes a trial of its own, so that
        trials are in the order in which they finished.
        """
        from optuna.trial import TrialState

        for at, (each, number) in enumerate(self._in_progress):
            if each == row:
                self._study.tell(number, state=TrialState.FAIL)
                del self._in_progress[at]
                return

    def _add(self, row, reward):
        self._rows.append(row)
        self._rewards.append(reward)
        self._add_to_study(row, value=reward)

    def _add_to_study(self, row, **facts):
        from optuna.trial import create_trial

        known = {}
        for parameters in self._parameters[: len(row)]:
            known.update(parameters)
        self._study.add_trial(
            create_trial(
                params=_params(self._decisions, row),
                distributions=known,
                **facts,
            )
        )

    def state(self):
        return {
            "rows": pack(self._rows),
            "rewards": np.array(self._rewards, np.float64),
            "in_progress": pack([row for row, _ in self._in_progress]),
        }

    def set_state(self, arrays):
        self._forget()
        for row, reward in zip(
            unpack(arrays["rows"]), arrays["rewards"].tolist()
        ):
            self._add(row, reward)
        # States of earlier versions do not say what was in progress.
        if "in_progress" in arrays:
            self.expect(unpack(arrays["in_progress"]))


def _parameters(decisions):
    """Returns for each decision a dict of parameter names to distributions."""
    from optuna.distributions import CategoricalDistribution

    binary = CategoricalDistribution((0, 1))
    return [
        dict.fromkeys(_names(at, decision), binary)
        if isinstance(decision, Subset)
        else {_name(at): CategoricalDistribution(tuple(range(decision.size)))}
        for at, decision in enumerate(decisions)
    ]


def _params(decisions, row):
    """Returns a dict of parameter names to values for a row of actions."""
    params = {}
    for at, (decision, action) in enumerate(zip(decisions, row)):
        if isinstance(decision, Subset):
            for bit, name in enumerate(_names(at, decision)):
                params[name] = action >> bit & 1
        else:
            params[_name(at)] = action
    return params


def _row(decisions, params):
    """Returns the row of actions that `_params` was called with."""
    return tuple(
        sum(params[n] << bit for bit, n in enumerate(_names(at, decision)))
        if isinstance(decision, Subset)
        else params[_name(at)]
        for at, decision in enumerate(decisions)
    )


def _names(at, subset):
    return [f"{_name(at)}/{bit}" for bit in range(subset.size)]


def _name(at):
    return f"decision/{at}"


make = Optuna
