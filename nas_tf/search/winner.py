"""The best architecture of a run, kept up to date in `<run_dir>/best`."""

from nas_tf import drawing
from nas_tf.errors import UsageError
from nas_tf.files import written_whole
from nas_tf.runs import spec_file
from nas_tf.search.observer import Observer


class Winner(Observer):
    """Writes spec.json and architecture.png whenever a better one is found.

    Args:
        space: `SearchSpace`.
        task: `Task` that children are trained on, or None (default).
    """

    def __init__(self, space, task=None):
        self.space = space
        self.task = task
        self.written = None

    def on_start(self, archive, rule):
        self._write(archive)

    def on_trial(self, archive, trial):
        self._write(archive)

    def on_derived(self, archive):
        self._write(archive)

    def _write(self, archive):
        best = archive.tally.best
        if best is None or best is self.written:
            # A search by shared weights that goes on has no best until it
            # derives again. The folder keeps that of the shorter search.
            return
        try:
            self._write_best(archive.run_dir / "best", best)
        except OSError as error:
            raise UsageError(
                f"Cannot write {archive.run_dir / 'best'}: "
                f"{error.strerror or error}. The same command resumes the "
                f"run."
            ) from error
        self.written = best

    def _write_best(self, folder, best):
        folder.mkdir(exist_ok=True)
        spec_file.write(
            folder / "spec.json", self.space, best.result.spec, self.task
        )
        spec = self.space.decode(best.proposal.actions)
        with written_whole(folder / "architecture.png", binary=True) as file:
            drawing.draw(self.space.graph(spec), file)
