"""Search for the best translation."""

import itertools

import numpy as np
import pytest

from nas_tf.children.beam_search import beam_search
from nas_tf.errors import UsageError
from tests import translators
from tests.translators import sentences

# What may be written: unknown, the end, and words.
WRITTEN = (1, 3, 4, 5, 6)


@pytest.fixture(scope="module")
def model():
    return translators.translator(("nascell",) * 2, ("nascell",))


def teacher_forced(model, source, ids):
    """Returns the score `[B]` of each translation, read as a whole."""
    begin = np.full((len(ids), 1), 2, "int32")
    read = np.concatenate([begin, ids[:, :-1]], axis=1)
    logs = translators.log_probs(model, source, read)
    logs = np.take_along_axis(logs, ids[:, :, None], axis=2)[:, :, 0]
    return (logs * (ids > 0)).sum(axis=1) / penalty((ids > 0).sum(axis=1))


def penalty(length):
    return (5 + length) / 6


def test_the_penalty_is_the_published_one():
    assert penalty(10) == 2.5


def test_one_hypothesis_is_a_greedy_search(model):
    source, _ = sentences()
    ids, scores = beam_search(model, source, max_length=3)
    expected = np.zeros((3, 3), "int32")
    read = np.full((3, 3), 2, "int32")
    for step in range(3):
        logs = translators.log_probs(model, source, read)[:, step]
        logs[:, [0, 2]] = -np.inf
        ended = (expected == 3).any(axis=1)
        expected[:, step] = np.where(ended, 0, logs.argmax(axis=1))
        read[:, step + 1 :] = expected[:, step, None]
    assert ids.tolist() == expected.tolist()
    np.testing.assert_allclose(
        scores, teacher_forced(model, source, ids), atol=1e-4
    )


def test_a_wide_beam_finds_the_best_of_all_whatever_the_padding(model):
    source, _ = sentences()
    found, scores = beam_search(
        model, translators.padded(source), 7, max_length=2
    )
    pairs = itertools.product(WRITTEN, WRITTEN)
    ids = [(a, b) for a, b in pairs if a != 3] + [(3, 0)]
    ids = np.array(ids, "int32")
    for row, one, score in zip(source, found, scores):
        expected = teacher_forced(model, np.tile(row, (len(ids), 1)), ids)
        assert one.tolist() == ids[expected.argmax()].tolist()
        assert score == pytest.approx(expected.max(), abs=1e-4)


def test_a_sentence_has_its_own_limit_whatever_that_of_others(model):
    source, _ = sentences()
    limits = [2, 5, 3]
    found, scores = beam_search(
        model, source, 3, max_length=6, max_lengths=limits
    )
    for row, limit, one, score in zip(source, limits, found, scores):
        alone, alone_score = beam_search(model, row[None], 3, max_length=limit)
        assert one.tolist() == [*alone[0], *[0] * (6 - limit)]
        assert score == pytest.approx(alone_score[0], abs=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"beam_width": 8},
        {"max_length": 0},
        {"length_penalty": -1},
        # Its powers would be infinite.
        {"length_penalty": 11},
    ],
)
def test_wrong_options_are_refused(model, options):
    with pytest.raises(UsageError, match="Expected `"):
        beam_search(model, sentences()[0], **options)
