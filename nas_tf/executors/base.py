"""What an executor is: a place where children run."""

import concurrent.futures
import queue


class Executor(concurrent.futures.Executor):
    """A `concurrent.futures.Executor` that can be stopped at any moment.

    Attributes:
        num_workers: How many children run at a time. It may change while a
            search runs, as machines come and go.
        in_process: Whether children run in the search's process, in the order
            in which they were submitted. Default: False.
    """

    num_workers = 1
    in_process = False

    def reserve(self, devices):
        """Says how many devices each child is trained on.

        Called before anything is submitted, if it is more than one. An
        executor that shares out GPUs gives each worker so many; any other
        need not care.

        Args:
            devices: Integer, at least 1.
        """

    def warm_up(self, function, /, *args):
        """Has each worker call a function before its first child.

        It is a matter of speed only; what the function returns or raises is
        not looked at.
        """

    def collect(self, done, timeout=None):
        """Waits until a child has finished.

        Args:
            done: `queue.SimpleQueue` that futures of this executor are put
                into as they finish.
            timeout: Longest time to wait in seconds, >= 0; None for any.

        Returns:
            List of all futures that have finished since the last call, in
            the order of finishing; empty if time ran out.
        """
        try:
            futures = [done.get(timeout=timeout)]
        except queue.Empty:
            return []
        while not done.empty():
            futures.append(done.get())
        return futures

    def failure(self, future):
        """Returns why a child's future failed, if that is a fact about it.

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
