"""Times as text for people."""

import pytest

from nas_tf.report import wording


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0.1234, "0.123 seconds"),
        (119, "119 seconds"),
        (120, "2.0 minutes"),
        (7199, "120.0 minutes"),
        (7200, "2.0 hours"),
        (86400 * 3, "3.0 days"),
    ],
)
def test_a_time_has_a_unit_that_fits(seconds, text):
    assert wording.span(seconds) == text


def test_a_name_becomes_words():
    assert wording.words("bits_per_character") == "bits per character"
    assert len(wording.words("x" * 10**6)) == wording.LONGEST_NAME
    assert len(wording.sentence("x" * 10**6)) == wording.LONGEST_SENTENCE


def test_numbers_of_all_sizes_can_be_read():
    assert wording.count(None) == "-" and wording.count(1234) == "1,234"
    shown = [wording.short(n) for n in (999_999, 19_525_792, 3_000_000_000)]
    assert shown == ["999,999", "19.5 million", "3 billion"]
