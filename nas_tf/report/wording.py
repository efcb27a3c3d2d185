"""Names and times as text for people."""


def words(name):
    """Returns a name such as "bits_per_character" as words."""
    return name.replace("_", " ")


def span(seconds):
    """Returns a time as text, such as "3.2 minutes"."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.3g} seconds"
