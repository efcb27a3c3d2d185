"""The toy task by name."""

from tests import toy

make = toy.ToyTask
