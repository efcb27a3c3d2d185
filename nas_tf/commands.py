"""How every command of the package starts and ends."""

import sys

from absl import app
from absl import flags
from absl import logging

from nas_tf.errors import UsageError

USAGE_EXIT_CODE = 2


def run(main):
    """Parses flags and calls `main(argv)`; does not return.

    A mistake of the user's ends with one line and exit code 2, anything else
    that is raised with its traceback.
    """

    def guarded(argv):
        try:
            return main(argv)
        except UsageError as error:
            _refuse(error)

    app.run(guarded, flags_parser=_parse)


def _parse(argv):
    try:
        rest = flags.FLAGS(argv)
        if flags.FLAGS["verbosity"].using_default_value:
            # Libraries have much to say that is nothing to the user;
            # --verbosity=0 brings it back.
            flags.FLAGS.verbosity = logging.WARNING
        return rest
    # A flagfile may hold anything.
    except (flags.Error, UnicodeDecodeError) as error:
        _refuse(error)


def _refuse(error):
    print("error: " + " ".join(str(error).split()), file=sys.stderr)
    sys.exit(USAGE_EXIT_CODE)
