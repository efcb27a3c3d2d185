"""The toy space by name."""

from tests import toy

make = toy.ToySpace
