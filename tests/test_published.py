"""Published architectures by name."""

import pytest

from nas_tf import registry
from nas_tf.applications.published import PUBLISHED
from nas_tf.applications.published import TITLES


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_name_is_a_spec_of_its_space(name):
    call, spec = PUBLISHED[name]
    space = registry.make("spaces", call)
    assert space.read_spec(spec.to_json()) == spec
    assert space.describe(spec)


def test_each_has_a_title():
    assert list(TITLES) == list(PUBLISHED)
