"""Parts by name: `make("spaces", "conv(num_layers=15)")`.

A part is a module with a `make`, which is a function or a class. The name is
that of a module of `nas_tf.<package>` or of any module that Python can import.
So a new part is a new file. Arguments are Python literals, which are parsed and
never evaluated.
"""

from nas_tf.registry.arguments import call_with_literals
from nas_tf.registry.calls import call_string
from nas_tf.registry.calls import location
from nas_tf.registry.calls import parse_call
from nas_tf.registry.calls import render
from nas_tf.registry.packages import PACKAGES
from nas_tf.registry.packages import name_of_class
from nas_tf.registry.packages import names
from nas_tf.registry.parts import check
from nas_tf.registry.parts import factory
from nas_tf.registry.parts import make
from nas_tf.registry.parts import unknown
from nas_tf.registry.parts import upgraded
from nas_tf.registry.trust import hint as trust_hint
from nas_tf.registry.trust import trust_all
from nas_tf.registry.trust import trust_only

__all__ = [
    "PACKAGES",
    "call_string",
    "call_with_literals",
    "check",
    "factory",
    "location",
    "make",
    "name_of_class",
    "names",
    "parse_call",
    "render",
    "trust_all",
    "trust_hint",
    "trust_only",
    "unknown",
    "upgraded",
]
