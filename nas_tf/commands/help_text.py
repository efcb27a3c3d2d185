"""What `--help` prints: a command's purpose and its flags."""

import inspect
import sys
import textwrap

from absl import flags

WIDTH = 80
_ASKING = ("help", "helpshort", "helpfull", "h", "?")
# Flags of absl that concern a user.
_COMMON = (
    (
        "flagfile",
        "FILE",
        "A file with one flag a line, or the name of one of "
        "the package's own, such as digits_conv_reinforce.",
    ),
    (
        "verbosity",
        "N",
        "Messages of libraries: 0 shows all, -1 (default) "
        "warnings, -2 errors only.",
    ),
    ("helpfull", None, "This text, and the flags of libraries."),
)


def is_asked(words):
    """Returns whether a command line asks for help.

    Args:
        words: Its words, without the name of the program.
    """
    for word in words:
        if word == "--":
            return False
        if word.startswith("-") and word.lstrip("-") in _ASKING:
            return True
    return False


def of(module, everything=False):
    """Returns the help of a command.

    Args:
        module: Name of its module, whose docstring says what it does.
        everything: Whether to add the flags of libraries. Default: False.
    """
    parts = [inspect.cleandoc(sys.modules[module].__doc__ or "")]
    own = flags.FLAGS.get_key_flags_for_module(module)
    if own:
        parts.append("Flags:\n\n" + "\n".join(map(_flag, own)))
    common = (
        _entry(name if value is None else f"{name}={value}", text)
        for name, value, text in _COMMON
    )
    parts.append("Flags of every command:\n\n" + "\n".join(common))
    if everything:
        known = {flag.name for flag in own} | {row[0] for row in _COMMON}
        rest = [
            _flag(flags.FLAGS[name])
            for name in sorted(flags.FLAGS)
            if name not in known and len(name) > 1
        ]
        parts.append("Flags of libraries:\n\n" + "\n".join(rest))
    return "\n\n".join(parts)


def _flag(flag):
    text = (flag.help or "").strip()
    if flag.boolean:
        title = f"[no]{flag.name}"
    elif isinstance(flag, flags.EnumFlag):
        listed = "|".join(flag.parser.enum_values)
        title = f"{flag.name}={listed}"
        text = text.removeprefix(f"<{listed}>: ")
    else:
        title = f"{flag.name}={_KINDS.get(flag.flag_type(), 'VALUE')}"
    return _entry(title, text + _default(flag))


_KINDS = {"int": "N", "float": "X", "string": "TEXT"}


def _default(flag):
    if flag.default is None:
        return ""
    if flag.boolean:
        return f" Default: {'yes' if flag.default else 'no'}."
    return f" Default: {flag.default}."


def _entry(title, text):
    indent = " " * 6
    lines = textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
    )
    return f"  --{title}\n{lines}"
