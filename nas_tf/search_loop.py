"""The order of events of a search, and nothing else.

    propose -> write down -> submit -> finish -> write down -> learn

All else is somebody's business: what to try is the strategy's, what it is
worth the evaluator's, where it runs the executor's, what is kept the
archive's. Whoever wants to watch is an observer.
"""

import collections
import concurrent.futures
import dataclasses
import time

from nas_tf import checkpoint
from nas_tf import registry
from nas_tf import trial
from nas_tf.archive import Archive
from nas_tf.archive import Batch
from nas_tf.budget import Budget
from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.seeds import derive_seed
from nas_tf.trial import Proposal
from nas_tf.trial import Result

# So many failures one after the other, or a whole first batch of them, are no
# longer about the children.
MAX_FAILURES_IN_A_ROW = 32


class SearchFailed(RuntimeError):
    """Raised when all children fail; says what the commonest failure is."""


def run_search(
    space,
    task,
    strategy="reinforce",
    evaluator="standalone",
    executor="inline",
    run_dir=None,
    max_children=96,
    children_per_replica=8,
    seed=0,
    max_params=None,
    oversize="redraw",
    reuse_rewards=False,
    observers=(),
):
    """Searches a space for architectures of high reward.

    Called again with the same `run_dir` it goes on where it was left.

    Args:
        space: `SearchSpace`, or a call string such as "conv(num_layers=6)".
        task: `Task` or call string.
        strategy: `Strategy` or call string.
        evaluator: `Evaluator` or call string.
        executor: `Executor` or call string, default in this process. One
            given as an object is left running.
        run_dir: Directory of the run, or None to keep all in memory.
        max_children: Number of trials to end at, failed ones included, >= 1.
        children_per_replica: Architectures proposed and learned from
            together, the paper's m, >= 1.
        seed: Integer that all randomness comes from.
        max_params: See `Budget`.
        oversize: See `Budget`.
        reuse_rewards: Whether an architecture equal to one that finished
            takes over its result instead of being trained.
        observers: Sequence of `Observer`.

    Returns:
        The closed `Archive`.

    Raises:
        UsageError: For bad arguments, or a run directory that does not go
            with them.
        SearchFailed: If children only ever fail.
    """
    for name, value, minimum in (
        ("max_children", max_children, 1),
        ("children_per_replica", children_per_replica, 1),
        ("seed", seed, 0),
    ):
        if not is_whole(value, minimum):
            raise UsageError(
                f"Expected `{name}` to be a whole number from {minimum}. "
                f"Received: {value!r}"
            )
    space = _made("spaces", space)
    task = _made("tasks", task)
    space.check_task(task)
    strategy = _made("strategies", strategy)
    evaluator = _made("evaluators", evaluator)
    budget = Budget(max_params, oversize)
    own_executor = isinstance(executor, str)
    executor = _made("executors", executor)
    configuration = {
        "format": 1,
        "space": registry.configuration(space),
        "task": registry.configuration(task),
        "strategy": registry.configuration(strategy),
        "evaluator": registry.configuration(evaluator),
        "seed": seed,
        "children_per_replica": children_per_replica,
        **dataclasses.asdict(budget),
        "reuse_rewards": reuse_rewards,
    }
    try:
        with Archive(run_dir, configuration) as archive:
            search = _Search(
                space=space,
                task=task,
                strategy=strategy,
                evaluator=evaluator,
                executor=executor,
                archive=archive,
                max_children=max_children,
                children_per_replica=children_per_replica,
                seed=seed,
                budget=budget,
                reuse_rewards=reuse_rewards,
                observers=observers,
            )
            search.run()
    finally:
        if own_executor:
            executor.stop()
    return archive


def _made(package, part):
    return registry.make(package, part) if isinstance(part, str) else part


