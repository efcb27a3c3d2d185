import keras
import numpy as np

import nas_tf
from nas_tf.applications.nas_conv_net import V1


def trainable(model):
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


def test_v1_has_the_papers_number_of_parameters():
    model = nas_tf.applications.NASConvNetV1((32, 32, 3), 10)
    assert trainable(model) == 4_201_630
    assert V1.cost((32, 32, 3), 10).params == 4_201_630


def test_v1_for_other_pictures_and_classes():
    model = nas_tf.applications.NASConvNetV1((8, 8, 1), classes=3)
    assert model(np.zeros((2, 8, 8, 1), np.float32)).shape == (2, 3)
    assert trainable(model) == V1.cost((8, 8, 1), 3).params


def test_v1_lies_in_the_papers_search_space():
    space = nas_tf.make("spaces", "conv")
    actions = []
    for layer in V1.layers:
        actions += [
            space.filter_heights.index(layer.kernel[0]),
            space.filter_widths.index(layer.kernel[1]),
            space.num_filters.index(layer.filters),
            sum(1 << (node - 1) for node in layer.inputs if node),
        ]
    assert space.decode(actions) == V1


def test_v1_without_skips_and_with_all_of_them():
    # Derived figures for the paper's ablation: 0.81M and 6.6M weights of
    # convolutions.
    def convolutions(inputs_of):
        weights, depths = 0, [3]
        for number, layer in enumerate(V1.layers, 1):
            depth = sum(depths[node] for node in inputs_of(number))
            weights += layer.kernel[0] * layer.kernel[1] * depth * layer.filters
            depths.append(layer.filters)
        return weights

    assert round(convolutions(lambda n: [n - 1]) / 1e6, 2) == 0.81
    dense = convolutions(lambda n: range(1, n) if n > 1 else [0])
    assert round(dense / 1e6, 1) == 6.6


def test_names_are_found_without_loading_keras_first():
    assert "run_search" in dir(nas_tf)
    assert isinstance(keras.Model, type)
