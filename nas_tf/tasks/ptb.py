"""Penn Treebank: the benchmark of Zoph & Le 2017, section 4.2.

Newspaper text in lower case, prepared by T. Mikolov: 10,000 words with
`<unk>`, "N" for a number, and `<eos>`; 929,589 words to train on, 73,760 for
validation, 82,430 for the test, `<eos>` included. As characters: 50 symbols
and 5,017,482, 393,042 and 442,423 of them. Origin: M. P. Marcus,
M. A. Marcinkiewicz and B. Santorini, "Building a Large Annotated Corpus of
English: The Penn Treebank", Computational Linguistics 19(2), 1993. The corpus
is licensed by the Linguistic Data Consortium, so nothing here downloads it.
"""

import dataclasses

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.tasks._symbols import SPLITS
from nas_tf.tasks._symbols import read_lines
from nas_tf.tasks.language_modelling import LanguageModelling

FOLDERS = ("", "ptb", "simple-examples/data")


@dataclasses.dataclass(frozen=True)
class PennTreebank(LanguageModelling):
    """The words or the characters of Penn Treebank.

    Attributes:
        data_dir: Folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt.
            They may also be in its subfolder ptb/ or simple-examples/data/ (as
            in Mikolov's simple-examples.tgz). Default: "ptb" in the working
            directory.
    """

    data_dir: str = dataclasses.field(
        default="ptb", metadata=registry.location()
    )

    def files(self):
        root = places.local(self.data_dir)
        names = {split: f"ptb.{split}.txt" for split in SPLITS}
        for folder in FOLDERS:
            files = {split: root / folder / names[split] for split in SPLITS}
            if all(path.is_file() for path in files.values()):
                return files
        raise UsageError(
            f"Expected {', '.join(names.values())} (of simple-examples.tgz by "
            f"T. Mikolov) in data_dir, its ptb/ or its simple-examples/data/. "
            f"Received: {self.data_dir!r}, which "
            + ("lacks some of them" if root.is_dir() else "is no folder")
        )

    def read(self, split):
        return read_lines(self.files()[split])


make = PennTreebank
