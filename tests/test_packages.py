"""Parts are listed by the names of their modules."""

from nas_tf import registry
from nas_tf.spaces.conv import Conv


def test_names_lists_every_part():
    assert "conv" in registry.names("spaces")
    assert {"reinforce", "random_search"} <= set(registry.names("strategies"))
    assert "base" not in registry.names("strategies")
    assert registry.names("executors") == ["inline", "process", "ray"]


def test_a_part_is_found_by_the_name_of_its_class():
    assert registry.name_of_class("spaces", "Conv") == "conv"
    assert registry.name_of_class("strategies", "Reinforce") == "reinforce"
    assert registry.name_of_class("spaces", "Reinforce") is None
    assert registry.factory("spaces", "conv") is Conv
