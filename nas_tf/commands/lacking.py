"""What the machine lacks, when a command ends with an exception for it."""

import errno

_LACKING = {
    errno.EACCES,
    errno.EAGAIN,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
    errno.ESTALE,
}
# Errors without a number: of threads, of libraries that cannot be mapped, and
# of `tempfile`, in this order.
_SAID = (
    "can't start new thread",
    "failed to map segment",
    "cannot allocate memory",
    "No usable temporary directory",
)


def line(error):
    """Returns a line about what is lacking, or "" for any other exception.

    Args:
        error: The exception that would end the command. What caused it counts
            as well.
    """
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        said = _of(error)
        if said:
            return said
        error = error.__cause__ or error.__context__
    return ""


def _of(error):
    if isinstance(error, MemoryError):
        return "Expected more memory for this process. Received: no more"
    if isinstance(error, OSError) and error.errno in _LACKING:
        where = f": {error.filename}" if error.filename else ""
        return (
            f"Expected a machine on which files and processes can be used. "
            f"Received: {error.strerror}{where}"
        )
    if isinstance(error, (OSError, RuntimeError, ImportError)):
        text = str(error)
        if any(said in text for said in _SAID):
            first = text.strip().splitlines()[0]
            return (
                f"Expected a machine on which files and processes can be used. "
                f"Received: {first}"
            )
    return ""
