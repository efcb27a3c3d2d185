"""Your own pairs of sentences: a folder of files, or a table of two columns."""

import dataclasses
import functools

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.tasks import _cache
from nas_tf.tasks import _pairs
from nas_tf.tasks.translating import Translating


@dataclasses.dataclass(frozen=True)
class Translation(Translating):
    """Sentences and their translations in UTF-8, one a line.

    Splits without files are drawn from the training pairs, a tenth each but
    at most 1,000; pairs of one source are in one split.

    Attributes:
        path: A folder with `train.en` and `train.de`, line by line each
            other's translation, and the same for "valid" (or "val", "dev") and
            "test", if there are any; or a file of tab-separated values. Its
            columns have the languages' names, or there is no head and they are
            the first two.
        source: Language to translate from, the ending of its files. Default:
            "en".
        target: Language to translate to. Default: "de".
        test_name: Name of the test files before the ending, such as
            "newstest2014". None (default): "test", or the only name that
            begins with it. A table has none.
        split_seed: Decides which pairs are drawn. Default: 0.
    """

    path: str = dataclasses.field(kw_only=True, metadata=registry.location())
    source: str = dataclasses.field(default="en", kw_only=True)
    target: str = dataclasses.field(default="de", kw_only=True)
    test_name: str | None = dataclasses.field(default=None, kw_only=True)
    split_seed: int = dataclasses.field(default=0, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        checks.text(self, "path", "source", "target")
        if self.source == self.target:
            raise UsageError(
                f"Expected `target` to be another language than source. "
                f"Received: '{self.target}' for both"
            )
        checks.text(self, "test_name", optional=True)
        checks.whole(self, "split_seed", minimum=0)

    def files(self):
        """Returns a dict from split to a tuple of one or two paths."""
        path = places.local(self.path)
        if path.is_dir():
            return _pairs.files_in(
                path, self.source, self.target, self.test_name
            )
        if path.is_file():
            checks.check(
                self,
                "test_name",
                self.test_name is None,
                "None for a table, which is one file",
            )
            return {"train": (path,)}
        raise UsageError(
            f"Expected a folder with train.{self.source} and "
            f"train.{self.target}, or a file of tab-separated values. "
            f"Received: {path}, which is not there"
        )

    def title(self, split):
        files = self.files()
        paths = files.get(split) or files["train"]
        return f"split '{split}' of {' and '.join(map(str, paths))}"

    def data_key(self):
        prints = [
            [split, _cache.fingerprint(path.parent, [path])]
            for split, paths in self.files().items()
            for path in paths
        ]
        return [self.source, self.target, self.split_seed, prints]

    def read(self, split):
        return _read(self, split)


@functools.lru_cache(maxsize=3)
def _read(task, split):
    files = task.files()
    if split != "train" and split in files:
        return _checked(task, split, _pairs.read_pair(files[split]))
    paths = files["train"]
    if len(paths) == 1:
        found = _pairs.read_table(paths[0], task.source, task.target)
    else:
        found = _pairs.read_pair(paths)
    sides = _checked(task, split, found)
    missing = [name for name in ("valid", "test") if name not in files]
    chosen = _pairs.drawn(sides[0], missing, task.split_seed)[split]
    return tuple([side[row] for row in chosen] for side in sides)


def _checked(task, split, found):
    sides = _pairs.without_empty(*found)
    if not sides[0]:
        raise UsageError(
            f"Expected lines with a translation in {task.title(split)}. "
            f"Received: every pair has an empty side"
        )
    return sides


make = Translation
