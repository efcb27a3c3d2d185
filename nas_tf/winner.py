"""The best architecture of a run, kept up to date in `<run_dir>/best`."""

import os

from nas_tf import drawing
from nas_tf.archive import write_json
from nas_tf.observer import Observer


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
        folder = archive.run_dir / "best"
        folder.mkdir(exist_ok=True)
        write_json(folder / "spec.json", best.result.spec)
        spec = self.space.decode(best.proposal.actions)
        partial = folder / "architecture.png.partial"
        drawing.draw(self.space.graph(spec), partial)
        os.replace(partial, folder / "architecture.png")
        self.written = best
