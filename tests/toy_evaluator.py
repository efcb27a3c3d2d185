"""The toy evaluator by name."""

from tests import toy

make = toy.ToyEvaluator
