"""Names for layers, beside inputs that a user has named."""

from nas_tf.children.names import Names


def test_a_name_that_is_free_stays():
    names = Names(["inputs", "inputs_"])
    assert names.free("layer_1") == "layer_1"
    assert names.free("inputs") == "inputs__"


def test_no_name_is_given_twice():
    names = Names([])
    assert [names.free("a") for _ in range(3)] == ["a", "a_", "a__"]


def test_keras_numbers_layers_unless_an_input_is_called_like_that():
    assert Names(["x"]).unless_alike("flatten") is None
    names = Names(["flatten_3"])
    found = [names.unless_alike("flatten") for _ in range(2)]
    assert found == ["flatten", "flatten_"]
