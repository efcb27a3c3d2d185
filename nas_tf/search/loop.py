"""The order of events of a search, and nothing else.

    prepare -> propose -> write down -> submit -> finish -> write down -> learn

The strategy decides what to try, the evaluator what it is worth, the executor
where it runs, the archive what is kept, and the stopping rule when the search
ends. Observers watch.
"""

import collections
import contextlib
import dataclasses
import math

from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.search import derive
from nas_tf.search import start_from
from nas_tf.search.budget import Budget
from nas_tf.search.checkpoint import Checkpoint
from nas_tf.search.children import Children
from nas_tf.search.failures import FailureWatch
from nas_tf.search.learner import Learner
from nas_tf.search.stopping import StoppingRule
from nas_tf.seeds import derive_seed
from nas_tf.trial import Proposal

# The paper has 100 replicas.
FEW_REPLICAS = 128

# Batches that are drawn before a child that waits is submitted.
MOST_DRAWN = 64


@dataclasses.dataclass
class SearchRun:
    """One start of a search: its parts and its progress.

    Attributes:
        space: `SearchSpace`.
        task: `Task`.
        strategy: `Strategy`.
        evaluator: `Evaluator`.
        executor: `Executor`.
        archive: The run's `Archive`.
        rule: `StoppingRule`.
        children_per_replica: Number of architectures of a batch, the paper's
            m.
        num_replicas: Number of batches in progress at a time, the paper's K.
            None for as many as keep the workers busy.
        seed: Integer from which all seeds are derived.
        budget: `Budget`.
        reuse_rewards: Whether an architecture that equals a finished one gets
            that one's result instead of being evaluated.
        observers: Sequence of `Observer`.
        start_from: Sequence of `Known`, proposed before any others.
        judge: `Judge` that ends trainings early, or None (default).
    """

    space: object
    task: object
    strategy: object
    evaluator: object
    executor: object
    archive: Archive
    rule: StoppingRule
    children_per_replica: int
    num_replicas: int | None
    seed: int
    budget: Budget
    reuse_rewards: bool
    observers: tuple
    start_from: tuple = ()
    judge: object = None

    def run(self):
        """Runs until the stopping rule ends the search."""
        self.children = Children(
            self.space,
            self.task,
            self.evaluator,
            self.executor,
            self.judge,
            self.executor.clock or self.archive.clock,
        )
        self.learner = Learner(
            self.space,
            self.task,
            self.strategy,
            self.evaluator,
            self.seed,
            self.children_per_replica,
            None if self.judge is None else self.judge.rule,
        )
        self.checkpoint = Checkpoint(self.archive, self.learner)
        self.failures = FailureWatch(self.children_per_replica)
        self.unfinished = collections.defaultdict(dict)  # batch -> id -> trial
        self.known = {}  # key -> successful trial
        self.scalars = {}  # of `prepare`, for the next update's observers
        self.rule.start(self.archive)
        self._tell("on_ready", self)
        over = self.rule.reached(self.archive)
        if not over or self._is_to_be_derived():
            with self._timed():
                self.children.warm_up()
                self.learner.start()
                self._resume()
        self._tell("on_start", self.rule)
        try:
            if not over:
                with self._timed():
                    self._search()
            if self._is_to_be_derived():
                derive.derive(self)
                self._tell("on_derived")
        finally:
            self.children.cancel()
            self._tell_all("on_end")

    @contextlib.contextmanager
    def _timed(self):
        """Lets the next start know what time was used, whatever happens."""
        try:
            yield
        except UsageError:
            # A start that is refused changes nothing in the directory.
            raise
        except BaseException:
            self.rule.keep(self.archive)
            raise
        self.rule.keep(self.archive)

    def _is_to_be_derived(self):
        """Returns whether the best architectures are not known yet."""
        archive = self.archive
        return self.evaluator.derives and archive.trials and not archive.derived

    def _resume(self):
        """Restores the learner and the queue from checkpoint and journal."""
        self.checkpoint.restore(self.children_per_replica)
        finished = map(self._take_in, self.archive.trials)
        self.learner.catch_up(
            self.archive.batches, [batch for batch in finished if batch]
        )
        self.failures.in_a_row = 0
        done = {t.proposal.proposal_id for t in self.archive.trials}
        self.children.waiting.extend(
            proposal
            for batch in self.archive.batches
            for proposal in batch.proposals
            if proposal.proposal_id not in done
        )

    def _search(self):
        try:
            while not self.rule.reached(self.archive):
                self._fill()
                for outcome in self.children.collect(self.rule.seconds_left()):
                    self._finish(*outcome)
                self.archive.check()
                self.rule.keep_if_due(self.archive)
        except KeyboardInterrupt:
            self.checkpoint.write()
            raise
        self.checkpoint.write()

    def _fill(self):
        """Draws and submits children until all workers are busy.

        Of very many batches that are due only some are drawn before the first
        children begin.
        """
        drawn = 0
        while self._has_room():
            enough = drawn >= MOST_DRAWN and self.children.waiting
            if self._is_due() and not enough:
                self._propose()
                drawn += 1
            elif self.children.waiting:
                self._submit(self.children.waiting.popleft())
            else:
                return

    def _has_room(self):
        running = self.children.num_running
        return self.children.has_free_worker() and not self.rule.reached(
            self.archive, running
        )

    def _is_due(self):
        """Returns whether the next batch is to be drawn now.

        Without a number of replicas it is when a worker would be idle. A
        replica draws as soon as its last batch has finished (Zoph & Le 2017,
        section 3.2), whether or not there is a free worker.
        """
        if self.num_replicas is None:
            return not self.children.waiting
        drawn = len(self.archive.batches)
        return drawn - self.learner.updates < self.num_replicas and not (
            self._has_idle_replicas(drawn)
        )

    def _has_idle_replicas(self, drawn):
        """Returns whether many replicas have no child left for them.

        A few replicas draw as if the search went on, so that one that is
        continued equals one that was not stopped. Of many, those that all
        children leave idle would only fill the journal.
        """
        if self.rule.max_children is None or self.num_replicas <= FEW_REPLICAS:
            return False
        enough = math.ceil(self.rule.max_children / self.children_per_replica)
        return enough < self.num_replicas and drawn >= enough

    def _on_part(self):
        self.checkpoint.write()
        self.rule.keep_if_due(self.archive)
        preparation = self.evaluator.preparation()
        if preparation is not None:
            self._tell("on_part", preparation)

    def _propose(self):
        number = len(self.archive.batches)
        count = self.children_per_replica
        first = number * count
        prepared = self.learner.prepare(self._on_part)
        self.scalars.update(prepared)
        samples, redrawn = self._draw(number, count)
        proposals = tuple(
            Proposal(
                proposal_id=first + index,
                batch=number,
                actions=sample.actions,
                log_prob=sample.log_prob,
                seed=derive_seed(self.seed, "child", first + index),
            )
            for index, sample in enumerate(samples)
        )
        # While the state is ahead of the journal no checkpoint is written.
        self.learner.expect(proposals)
        self.archive.add_batch(
            Batch(number, self.learner.updates, redrawn, proposals)
        )
        self.children.waiting.extend(proposals)
        if prepared:
            self.checkpoint.write()
        self.checkpoint.write_if_due()

    def _draw(self, number, count):
        """Returns the samples of a batch and the number of discarded ones."""
        samples = start_from.samples(
            self.start_from, self.strategy, number, count
        )
        if len(samples) == count:
            return samples, 0
        drawn, redrawn = self.budget.draw(
            self.strategy,
            self.space,
            self.task,
            count - len(samples),
            self.learner.length(number),
            derive_seed(self.seed, "propose", number),
        )
        return samples + drawn, redrawn

    def _submit(self, proposal):
        params = self.budget.excess(self.space, self.task, proposal.actions)
        if params is not None:
            reason = (
                f"{params:,} parameters; max_params is "
                f"{self.budget.max_params:,}"
            )
            result = self.children.failed(
                proposal, trial.INVALID, reason, params=params
            )
            return self._finish(proposal, result)
        if self.reuse_rewards:
            known = self.known.get(self.space.key(proposal.actions))
            if known is not None:
                result = dataclasses.replace(
                    known.result,
                    started=self.archive.clock.now(),
                    seconds=0.0,
                )
                return self._finish(proposal, result, known.trial_id)
        self.children.submit(proposal)

    def _finish(self, proposal, result, reused=None):
        finished = self.archive.add_trial(
            proposal,
            result,
            reused,
            derived=False if self.evaluator.derives else None,
        )
        self._tell("on_trial", finished)
        batch = self._take_in(finished)
        if batch is not None:
            self._update(batch)
        self.failures.check(self.archive)

    def _take_in(self, finished):
        """Records a trial; returns its batch's trials if all have finished."""
        proposal = finished.proposal
        if finished.ok and finished.reused is None and self.reuse_rewards:
            self.known.setdefault(self.space.key(proposal.actions), finished)
        self.failures.add(finished)
        siblings = self.unfinished[proposal.batch]
        siblings[proposal.proposal_id] = finished
        if len(siblings) < self.children_per_replica:
            return None
        del self.unfinished[proposal.batch]
        return [siblings[key] for key in sorted(siblings)]

    def _update(self, trials):
        drawn_at = self.archive.batches[trials[0].proposal.batch].updates
        staleness = self.learner.updates - drawn_at
        if self.evaluator.derives:
            self.archive.sync()
        scalars = {**self.scalars, **self.learner.update(trials)}
        scalars["controller/staleness"] = staleness
        self.scalars = {}
        self.checkpoint.write_if_due()
        self._tell("on_update", scalars)

    def _tell(self, event, *arguments):
        for observer in self.observers:
            getattr(observer, event)(self.archive, *arguments)

    def _tell_all(self, event):
        """Tells every observer, also if one of them fails."""
        with contextlib.ExitStack() as stack:
            for observer in reversed(self.observers):
                stack.callback(getattr(observer, event), self.archive)
