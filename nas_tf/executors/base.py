"""What an executor is: a place where children run."""

import concurrent.futures


class Executor(concurrent.futures.Executor):
    """A `concurrent.futures.Executor` that can be stopped at any moment.

    Attributes:
        num_workers: How many children run at a time.
    """

    num_workers = 1

    def warm_up(self, function, /, *args):
        """Has each worker call a function before its first child.

        It is a matter of speed only; what the function returns or raises is
        not looked at.
        """

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
