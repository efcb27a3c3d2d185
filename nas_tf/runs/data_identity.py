"""How the data of a run differs from that of its first start, in words.

What identifies data is `nas_tf.tasks.base.Task.identity`; see also
`nas_tf.evaluators.base.Evaluator.identity`.
"""

# The key in configuration.json, which runs of earlier versions do not have.
KEY = "data"


def of(*parts):
    """Returns the entries of a configuration that identify data, a dict.

    Args:
        *parts: Task and evaluator. Those without `identity` have no data.
    """
    found = {}
    for part in parts:
        identity = getattr(part, "identity", None)
        found.update(identity() if identity is not None else {})
    return {KEY: found} if found else {}


def changes(old, new):
    """Yields a text for each difference between two identities.

    Entries that only one of them has are not compared.

    Args:
        old: JSON-able dict, or None for a run that has none.
        new: JSON-able dict, or None.
    """
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    for name in sorted(old.keys() & new.keys()):
        yield from _change(name, old[name], new[name])


def _change(name, old, new):
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _change(f"{name} of {key}", old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        more = [item for item in new if item not in old]
        less = [item for item in old if item not in new]
        words = [f"more: {_listed(more)}"] * bool(more)
        words += [f"fewer: {_listed(less)}"] * bool(less)
        yield f"the data has other {name} ({', '.join(words) or 'reordered'})"
    elif name.startswith("fingerprint"):
        yield f"the data has another content ({name})"
    else:
        yield f"the data's {name} was {old!r}, is now {new!r}"


def _listed(names):
    return ", ".join(map(str, names[:5])) + (", ..." if len(names) > 5 else "")
