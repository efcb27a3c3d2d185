"""Batches made ahead of their use."""

import collections
import concurrent.futures

# Batches that are ready or being made while another is trained on.
AHEAD = 2


def ahead(batches):
    """Yields what an iterable yields, made by a thread in the meantime.

    The thread ends with the generator. What the iterable raises is raised
    where its next batch is asked for.

    Args:
        batches: Iterable of anything but None.
    """
    batches = iter(batches)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:

        def begin():
            return thread.submit(next, batches, None)

        waiting = collections.deque(begin() for _ in range(AHEAD))
        while (batch := waiting.popleft().result()) is not None:
            waiting.append(begin())
            yield batch
