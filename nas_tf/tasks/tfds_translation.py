"""Any translation data set of TensorFlow Datasets (TFDS), by name.

See https://www.tensorflow.org/datasets/catalog/overview#translate. The data
set's own validation and test splits are used if it has them.
"""

import dataclasses
import functools
import os
import pathlib

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks import _cache
from nas_tf.tasks import _pairs
from nas_tf.tasks import _tfds
from nas_tf.tasks.translating import Translating


@dataclasses.dataclass(frozen=True)
class TfdsTranslation(Translating):
    """A data set whose examples have a text in each of two languages.

    Splits that it has not are drawn from the training pairs, see
    `nas_tf.tasks.translation`.

    Attributes:
        name: Name in the TFDS catalogue, with its configuration:
            "ted_hrlr_translate/pt_to_en", "wmt14_translate/de-en".
        source: Language to translate from, or None (default) for the first of
            the data set.
        target: Language to translate to, or None (default) for the first other
            one.
        data_dir: Folder of prepared data sets, which is only read. None
            (default): the default folder of TFDS, to which a missing data set
            is downloaded.
        split_seed: Decides which pairs are drawn. Default: 0.
    """

    name: str = dataclasses.field(kw_only=True)
    source: str | None = dataclasses.field(default=None, kw_only=True)
    target: str | None = dataclasses.field(default=None, kw_only=True)
    data_dir: str | None = dataclasses.field(
        default=None, kw_only=True, metadata=registry.location()
    )
    split_seed: int = dataclasses.field(default=0, kw_only=True)

    def __post_init__(self):
        super().__post_init__()
        checks.text(self, "name")
        checks.text(self, "source", "target", "data_dir", optional=True)
        checks.whole(self, "split_seed", minimum=0)

    def languages(self):
        """Returns the names of source and target among the features."""
        return _languages(self)

    def title(self, split):
        return f"split '{split}' of {self.name}"

    def data_key(self):
        builder = _builder(self.name, self.data_dir)
        folder = pathlib.Path(os.fspath(builder.data_path))
        files = [path for path in folder.iterdir() if path.is_file()]
        prints = _cache.fingerprint(folder, files)
        return [self.name, *self.languages(), self.split_seed, prints]

    def read(self, split):
        own = _own_splits(self)
        if split != "train" and split in own:
            return _lines(self, own[split])
        sides = _lines(self, own["train"])
        missing = [name for name in ("valid", "test") if name not in own]
        chosen = _pairs.drawn(sides[0], missing, self.split_seed)[split]
        return tuple([side[row] for row in chosen] for side in sides)


@functools.lru_cache(maxsize=8)
def _builder(name, data_dir):
    return _tfds.prepared(name, data_dir, _check_kind)


def _check_kind(name, builder):
    """Raises `UsageError` unless a data set has texts of two languages."""
    if len(_texts(builder.info.features)) < 2:
        features = ", ".join(_items(builder.info.features))
        raise UsageError(
            f"Expected a data set with a text in each of two languages. "
            f"Received: {name} with {features or 'no features'}"
        )


def _items(features):
    return dict(getattr(features, "items", dict)())


def _texts(features):
    """Returns the names of the features that are texts, sorted."""
    import tensorflow_datasets as tfds

    # A data set that was stored does not keep their order.
    return sorted(
        name
        for name, feature in _items(features).items()
        if isinstance(feature, tfds.features.Text)
    )


def _languages(task):
    builder = _builder(task.name, task.data_dir)
    known = list(getattr(builder.info.features, "languages", ()))
    known = known or _texts(builder.info.features)
    for option in ("source", "target"):
        value = getattr(task, option)
        if value is not None and value not in known:
            raise UsageError(
                f"Expected `{option}` to be one of {', '.join(known)} in "
                f"{task.name}. Received: {value}"
            )
    source = task.source or next(x for x in known if x != task.target)
    target = task.target or next(x for x in known if x != source)
    if source == target:
        raise UsageError(
            f"Expected `target` to be another language than source. Received: "
            f"{target}"
        )
    return source, target


def _own_splits(task):
    """Returns a dict from split to the data set's split of that meaning."""
    splits = _builder(task.name, task.data_dir).info.splits
    found = {
        split: name
        for split, names in _pairs.NAMES.items()
        for name in reversed(names)
        if name in splits and splits[name].num_examples
    }
    if "train" not in found:
        raise UsageError(
            f"Expected a data set with a split 'train'. Received: {task.name} "
            f"with {', '.join(splits) or 'none'}"
        )
    return found


@functools.lru_cache(maxsize=3)
def _lines(task, split):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    builder = _builder(task.name, task.data_dir)
    data = builder.as_dataset(
        split=split, read_config=tfds.ReadConfig(try_autocache=False)
    )
    sides = ([], [])
    try:
        for example in tfds.as_numpy(data):
            for side, language in zip(sides, task.languages()):
                text = example[language].decode("utf-8", "replace")
                side.append(" ".join(text.split()))
    except tf.errors.OpError as error:
        raise UsageError(
            f"Cannot read {builder.data_path}: {_tfds.first(error)}"
        ) from error
    sides = _pairs.without_empty(*sides)
    if not sides[0]:
        raise UsageError(
            f"Expected texts with a translation in split '{split}' of "
            f"{task.name}. Received: none"
        )
    return sides


make = TfdsTranslation
