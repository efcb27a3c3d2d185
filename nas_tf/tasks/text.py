"""Your own text: a file, or a folder of train.txt, valid.txt and test.txt."""

import dataclasses

from nas_tf import places
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks._symbols import SPLITS
from nas_tf.tasks._symbols import read_lines
from nas_tf.tasks.language_modelling import LanguageModelling

DRAWN_SHARE = 10


@dataclasses.dataclass(frozen=True)
class Text(LanguageModelling):
    """Text in UTF-8 with one sentence or paragraph in each line.

    If `path` is a single file, its last tenth of lines is the test split and
    the tenth before that the validation split, unless these have their own
    files.

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
        parts = {}
        for name in ("test", "valid"):
            if name not in files:
                parts[name] = max(1, len(lines) // DRAWN_SHARE)
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


make = Text
