"""Your own text: a file, or a folder of train.txt, valid.txt and test.txt."""

import dataclasses

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.tasks._symbols import SPLITS
from nas_tf.tasks._symbols import read_lines
from nas_tf.tasks.language_modelling import LanguageModelling

DRAWN_SHARE = 10


@dataclasses.dataclass(frozen=True)
class Text(LanguageModelling):
    """Text in UTF-8 with one sentence or paragraph in each line.

    If `path` is a single file, its last tenth of lines is the test split and
    the tenth before that the validation split, unless these have their own
    files. A file of a single line, such as text8, is divided between words in
    the same way, or between any characters if there is no space.

    Attributes:
        path: The file, or a folder with train.txt, valid.txt and test.txt,
            such as that of WikiText-2.
        valid_path: File with the validation text, or None.
        test_path: File with the test text, or None.
    """

    path: str = dataclasses.field(kw_only=True, metadata=registry.location())
    valid_path: str | None = dataclasses.field(
        default=None, kw_only=True, metadata=registry.location()
    )
    test_path: str | None = dataclasses.field(
        default=None, kw_only=True, metadata=registry.location()
    )

    def files(self):
        given = (self.path, self.valid_path, self.test_path)
        files = {
            split: places.local(path)
            for split, path in zip(SPLITS, given)
            if path is not None
        }
        folder = files["train"]
        if folder.is_dir():
            files["train"] = folder / "train.txt"
            files = {name: folder / f"{name}.txt" for name in SPLITS} | files
        for path in files.values():
            if not path.is_file():
                raise UsageError(
                    f"Expected a text file, or a folder with "
                    f"{', '.join(f'{name}.txt' for name in SPLITS)}. "
                    f"Received: {path}, which is "
                    + ("no file" if path.exists() else "not there")
                )
        return files

    def read(self, split):
        files = self.files()
        if split in files and split != "train":
            return read_lines(files[split])
        lines = read_lines(files["train"])
        drawn = [name for name in ("test", "valid") if name not in files]
        if len(lines) == 1 and drawn:
            lines = _divided(lines[0], len(drawn))
        parts = {name: max(1, len(lines) // DRAWN_SHARE) for name in drawn}
        if sum(parts.values()) >= len(lines):
            raise UsageError(
                f"Expected more than {len(parts)} lines to take "
                f"{' and '.join(parts)} from, or a file for each. Received: "
                f"{files['train']} with {len(lines)}"
            )
        end = len(lines)
        for name, count in parts.items():
            if name == split:
                return lines[end - count : end]
            end -= count
        return lines[:end]


def _divided(line, count):
    """Returns a line as a longer one and `count` of a tenth of it each."""
    cuts, end = [], len(line)
    for number in range(count, 0, -1):
        wanted = len(line) - number * len(line) // DRAWN_SHARE
        space = line.rfind(" ", 0, wanted)
        cuts.append(space if space > 0 else wanted)
    pieces = [line[a:b].strip() for a, b in zip([0, *cuts], [*cuts, end])]
    return pieces if all(pieces) else [line]


make = Text
