"""What can be watched of a search."""


class Observer:
    """Told what happens; a subclass writes the methods it has use for.

    `archive` is the run's `nas_tf.Archive`, up to date at each call.
    """

    def on_start(self, archive, rule):
        """Called once, with what earlier starts of the run left.

        Args:
            archive: See the class.
            rule: The run's `nas_tf.search.stopping.StoppingRule`.
        """

    def on_trial(self, archive, trial):
        """Called after a trial was written down."""

    def on_update(self, archive, scalars):
        """Called after the strategy learned from a batch."""

    def on_end(self, archive):
        """Called when the search is over, whatever ended it."""
