"""How long a search has run in all its starts, as its directory has it.

The journal has the times of the children that finished. It has neither the
time of those that were ended nor what shared weights were trained for.
"""

from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.files import write_json
from nas_tf.runs import schema

FILE = "spent.json"


def read(run_dir, children):
    """Returns the seconds that `write` wrote, 0 if they are not known.

    Earlier versions did not write them. A journal with fewer children is that
    of another search, which was begun in the same directory.

    Args:
        run_dir: `pathlib.Path` of the run.
        children: Number of children that have finished.
    """
    try:
        record = read_json(run_dir / FILE)
        schema.spent(record)
    except UsageError:
        return 0.0
    return float(record["seconds"]) if record["children"] <= children else 0.0


def write(run_dir, seconds, children):
    """Writes the seconds that a search has run.

    Args:
        run_dir: `pathlib.Path` of the run.
        seconds: Number of seconds.
        children: Number of children that have finished.

    Raises:
        OSError: If the file cannot be written.
    """
    write_json(run_dir / FILE, {"seconds": seconds, "children": children})
