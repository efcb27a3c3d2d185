"""Lists the parts of a search: nas_tf list [KIND [NAME]].

KIND is spaces, tasks, strategies, evaluators, executors, observers, pruning,
skeletons, architectures or flagfiles. With the name of a part it shows the
part's options: what they mean, their defaults, and which values they accept.
"""

from nas_tf import layout
from nas_tf import reading
from nas_tf import registry
from nas_tf.applications import published
from nas_tf.commands import flagfiles
from nas_tf.errors import UsageError
from nas_tf.registry import options

ARCHITECTURES = "architectures"
FLAGFILES = "flagfiles"
KINDS = (*registry.PACKAGES, ARCHITECTURES, FLAGFILES)
# The flag that takes a part of a kind.
FLAGS = {
    "spaces": "--space",
    "tasks": "--task",
    "strategies": "--strategy",
    "evaluators": "--evaluator",
    "executors": "--executor",
    "observers": "--observer",
    "pruning": "--pruning",
}


def main(argv):
    """See the module."""
    kind, name = _asked(argv[1:])
    if name is not None:
        other = {ARCHITECTURES: _architecture, FLAGFILES: _flagfile}
        print(other[kind](name) if kind in other else _part(kind, name))
        return
    print("\n\n".join(_listed(k) for k in ([kind] if kind else KINDS)))
    print(f"\nnas_tf list {kind or 'KIND'} NAME shows the options of one.")


def _asked(words):
    if len(words) > 2:
        raise UsageError(f"Expected KIND and NAME. Received: {' '.join(words)}")
    kind, name = (*words, None, None)[:2]
    if kind is not None and kind not in KINDS:
        raise UsageError(registry.unknown("kind of part", kind, KINDS))
    return kind, name


def _listed(kind):
    if kind == ARCHITECTURES:
        titles = published.TITLES
    elif kind == FLAGFILES:
        titles = flagfiles.titles()
    else:
        names = registry.names(kind)
        titles = {name: options.title(kind, name) for name in names}
    longest = max(map(len, titles))
    lines = (
        layout.shortened(f"  {name:<{longest}}  {title}", layout.width())
        for name, title in titles.items()
    )
    return "\n".join([f"{kind}:", *lines])


def _part(kind, name):
    found = options.describe(kind, name)
    parts = [f"{name}: {found.title}"]
    parts += map(layout.paragraph, filter(None, found.text.split("\n\n")))
    parts += map(_option, found.options)
    if not found.options:
        parts.append("It has no options.")
    elif kind in FLAGS:
        first = found.options[0]
        value = first.default or "..."
        parts.append(
            f'For example: {FLAGS[kind]}="{name}({first.name}={value})"'
        )
    return "\n\n".join(parts)


def _option(option):
    if option.default is None:
        lines = [f"  {option.name}  (has to be given)"]
    else:
        lines = [f"  {option.name}={option.default}"]
    if option.meaning:
        lines.append(layout.paragraph(option.meaning, indent=6))
    if option.wanted:
        lines.append(layout.paragraph(f"Accepts {option.wanted}.", indent=6))
    return "\n".join(lines)


def _architecture(name):
    if name not in published.PUBLISHED:
        known = list(published.PUBLISHED)
        raise UsageError(registry.unknown("architecture", name, known))
    space, spec = published.PUBLISHED[name]
    return "\n\n".join(
        [
            f"{name}: {published.TITLES[name]}",
            f"An architecture of the space {space}:",
            layout.paragraph(spec.describe(), indent=2),
            f"For example: nas_tf train --architecture={name} --task=TASK",
        ]
    )


def _flagfile(name):
    if name not in flagfiles.titles():
        known = list(flagfiles.titles())
        raise UsageError(registry.unknown("flagfile", name, known))
    return reading.text(flagfiles.find(name), "a flagfile").rstrip()
