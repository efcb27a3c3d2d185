"""Progress as plain lines, for a file or a pipe in place of a bar."""

import time

from nas_tf import layout
from nas_tf.machine import standard_streams

# A line appears after this many seconds, and after each tenth of the whole.
SECONDS = 30
PARTS = 10


class Lines:
    """Takes the place of a `tqdm` bar.

    Args:
        total: Number of steps, or None if it is not known.
        initial: Number of steps that were done before.
        unit: What several steps are called, such as "children".
        disable: Whether to show nothing.

    Attributes:
        n: Number of steps that are done.
    """

    def __init__(self, total, initial, unit, disable=False):
        self.total = total
        self.n = self.initial = initial
        self.unit = unit
        self.disable = disable
        self.began = self.paced = self.shown = time.monotonic()
        self.told = initial
        self.facts = ""

    def set_postfix(self, facts, refresh=False):
        """Sets a dict of what else is shown, a name to a text."""
        pairs = (f"{name} {value}" for name, value in facts.items())
        self.set_postfix_str(", ".join(pairs))

    def set_postfix_str(self, text, refresh=False):
        """Sets what else is shown, as text."""
        self.facts = text

    def update(self, count=1):
        """Counts steps, and shows a line if it is due."""
        self.n += count
        is_long_ago = time.monotonic() - self.shown >= SECONDS
        if is_long_ago or self.n == self.total or self._is_at_a_part():
            self._show()

    def unpause(self):
        """Leaves what was so far out of the pace, which tells the time left.

        It has the name of `tqdm`'s method.
        """
        self.initial, self.paced = self.n, time.monotonic()

    def _is_at_a_part(self):
        return bool(self.total) and (
            self.n * PARTS // self.total > self.told * PARTS // self.total
        )

    def _show(self):
        self.told, self.shown = self.n, time.monotonic()
        if self.disable:
            return
        seconds = self.shown - self.began
        count = f"{self.n:,}"
        if self.total:
            count += f"/{self.total:,}"
        parts = [f"{count} {self.unit} in {layout.span(seconds)}"]
        steps = self.n - self.initial
        if self.total and 0 < self.n < self.total and steps:
            pace = (self.shown - self.paced) / steps
            left = pace * (self.total - self.n)
            parts.append(f"about {layout.span(left)} left")
        if self.facts:
            parts.append(self.facts)
        print(", ".join(parts), file=standard_streams.stderr(), flush=True)

    def write(self, text):
        """Shows a line of its own."""
        if not self.disable:
            print(text, file=standard_streams.stderr(), flush=True)

    def close(self):
        """Shows a last line, unless it was shown."""
        if self.n != self.told:
            self._show()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
