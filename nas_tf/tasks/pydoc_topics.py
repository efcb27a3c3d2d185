"""The help texts that come with Python, the quickstart's task of text.

There is no download, and reading takes a second. The text is what
`help("lambda")` and other topics show, from `pydoc_data.topics` of Python's
standard library. It differs a little between versions of Python, so compare
results only within one version.
"""

import dataclasses
import functools
import re

from nas_tf.tasks.language_modelling import LanguageModelling

# One of this many topics is for validation and one for the test.
FOLD = 10

_TOKEN = re.compile(r"[a-z_]+|[0-9]+|[^\sa-z0-9_]")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")
# Quotation marks enclose code, asterisks enclose terms.
_MARKUP = re.compile(r"[*\"“”]")
# Underlined titles, grammar rules and code examples are not English prose.
_NOT_PROSE = re.compile(r"[*=~^\-]{4,}|::=|>>>")


@dataclasses.dataclass(frozen=True)
class PydocTopics(LanguageModelling):
    """Sentences in lower case with "N" for a number.

    A tenth of the topics is for validation, another tenth for the test. Some
    topics share paragraphs. A shared paragraph is kept only in the first of
    these topics, by name, so no paragraph is in two splits.
    """

    epochs: int = 4
    batch_size: int = 10
    steps: int = 20
    learning_rate: float = 0.5
    decay: float = 1.5
    decay_after: int = 2
    max_words: int | None = 1000

    def read(self, split):
        return list(_parts()[split])


@functools.cache
def _parts():
    """Returns a dict from split to a tuple of lines, one sentence each."""
    from pydoc_data.topics import topics

    parts = {"train": [], "valid": [], "test": []}
    seen = set()
    for place, name in enumerate(sorted(topics)):
        split = {0: "valid", FOLD // 2: "test"}.get(place % FOLD, "train")
        for paragraph in re.split(r"\n\s*\n", topics[name]):
            text = " ".join(paragraph.lower().split())
            if _NOT_PROSE.search(text) or text in seen:
                continue
            seen.add(text)
            text = _MARKUP.sub("", text)
            for sentence in _SENTENCE_END.split(text):
                words = _TOKEN.findall(sentence)
                line = ["N" if word.isdigit() else word for word in words]
                parts[split].append(" ".join(line))
    return {name: tuple(lines) for name, lines in parts.items()}


make = PydocTopics
