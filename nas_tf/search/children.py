"""Children from their submission to their result."""

import collections
import dataclasses
import queue
import traceback

from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.machine.clock import RunClock
from nas_tf.trial import Result

# New machines may join a cluster, and a run directory may disappear, while no
# child finishes. So the search looks around at least this often.
LOOK_UP_SECONDS = 2.0


class Children:
    """Proposals that wait for a worker, and proposals in progress.

    Args:
        space: `SearchSpace`.
        task: `Task`.
        evaluator: `Evaluator`.
        executor: `Executor`.
        judge: `Judge` that children report to, or None (default).
        clock: `RunClock` of the run; None (default) for one that begins now.

    Attributes:
        waiting: Deque of `Proposal`, the next to submit first.
    """

    def __init__(
        self, space, task, evaluator, executor, judge=None, clock=None
    ):
        self.space = space
        self.task = task
        self.evaluator = evaluator
        self.executor = executor
        self.judge = judge
        self.clock = clock or RunClock()
        self.waiting = collections.deque()
        self._running = {}  # future -> proposal, time of submission
        self._done = queue.SimpleQueue()  # futures that finished

    @property
    def num_running(self):
        return len(self._running)

    def has_free_worker(self):
        """Returns whether one more child can be submitted.

        A cluster without workers counts as one worker, because the first one
        may be about to join.
        """
        return self.num_running < max(1, self.executor.num_workers)

    def warm_up(self):
        """Lets each worker load what its first child needs."""
        self.executor.warm_up(self.evaluator.warm_up, self.space, self.task)

    def submit(self, proposal):
        """Submits a proposal to be evaluated."""
        more = {}
        if self.judge is not None:
            more["reports"] = self.judge.reports(proposal)
        # Inline, the child has finished when `submit` returns.
        began = self.clock.now()
        future = self.executor.submit(
            self.evaluator.evaluate,
            self.space,
            self.task,
            proposal.actions,
            proposal.seed,
            **more,
        )
        self._running[future] = (proposal, began)
        future.add_done_callback(self._done.put)

    def collect(self, seconds_left=None):
        """Waits until a child has finished, at most 2 s.

        Args:
            seconds_left: A shorter time to wait, or None.

        Yields:
            Pairs of a proposal and its `Result`, in the order in which the
            children finished.
        """
        if not self._running:
            return
        timeout = LOOK_UP_SECONDS
        if seconds_left is not None:
            timeout = min(timeout, seconds_left)
        for future in self.executor.collect(self._done, timeout):
            proposal, submitted = self._running.pop(future)
            yield proposal, self._result(future, proposal, submitted)

    def cancel(self):
        """Cancels all proposals in progress."""
        for future in self._running:
            future.cancel()

    def failed(self, proposal, status, reason, **facts):
        """Returns the `Result` of a proposal that could not be evaluated.

        Args:
            proposal: The `Proposal`.
            status: See `nas_tf.trial`.
            reason: Text for people.
            **facts: Further fields of the result.
        """
        return Result(
            status=status,
            reward=self.task.failure_reward,
            spec=self.space.decode(proposal.actions).to_json(),
            error=reason,
            **{"started": self.clock.now(), **facts},
        )

    def _result(self, future, proposal, submitted):
        failure = self.executor.failure(future)
        elapsed = self.clock.now() - submitted
        if failure is None:
            failure, result = self._returned(future)
        if failure is not None:
            result = self.failed(proposal, *failure, seconds=elapsed)
        # An evaluator may measure by a clock that was set meanwhile, or on a
        # machine with another one.
        seconds = min(max(result.seconds, 0.0), elapsed)
        return dataclasses.replace(
            result, started=self.clock.now() - seconds, seconds=seconds
        )

    def _returned(self, future):
        """Returns a failure or None, and the `Result` that was returned.

        Raises:
            UsageError: If the evaluator did, as it is no child's failure.
        """
        try:
            result = trial.checked(future.result())
        except UsageError:
            raise
        except Exception as error:
            said = "".join(traceback.format_exception(error))
            bad = isinstance(error, FloatingPointError)
            return (trial.NAN if bad else trial.ERROR, said), None
        return None, result
