"""What a search learns: the states of its strategy and its evaluator.

Three events change them: `prepare`, before a batch is drawn, `expect`, once it
is drawn, and `update`, after the last child of a batch has finished. The
journal determines the order of these events, so both states can be computed
again from it.
"""

from nas_tf.seeds import derive_seed

# Prefixes of the names of arrays in a state.
STRATEGY = "strategy/"
EVALUATOR = "evaluator/"


class Learner:
    """A strategy and an evaluator, and how much they have learned.

    Args:
        space: `SearchSpace`.
        task: `Task`.
        strategy: `Strategy`.
        evaluator: `Evaluator`.
        seed: The run's seed.
        batch_size: Number of children of a batch.
        rule: `PruningRule`, which says what pruned children teach, or None
            (default).

    Attributes:
        prepared: Number of batches that the evaluator has prepared.
        parts: Number of parts of the next batch's preparation that are done.
        updates: Number of batches that the strategy has learned from.
        in_step: Whether the states are those after `prepared` batches, `parts`
            parts and `updates` updates. It is False while one of them changes.
    """

    def __init__(
        self, space, task, strategy, evaluator, seed, batch_size, rule=None
    ):
        self.space = space
        self.task = task
        self.strategy = strategy
        self.evaluator = evaluator
        self.seed = seed
        self.batch_size = batch_size
        self.rule = rule
        self.prepared = self.parts = self.updates = 0
        self.in_step = False

    def start(self):
        """Starts both from the beginning. What was learned is forgotten."""
        self.in_step = False
        self.strategy.start(self.space, self.seed)
        self.evaluator.start(self.space, self.task, self.seed)
        self.prepared = self.parts = self.updates = 0
        self.in_step = True

    def length(self, number):
        """Returns the number of decisions of a batch's architectures."""
        return self.space.length(number * self.batch_size)

    def prepare(self, on_part=None):
        """Lets the evaluator prepare the next batch; returns its scalars.

        Args:
            on_part: Function that is called after each part of a preparation
                but the last, or None (default).
        """
        number = self.prepared
        while self.prepared == number:
            self.in_step = False
            scalars = self.evaluator.prepare(
                self.strategy,
                self.length(number),
                number,
                derive_seed(self.seed, "prepare", number),
            )
            self.parts += 1
            if self.evaluator.is_prepared(number):
                self.prepared, self.parts = number + 1, 0
            self.in_step = True
            if self.parts and on_part is not None:
                on_part()
        return dict(scalars)

    def expect(self, proposals):
        """Tells the strategy which batch is about to be evaluated.

        Args:
            proposals: Sequence of `Proposal`.
        """
        self.strategy.expect([p.actions for p in proposals])

    def update(self, trials):
        """Lets the strategy learn from a batch; returns its scalars.

        Args:
            trials: The batch's trials, in the order of proposing.
        """
        self.in_step = False
        if self.rule is not None:
            failure = self.task.failure_reward
            trials = [self.rule.lesson(trial, failure) for trial in trials]
        scalars = self.strategy.update(trials)
        self.updates += 1
        self.in_step = True
        return dict(scalars)

    def catch_up(self, batches, finished):
        """Repeats those events of the journal that are not in the states yet.

        Args:
            batches: List of all `Batch`es, by number.
            finished: List of complete batches, each a list of its trials, in
                the order in which the batches were completed.
        """
        for batch in batches[self.prepared :]:
            while self.updates < batch.updates:
                self.update(finished[self.updates])
            self.prepare()
            self.expect(batch.proposals)
        for trials in finished[self.updates :]:
            self.update(trials)

    def state(self):
        """Returns both states, a dict of NumPy arrays."""
        self.strategy.settle()
        return {
            **_renamed(STRATEGY, self.strategy.state()),
            **_renamed(EVALUATOR, self.evaluator.state()),
        }

    def set_state(self, arrays, prepared, updates, parts=0):
        """Replaces both states by what `state` returned.

        Args:
            arrays: Dict of NumPy arrays.
            prepared: Number of batches that had been prepared.
            updates: Number of batches that had been learned from.
            parts: Number of parts of the next batch's preparation that were
                done. Default: 0.

        Raises:
            Exception: Of any kind, if the arrays are not such a state. The
                learner then has to be started again.
        """
        self.in_step = False
        self.strategy.set_state(_own(STRATEGY, arrays))
        self.evaluator.set_state(_own(EVALUATOR, arrays))
        self.prepared, self.updates = prepared, updates
        self.parts = parts
        self.in_step = True


def _renamed(prefix, arrays):
    return {f"{prefix}{name}": array for name, array in arrays.items()}


def _own(prefix, arrays):
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