@dataclasses.dataclass
class _Search:
    """One start of a search: its parts, and what is under way."""

    space: object
    task: object
    strategy: object
    evaluator: object
    executor: object
    archive: Archive
    max_children: int
    children_per_replica: int
    seed: int
    budget: Budget
    reuse_rewards: bool
    observers: tuple

    def run(self):
        self.waiting = collections.deque()  # proposals to submit
        self.running = {}  # future -> proposal
        self.finished = collections.defaultdict(dict)  # batch -> id -> trial
        self.known = {}  # key -> successful trial
        self.updates = 0
        self.failures = 0
        if len(self.archive.trials) < self.max_children:
            self.executor.warm_up(self.evaluator.warm_up, self.space, self.task)
            self.strategy.start(self.space, self.seed)
            self._resume()
        self._tell("on_start", self.max_children)
        try:
            while len(self.archive.trials) < self.max_children:
                self._fill()
                self._collect()
        finally:
            for future in self.running:
                future.cancel()
            self._tell("on_end")

    def _fill(self):
        """Submits until every worker is busy or enough is under way."""
        while (
            len(self.running) < self.executor.num_workers
            and len(self.archive.trials) + len(self.running) < self.max_children
        ):
            if not self.waiting:
                self._propose()
            self._submit(self.waiting.popleft())

    def _propose(self):
        archive = self.archive
        number = len(archive.batches)
        count = self.children_per_replica
        first = number * count
        samples, redrawn = self.budget.draw(
            self.strategy,
            self.space,
            self.task,
            count,
            self.space.length(first),
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
        archive.add_batch(Batch(number, self.updates, redrawn, proposals))
        self.waiting.extend(proposals)

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

    def _collect(self):
        """Waits until something finished, and takes it in."""
        if not self.running:
            return
        done, _ = concurrent.futures.wait(
            self.running, return_when=concurrent.futures.FIRST_COMPLETED
        )
        # A set of futures has no order of its own; proposals have.
        for future in sorted(
            done, key=lambda f: self.running[f][0].proposal_id
        ):
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
        self._check_failures()

    def _take_in(self, finished):
        """Notes a trial; returns its batch's trials if they are complete."""
        proposal = finished.proposal
        if finished.ok and finished.reused is None and self.reuse_rewards:
            self.known.setdefault(self.space.key(proposal.actions), finished)
        failed = not finished.ok and finished.result.status != trial.INVALID
        self.failures = self.failures + 1 if failed else 0
        siblings = self.finished[proposal.batch]
        siblings[proposal.proposal_id] = finished
        if len(siblings) < self.children_per_replica:
            return None
        del self.finished[proposal.batch]
        return [siblings[key] for key in sorted(siblings)]

    def _update(self, trials):
        scalars = dict(self.strategy.update(trials))
        drawn_at = self.archive.batches[trials[0].proposal.batch].updates
        scalars["controller/staleness"] = self.updates - drawn_at
        self.updates += 1
        checkpoint.save(self.strategy, self.archive, self.updates)
        self._tell("on_update", scalars)

    def _resume(self):
        """Brings strategy and queue to where the journal ends."""
        saved = checkpoint.restore(
            self.strategy, self.archive, self.children_per_replica
        )
        if saved is None:
            # The journal is the truth: what the checkpoint would have held
            # can be had again from there.
            self.strategy.start(self.space, self.seed)
            saved = 0
        for finished in self.archive.trials:
            batch = self._take_in(finished)
            if batch is not None:
                if self.updates >= saved:
                    self.strategy.update(batch)
                self.updates += 1
        self.failures = 0
        done = {t.proposal.proposal_id for t in self.archive.trials}
        self.waiting.extend(
            proposal
            for batch in self.archive.batches
            for proposal in batch.proposals
            if proposal.proposal_id not in done
        )

    def _check_failures(self):
        trials, count = self.archive.trials, self.failures
        first_batch = count == len(trials) == max(self.children_per_replica, 2)
        if not self.archive.tally.statuses[trial.OK]:
            # Oversize ones say nothing about the rest, unless there is
            # nothing else.
            count = len(trials)
        if first_batch or count >= MAX_FAILURES_IN_A_ROW:
            raise SearchFailed(_commonest(trials[-count:]))

    def _tell(self, event, *arguments):
        for observer in self.observers:
            getattr(observer, event)(self.archive, *arguments)


def _commonest(trials):
    """Returns a line about the commonest failure."""
    reasons = collections.Counter(
        (t.result.status, (t.result.error.strip().splitlines() or [""])[-1])
        for t in trials
    )
    (status, reason), count = reasons.most_common(1)[0]
    return (
        f"The last {len(trials)} children failed, so the search stops. "
        f"{count} of them: {status}: {reason}"
    )
