"""The order of events of a search, and nothing else.

    propose -> write down -> submit -> finish -> write down -> learn

All else is somebody's business: what to try is the strategy's, what it is
worth the evaluator's, where it runs the executor's, what is kept the
archive's, when it is over the stopping rule's. Whoever wants to watch is an
observer.
"""

import collections
import dataclasses
import queue
import time

from nas_tf import trial
from nas_tf.runs.archive import Archive
from nas_tf.runs.archive import Batch
from nas_tf.search.budget import Budget
from nas_tf.search.checkpoint import Checkpoint
from nas_tf.search.failures import FailureWatch
from nas_tf.search.learner import Learner
from nas_tf.search.stopping import StoppingRule
from nas_tf.seeds import derive_seed
from nas_tf.trial import Proposal
from nas_tf.trial import Result

# Machines may join while nothing finishes: so often is looked for them.
LOOK_UP_SECONDS = 30.0


@dataclasses.dataclass
class SearchRun:
    """One start of a search: its parts, and what is under way.

    Attributes:
        space: `SearchSpace`.
        task: `Task`.
        strategy: `Strategy`.
        evaluator: `Evaluator`.
        executor: `Executor`.
        archive: The run's `Archive`.
        rule: `StoppingRule`.
        children_per_replica: Architectures of a batch, the paper's m.
        num_replicas: Batches under way at a time, the paper's K; None for as
            many as keep the workers busy.
        seed: Integer that all randomness comes from.
        budget: `Budget`.
        reuse_rewards: Whether an architecture equal to one that finished
            takes over its result.
        observers: Sequence of `Observer`.
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

    def run(self):
        """Runs until the rule ends it."""
        self.waiting = collections.deque()  # proposals to submit
        self.running = {}  # future -> proposal, time of submission
        self.done = queue.SimpleQueue()  # futures that finished
        self.finished = collections.defaultdict(dict)  # batch -> id -> trial
        self.known = {}  # key -> successful trial
        self.scalars = {}  # of `prepare`, for the next update's observers
        self.failures = FailureWatch(self.children_per_replica)
        self.learner = Learner(
            self.space,
            self.task,
            self.strategy,
            self.evaluator,
            self.seed,
            self.children_per_replica,
        )
        self.checkpoint = Checkpoint(self.archive, self.learner)
        self.rule.start(self.archive)
        over = self.rule.reached(self.archive)
        if not over:
            self.executor.warm_up(self.evaluator.warm_up, self.space, self.task)
            self.learner.start()
            self._resume()
        self._tell("on_start", self.rule)
        try:
            if not over:
                self._search()
        finally:
            for future in self.running:
                future.cancel()
            self._tell("on_end")

    def _search(self):
        try:
            while not self.rule.reached(self.archive):
                self._fill()
                self._collect()
        except KeyboardInterrupt:
            self.checkpoint.write()
            raise
        self.checkpoint.write()

    def _fill(self):
        """Draws and submits as much as there is room for."""
        while self._has_room():
            if self._is_due():
                self._propose()
            elif self.waiting:
                self._submit(self.waiting.popleft())
            else:
                return

    def _has_room(self):
        under_way = len(self.running)
        # A cluster without workers may be waiting for the first.
        return under_way < max(
            1, self.executor.num_workers
        ) and not self.rule.reached(self.archive, under_way)

    def _is_due(self):
        """Returns whether a batch is to be drawn now.

        Without a number of replicas that is when a worker would idle. A
        replica draws as soon as its last batch has come home (Zoph & Le
        2017, section 3.2), whether or not there is a worker.
        """
        if self.num_replicas is None:
            return not self.waiting
        return (
            len(self.archive.batches) - self.learner.updates < self.num_replicas
        )

    def _propose(self):
        archive = self.archive
        number = len(archive.batches)
        count = self.children_per_replica
        first = number * count
        self.scalars.update(self.learner.prepare())
        samples, redrawn = self.budget.draw(
            self.strategy,
            self.space,
            self.task,
            count,
            self.learner.length(number),
            derive_seed(self.seed, "propose", number),
        )
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
        archive.add_batch(
            Batch(number, self.learner.updates, redrawn, proposals)
        )
        self.waiting.extend(proposals)
        self.checkpoint.write_if_due()

    def _submit(self, proposal):
        params = self.budget.excess(self.space, self.task, proposal.actions)
        if params is not None:
            result = self._failed(
                proposal,
                trial.INVALID,
                f"{params:,} parameters; max_params is "
                f"{self.budget.max_params:,}",
                params=params,
            )
            return self._finish(proposal, result)
        if self.reuse_rewards:
            known = self.known.get(self.space.key(proposal.actions))
            if known is not None:
                result = dataclasses.replace(
                    known.result, started=time.time(), seconds=0.0
                )
                return self._finish(proposal, result, known.trial_id)
        future = self.executor.submit(
            self.evaluator.evaluate,
            self.space,
            self.task,
            proposal.actions,
            proposal.seed,
        )
        self.running[future] = (proposal, time.time())
        future.add_done_callback(self.done.put)

    def _collect(self):
        """Waits until something finished, and takes it in."""
        if not self.running:
            return
        timeout = LOOK_UP_SECONDS
        left = self.rule.seconds_left()
        if left is not None:
            timeout = min(timeout, left)
        for future in self.executor.collect(self.done, timeout):
            proposal, submitted = self.running.pop(future)
            self._finish(proposal, self._outcome(future, proposal, submitted))

    def _outcome(self, future, proposal, submitted):
        failure = self.executor.failure(future)
        if failure is None:
            return future.result()
        status, reason = failure
        return self._failed(
            proposal,
            status,
            reason,
            started=submitted,
            seconds=time.time() - submitted,
        )

    def _failed(self, proposal, status, reason, **facts):
        return Result(
            status=status,
            reward=self.task.failure_reward,
            spec=self.space.decode(proposal.actions).to_json(),
            error=reason,
            **{"started": time.time(), **facts},
        )

    def _finish(self, proposal, result, reused=None):
        finished = self.archive.add_trial(proposal, result, reused)
        self._tell("on_trial", finished)
        batch = self._take_in(finished)
        if batch is not None:
            self._update(batch)
        self.failures.check(self.archive)

    def _take_in(self, finished):
        """Notes a trial; returns its batch's trials if they are complete."""
        proposal = finished.proposal
        if finished.ok and finished.reused is None and self.reuse_rewards:
            self.known.setdefault(self.space.key(proposal.actions), finished)
        self.failures.add(finished)
        siblings = self.finished[proposal.batch]
        siblings[proposal.proposal_id] = finished
        if len(siblings) < self.children_per_replica:
            return None
        del self.finished[proposal.batch]
        return [siblings[key] for key in sorted(siblings)]

    def _update(self, trials):
        drawn_at = self.archive.batches[trials[0].proposal.batch].updates
        staleness = self.learner.updates - drawn_at
        scalars = {**self.scalars, **self.learner.update(trials)}
        scalars["controller/staleness"] = staleness
        self.scalars = {}
        self.checkpoint.write_if_due()
        self._tell("on_update", scalars)

    def _resume(self):
        """Brings learner and queue to where the journal ends."""
        self.checkpoint.restore(self.children_per_replica)
        finished = map(self._take_in, self.archive.trials)
        self.learner.catch_up(
            self.archive.batches, [batch for batch in finished if batch]
        )
        self.failures.in_a_row = 0
        done = {t.proposal.proposal_id for t in self.archive.trials}
        self.waiting.extend(
            proposal
            for batch in self.archive.batches
            for proposal in batch.proposals
            if proposal.proposal_id not in done
        )

    def _tell(self, event, *arguments):
        for observer in self.observers:
            getattr(observer, event)(self.archive, *arguments)
