"""Who else uses this machine."""

import os
import subprocess

import pytest

from nas_tf.machine import people

as_root = pytest.mark.skipif(
    os.getuid() != 0, reason="only root can be somebody else"
)


def others_beside(uid):
    """Returns who else is seen while a process of a user runs."""
    with subprocess.Popen(["sleep", "60"], user=uid) as process:
        try:
            return people.others()
        finally:
            process.kill()


@as_root
@pytest.mark.parametrize(
    "uid, seen", [(12345, True), (7, False), (65534, False)]
)
def test_people_count_and_services_do_not(uid, seen):
    assert "12345" not in people.others()
    assert ("12345" in others_beside(uid)) == seen
    assert not {"root", "lp", "nobody"} & set(others_beside(uid))
