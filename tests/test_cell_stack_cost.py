"""Golden values: Keras's NASNet, and the rules of the authors' code."""

import dataclasses
import itertools

import pytest

from nas_tf.specs import cell_stack
from nas_tf.specs.cell_stack import Layout
from nas_tf.specs.cell_stack_cost import Counter
from nas_tf.specs.cell_stack_cost import Tensor
from nas_tf.specs.cell_stack_cost import cost
from nas_tf.specs.cell_stack_cost import size_of
from nas_tf.specs.nasnet import NASNET_A

CIFAR = Layout(6, 32)
MOBILE = Layout(4, 44, "imagenet")
LARGE = Layout(6, 168, "imagenet", 96, skip_reduction=True)
IMAGES = {CIFAR: (32, 32, 3), MOBILE: (224, 224, 3), LARGE: (331, 331, 3)}


@pytest.mark.parametrize(
    "layout, classes, params",
    [(CIFAR, 10, 3346538), (MOBILE, 1000, 5289978), (LARGE, 1000, 88753150)],
)
def test_parameters_of_the_published_networks(layout, classes, params):
    found = cost(
        NASNET_A.normal, NASNET_A.reduction, layout, IMAGES[layout], classes
    )
    assert found.params == params


@pytest.mark.parametrize(
    "layout, millions", [(MOBILE, 564), (LARGE, 23800)], ids=["mobile", "large"]
)
def test_multiply_adds_of_the_paper(layout, millions):
    """Table 2 of the paper: 564 million, and 23.8 billion."""
    found = cost(
        NASNET_A.normal, NASNET_A.reduction, layout, IMAGES[layout], 1000
    )
    assert found.multiply_adds / 1e6 == pytest.approx(millions, rel=2e-3)


def test_parameters_without_the_states_that_are_read():
    normal, reduction = (
        dataclasses.replace(cell, outputs=None)
        for cell in (NASNET_A.normal, NASNET_A.reduction)
    )
    assert cost(normal, reduction, CIFAR, (32, 32, 3), 10).params == 3076906


class Recorder(Counter):
    """Notes the output of each cell."""

    def __init__(self):
        self.cells = []

    def concat(self, parts, title):
        output = super().concat(parts, title)
        if "cell" in title and "adjust" not in title:
            self.cells.append(output)
        return output

    def params_of_cells(self):
        totals = [
            size_of(*self.cells[:count]).params
            for count in range(len(self.cells) + 1)
        ]
        return [after - before for before, after in itertools.pairwise(totals)]

    def shapes(self):
        return [cell.shape for cell in self.cells]


def recorded(layout):
    recorder = Recorder()
    cell_stack.walk(
        NASNET_A.normal,
        NASNET_A.reduction,
        layout,
        recorder,
        Tensor(IMAGES[layout]),
    )
    return recorder


# The first cell's number has the stem's convolution in it.
CELLS = {
    CIFAR: [
        2784 + 40384,
        25152,
        *[28224] * 4,
        87168,
        81024,
        93312,
        *[101504] * 4,
        305408,
        301312,
        350464,
        *[383232] * 4,
    ],
    MOBILE: [
        928 + 8534,
        13948,
        33000,
        42680,
        *[50424] * 2,
        153648,
        147312,
        170544,
        *[186032] * 2,
        555104,
        557920,
        650848,
        *[712800] * 2,
    ],
    LARGE: [
        2784 + 49230,
        121128,
        396816,
        537936,
        *[650832] * 4,
        1919904,
        1979040,
        2317728,
        *[2543520] * 4,
        7452480,
        7796544,
        9151296,
        *[10054464] * 4,
    ],
}


@pytest.mark.parametrize("layout", CELLS, ids=["cifar", "mobile", "large"])
def test_parameters_of_every_cell(layout):
    assert recorded(layout).params_of_cells() == CELLS[layout]


SHAPES = {
    CIFAR: [(32, 192)] * 6
    + [(16, 256)]
    + [(16, 384)] * 6
    + [(8, 512)]
    + [(8, 768)] * 6,
    MOBILE: [(56, 44), (28, 88)]
    + [(28, 264)] * 4
    + [(14, 352)]
    + [(14, 528)] * 4
    + [(7, 704)]
    + [(7, 1056)] * 4,
    LARGE: [(83, 168), (42, 336)]
    + [(42, 1008)] * 6
    + [(21, 1344)]
    + [(21, 2016)] * 6
    + [(11, 2688)]
    + [(11, 4032)] * 6,
}


@pytest.mark.parametrize("layout", SHAPES, ids=["cifar", "mobile", "large"])
def test_shape_of_every_cell(layout):
    wanted = [(size, size, filters) for size, filters in SHAPES[layout]]
    assert recorded(layout).shapes() == wanted
