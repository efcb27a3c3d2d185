"""The best architecture of a run, kept up to date in `<run_dir>/best`."""

import os

from nas_tf import drawing
from nas_tf.errors import UsageError
from nas_tf.files import write_json
from nas_tf.search.observer import Observer


class Winner(Observer):
    """Writes spec.json and architecture.png whenever the best changes.

    Args:
        space: `SearchSpace`.
    """

    def __init__(self, space):
        self.space = space
        self.written = None

    def on_start(self, archive, rule):
        self._write(archive)

    def on_trial(self, archive, trial):
        self._write(archive)

    def _write(self, archive):
        best = archive.tally.best
        if best is self.written:
            return
        try:
            self._write_best(archive.run_dir / "best", best)
        except OSError as error:
            raise UsageError(
                f"Cannot write {archive.run_dir / 'best'}: "
                f"{error.strerror or error}. The run can go on from there by "
                f"the same command."
            ) from error
        self.written = best

    def _write_best(self, folder, best):
        folder.mkdir(exist_ok=True)
        write_json(folder / "spec.json", best.result.spec)
        spec = self.space.decode(best.proposal.actions)
        partial = folder / "architecture.png.partial"
        drawing.draw(self.space.graph(spec), partial)
        os.replace(partial, folder / "architecture.png")
