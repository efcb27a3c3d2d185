"""Configurations of format 1, which had classes and fields for call strings.

Such a file says `{"space": {"name": "Conv", "num_layers": 4, ...}}`, a dict of
the class's name and the fields of the part.
"""

from nas_tf import registry

# The call string of the task of a search that trains nothing.
NONE = "none"
# Classes of other modules that are parts of this package today.
_MOVED = {"KerasCells": "recurrent"}


def call_of(package, record):
    """Returns the call string of a part, in the options of today.

    Args:
        package: One of `registry.PACKAGES`.
        record: Dict of the class's name and the fields.

    Returns:
        Call string. A class that is no part of this package is called by its
        own name.
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
    """Returns Python's literal of a field's value."""
    if isinstance(value, list):
        items = ", ".join(map(_literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, dict) and "options" in value:
        # A candidate of `nas_tf.train`. Its spec is written otherwise today;
        # the configuration of the folder above has a hash of the specs.
        options = dict(value["options"])
        return repr({"title": value["title"], "options": options})
    if isinstance(value, dict) and "name" in value:
        return repr(call_of("spaces", value))
    return repr(value)
