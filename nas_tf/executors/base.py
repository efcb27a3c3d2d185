"""The base class of executors: they decide where children run."""

import concurrent.futures
import queue


class Executor(concurrent.futures.Executor):
    """A `concurrent.futures.Executor` that can be stopped at any moment.

    Attributes:
        num_workers: How many children run at a time. It may change during a
            search, when machines join or leave.
        in_process: Whether children run in the search's process, in the order
            in which they were submitted. Default: False.
        on_this_machine: Whether all children run on the search's machine.
            Default: True.
        clock: What tells the time of its children, with a method `now`. None
            (default) for the run's `nas_tf.machine.clock.RunClock`.
    """

    num_workers = 1
    in_process = False
    on_this_machine = True
    clock = None

    def describe(self):
        """Returns in a few words for people where children run."""
        count = self.num_workers
        return f"{count} worker{'s' if count > 1 else ''}"

    def reserve(self, devices):
        """Tells the executor how many devices each child is trained on.

        It is called before anything is submitted, if there is more than one.
        An executor that assigns GPUs gives each worker that many; others may
        ignore it.

        Args:
            devices: Integer, at least 1.
        """

    def warm_up(self, function, /, *args):
        """Lets each worker call a function before its first child.

        This only saves time; results and errors of the function are ignored.
        """

    def collect(self, done, timeout=None):
        """Waits until a child has finished.

        Args:
            done: `queue.SimpleQueue` that receives the futures of this executor
                when they finish.
            timeout: Longest time to wait in seconds, at least 0; None for no
                limit.

        Returns:
            List of all futures that have finished since the last call, in
            the order of finishing; empty after a timeout.
        """
        try:
            futures = [done.get(timeout=timeout)]
        except queue.Empty:
            return []
        while not done.empty():
            futures.append(done.get())
        return futures

    def failure(self, future):
        """Returns why a child's future failed, if the child is the reason.

        Args:
            future: A finished future of this executor.

        Returns:
            `(status, reason)` if the worker died or was ended; None if there
            is a result, or the function itself raised.
        """
        return None

    def stop(self):
        """Ends all workers, whatever they are doing."""

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.stop()
