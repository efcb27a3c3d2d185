"""The events of a search that can be observed."""


class Observer:
    """Is called at the events of a search. All methods do nothing by default.

    `archive` is the run's `nas_tf.runs.archive.Archive`, which already contains
    the event.
    """

    def on_ready(self, archive, search):
        """Called once, before anything is loaded or restored.

        Args:
            archive: The run's `Archive`, with what earlier starts of
                the run found.
            search: The `nas_tf.search.loop.SearchRun`, which has the parts of
                the search.
        """

    def on_start(self, archive, rule):
        """Called once, before anything is proposed.

        Args:
            archive: The run's `Archive`, with what earlier starts of
                the run found.
            rule: The run's `nas_tf.search.stopping.StoppingRule`.
        """

    def on_part(self, archive, preparation):
        """Called after a part of what an evaluator does before a batch.

        Args:
            archive: See the class.
            preparation: What `Evaluator.preparation` returned.
        """

    def on_trial(self, archive, trial):
        """Called after a trial was written to the journal."""

    def on_update(self, archive, scalars):
        """Called after the strategy learned from a batch.

        Args:
            archive: See the class.
            scalars: Dict of numbers of the strategy, and of the evaluator's
                `prepare` since the last update. A "/" in a name makes a group.
        """

    def on_derived(self, archive):
        """Called when a search by shared weights has derived its best."""

    def on_end(self, archive):
        """Called when the search ends, also after an error."""
