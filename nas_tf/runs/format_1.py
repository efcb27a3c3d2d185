"""Reads configurations of format 1, which did not have call strings.

There a part is a dict of its class's name and its fields:
`{"space": {"name": "Conv", "num_layers": 4, ...}}`.
"""

from nas_tf import registry

# The call string of the task of a search that trains nothing.
NONE = "none"
# Classes of other modules that are parts of this package today.
_MOVED = {"KerasCells": "recurrent"}


def call_of(package, record):
    """Returns the call string of a part, with today's options.

    Args:
        package: One of `registry.PACKAGES`.
        record: Dict of the class's name and the fields.

    Returns:
        Call string. A class that does not belong to this package keeps its
        name.
    """
    name = record.get("name")
    if name == "NoTask":
        return NONE
    arguments = ", ".join(
        f"{key}={_literal(value)}"
        for key, value in record.items()
        if key != "name"
    )
    name = registry.name_of_class(package, name) or _MOVED.get(name, name)
    return registry.upgraded(package, f"{name}({arguments})")


def _literal(value):
    """Returns a field's value as a Python literal."""
    if isinstance(value, list):
        items = ", ".join(map(_literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, dict) and "options" in value:
        # A candidate of `nas_tf.train`. The JSON of its spec is another today.
        # The configuration of the folder above has a hash of the specs.
        options = dict(value["options"])
        return repr({"title": value["title"], "options": options})
    if isinstance(value, dict) and "name" in value:
        return repr(call_of("spaces", value))
    return repr(value)
