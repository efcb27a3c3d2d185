"""Specs are read from a journal, without their space."""

import importlib
import inspect
import json
import pkgutil

import pytest

from nas_tf import registry
from nas_tf import specs as package
from nas_tf.report import specs
from nas_tf.specs.base import Spec


def test_every_class_of_the_package_is_read():
    found = set()
    for module in pkgutil.iter_modules(package.__path__):
        names = vars(importlib.import_module(f"nas_tf.specs.{module.name}"))
        found |= {
            cls
            for cls in names.values()
            if inspect.isclass(cls) and issubclass(cls, Spec)
        }
    assert found - {Spec} == set(specs.CLASSES)


@pytest.mark.parametrize(
    "call",
    [
        "conv(num_layers=3)",
        "tree(base=3)",
        "nasbench201",
        "recurrent",
        "dense",
        "nasnet",
    ],
)
def test_a_spec_is_read_back(call):
    space = registry.make("spaces", call)
    spec = space.decode(tuple(0 for _ in space.decisions))
    record = json.loads(json.dumps(spec.to_json()))
    assert specs.read(record) == spec
    candidate = specs.read(
        {"title": "it", "spec": record, "options": {"epochs": 3}}
    )
    assert candidate.describe() == f"it, epochs=3: {spec.describe()}"
    assert candidate.graph() == spec.graph()


@pytest.mark.parametrize(
    "record", [None, 3, [], {}, {"title": "it", "spec": 3, "options": {}}]
)
def test_anything_else_is_none(record):
    assert specs.read(record) is None
