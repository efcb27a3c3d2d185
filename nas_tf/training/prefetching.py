"""Prepares batches in a thread, ahead of their use."""

import collections
import concurrent.futures

# Number of batches that are ready or being made while the model trains on
# another.
AHEAD = 2


def ahead(batches):
    """Yields the items of an iterable, which a thread makes ahead of their use.

    The thread ends with the generator. An exception of the iterable is raised
    when its item is requested.

    Args:
        batches: Iterable of items other than None.
    """
    batches = iter(batches)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:

        def begin():
            return thread.submit(next, batches, None)

        waiting = collections.deque(begin() for _ in range(AHEAD))
        while (batch := waiting.popleft().result()) is not None:
            waiting.append(begin())
            yield batch
