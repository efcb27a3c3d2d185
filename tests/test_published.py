"""Published architectures by name."""

import pytest

from nas_tf import registry
from nas_tf.applications.published import PUBLISHED


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_name_is_a_spec_of_its_space(name):
    call, spec = PUBLISHED[name]
    space = registry.make("spaces", call)
    assert space.read_spec(spec.to_json()) == spec
    assert space.describe(spec)
