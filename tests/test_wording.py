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
