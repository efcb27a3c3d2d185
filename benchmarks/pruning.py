"""Does ending trainings early save time? python -m benchmarks.pruning

Searches with each pruning rule and without, with the same seeds. Prints the
processor time of a whole search, and that until each reaches the best reward
that all searches of a seed reach. With --journal, finished searches are not
made again by the same command.
"""

import json
import pathlib
import time

import numpy as np
from absl import flags

from benchmarks import common
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search

FLAGS = flags.FLAGS
NONE = "none"


def define_flags():
    common.define_parts()
    flags.DEFINE_multi_string(
        "rules",
        [NONE, "median", "asha"],
        "Pruning rule, or none; repeat the flag for more.",
    )
    flags.DEFINE_string("strategy", "reinforce", "Strategy.")
    flags.DEFINE_integer(
        "seeds", 3, "Number of searches per rule.", lower_bound=1
    )
    flags.DEFINE_integer("first_seed", 0, "Seed of the first.", lower_bound=0)
    flags.DEFINE_integer(
        "max_children", 48, "Number of children per search.", lower_bound=1
    )
    flags.DEFINE_string(
        "journal", None, "File of finished searches, to go on after a stop."
    )
    flags.FLAGS.set_default("task", "digits(epochs=20)")


def main():
    known = recorded()
    seconds = {rule: [] for rule in FLAGS.rules}
    for seed in range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds):
        courses = {rule: course_of(rule, seed, known) for rule in FLAGS.rules}
        target = min(max(course.rewards) for course in courses.values())
        for rule, course in courses.items():
            reached = course.until(target)
            seconds[rule].append((course.seconds[-1], reached))
            print(
                f"seed {seed}, {rule}: {course.pruned} of "
                f"{len(course.rewards)} pruned, best reward "
                f"{max(course.rewards):.4f} after {course.seconds[-1]:.0f} s; "
                f"{target:.4f} after {reached:.0f} s",
                flush=True,
            )
    for rule, pairs in seconds.items():
        whole, reached = np.mean(pairs, axis=0)
        print(f"{rule}: {whole:.0f} s a search, {reached:.0f} s to the reward")


def course_of(rule, seed, known):
    """Returns a `Course`, of the journal where it has that search."""
    label = (
        f"{rule}, seed {seed}, {FLAGS.max_children} children, "
        f"{FLAGS.strategy}, {FLAGS.space}, {FLAGS.task}"
    )
    if label not in known:
        course = search(rule, seed)
        known[label] = course.to_json()
        if FLAGS.journal:
            with open(FLAGS.journal, "a") as file:
                file.write(json.dumps([label, known[label]]) + "\n")
    return Course(**known[label])


def recorded():
    """Returns a dict from labels to the attributes of a `Course`."""
    path = pathlib.Path(FLAGS.journal or "")
    if not path.is_file():
        return {}
    return dict(map(json.loads, path.read_text().splitlines()))


def search(rule, seed):
    """Returns the `Course` of a search in this process."""
    course = Course()
    progress = Progress(course, f"seed {seed}, {rule}")
    run_search(
        FLAGS.space,
        FLAGS.task,
        FLAGS.strategy,
        executor="inline",
        max_children=FLAGS.max_children,
        seed=seed,
        observers=[course, progress],
        pruning=None if rule == NONE else rule,
    )
    return course


class Course(Observer):
    """The rewards of a search and the processor time at which they came.

    Attributes:
        rewards: List of the rewards; of pruned children 0.
        seconds: List of processor seconds since the search began.
        pruned: Number of pruned children.
    """

    def __init__(self, rewards=(), seconds=(), pruned=0):
        self.rewards, self.seconds = list(rewards), list(seconds)
        self.pruned = pruned

    def on_start(self, archive, rule):
        self._began = time.process_time()

    def on_trial(self, archive, trial):
        self.rewards.append(trial.reward if trial.ok else 0.0)
        self.seconds.append(time.process_time() - self._began)
        self.pruned = archive.tally.pruned

    def to_json(self):
        """Returns a dict from which `Course` is made again."""
        return {
            "rewards": self.rewards,
            "seconds": self.seconds,
            "pruned": self.pruned,
        }

    def until(self, target):
        """Returns the seconds until a reward was reached."""
        first = next(i for i, r in enumerate(self.rewards) if r >= target)
        return self.seconds[first]


class Progress(Observer):
    """Prints a line after every eighth child, as a search takes minutes."""

    def __init__(self, course, name):
        self._course, self._name = course, name

    def on_trial(self, archive, trial):
        count = len(self._course.rewards)
        if count % 8 == 0:
            print(
                f"{self._name}: {count} children, "
                f"{self._course.seconds[-1]:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    common.run(main, define_flags)
