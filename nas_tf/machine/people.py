"""Other people who use this machine."""

import contextlib
import os
import pwd

import psutil

# Below it are the accounts of the system's services; see UID_MIN in
# login.defs(5).
FIRST_PERSON = 1000
# Those that systemd gives to services while they run, and "nobody".
SERVICES = range(61184, 65536)


def others():
    """Returns the names of other users of this machine, a sorted list.

    They are those who are logged in, and the owners of processes, but for root
    and the accounts of services. An account that nobody uses at the moment does
    not count. On systems without such accounts there is nobody.
    """
    own = {os.getuid(), os.geteuid()}
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            uids = process.uids()
            found.update({uids.real, uids.effective} - own)
    for login in psutil.users():
        # A user of another machine's database has a name alone.
        with contextlib.suppress(KeyError):
            found.add(pwd.getpwnam(login.name).pw_uid)
    return sorted(
        _name(uid)
        for uid in found - own
        if uid >= FIRST_PERSON and uid not in SERVICES
    )


def _name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
