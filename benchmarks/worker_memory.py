"""Does memory stay bounded? python -m benchmarks.worker_memory

Trains the quickstart's children in worker processes and records the resident
memory of every process of the run.
"""

import collections

import psutil
from absl import flags

from benchmarks import common
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search

FLAGS = flags.FLAGS


def define_flags():
    common.define_parts()
    flags.DEFINE_integer(
        "max_children", 300, "Number of children.", lower_bound=1
    )
    # By then a process has loaded its libraries and trained its first children.
    flags.DEFINE_integer(
        "settled",
        4,
        "First readings of each process that are ignored.",
        lower_bound=0,
    )


MIB = 2**20


class Watch(Observer):
    """Records the memory of this process and its workers after every child."""

    def __init__(self):
        self.driver = psutil.Process()
        self.readings = collections.defaultdict(list)

    def on_trial(self, archive, trial):
        for process in (self.driver, *self.driver.children(recursive=True)):
            try:
                memory = process.memory_info().rss / MIB
            except psutil.NoSuchProcess:
                continue
            self.readings[process.pid].append(memory)


def main():
    watch = Watch()
    run_search(
        FLAGS.space,
        FLAGS.task,
        executor=FLAGS.executor,
        max_children=FLAGS.max_children,
        observers=[watch],
    )
    driver = watch.readings.pop(watch.driver.pid)
    half = driver[len(driver) // 2 :]
    print(
        f"Search process: {driver[0]:.0f} MiB after the first child, "
        f"{half[0]:.0f} "
        f"after half of {len(driver)}, {half[-1]:.0f} at the end"
    )
    growth = [
        max(readings) - readings[FLAGS.settled]
        for readings in watch.readings.values()
        if len(readings) > FLAGS.settled
    ]
    largest = max(max(readings) for readings in watch.readings.values())
    print(
        f"{len(watch.readings)} workers and helper processes: largest growth "
        f"{max(growth):.0f} MiB, largest size {largest:.0f} MiB"
    )


if __name__ == "__main__":
    common.run(main, define_flags)
