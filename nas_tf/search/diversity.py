"""Whether a search by shared weights still tries different architectures."""

import collections

from nas_tf import layout
from nas_tf.machine import standard_streams
from nas_tf.search.observer import Observer

WINDOW = 100
# With fewer different ones among the last 100, a policy has made up its mind.
FEW = 20


class Diversity(Observer):
    """Says in a line when a strategy has collapsed to a few architectures.

    It says so once in a search by shared weights, whose judgements are cheap
    and many; in others architectures are too few.
    """

    def __init__(self):
        self._recent = collections.deque(maxlen=WINDOW)
        self._said = False

    def on_start(self, archive, rule):
        self._recent.extend(t.proposal.actions for t in archive.trials)

    def on_trial(self, archive, trial):
        self._recent.append(trial.proposal.actions)
        different = len(set(self._recent))
        full = len(self._recent) == WINDOW and trial.derived is False
        if full and different < FEW and not self._said:
            self._said = True
            print(text(different), file=standard_streams.stderr())


def text(different):
    """Returns the line about a collapse.

    Args:
        different: Number of different architectures among the last 100.
    """
    return layout.paragraph(
        f"Only {different} of the last {WINDOW} architectures differ: the "
        f"strategy has collapsed. A larger entropy_weight, a smaller "
        f"learning_rate or a longer warm-up keeps it open."
    )
