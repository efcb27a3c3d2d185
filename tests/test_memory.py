"""The memory of machine and process, and the kernel's count of its kills."""

import mmap

import psutil
import pytest

from nas_tf.machine import control_groups
from nas_tf.machine import memory


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Returns a function that writes the kernel's files about memory."""
    monkeypatch.setattr(control_groups, "ROOT", tmp_path / "cgroup")
    monkeypatch.setattr(control_groups, "OWN", tmp_path / "own")
    monkeypatch.setattr(memory, "_KERNEL", tmp_path / "vmstat")

    def write(own, files, kernel=None):
        (tmp_path / "own").write_text(own)
        for name, text in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if kernel is not None:
            (tmp_path / "vmstat").write_text(kernel)

    return write


NEW = "0::/a/b\n"
OLD = "5:devices:/\n4:memory:/a/b\n0::/\n"
WHOLE = psutil.virtual_memory().total


@pytest.mark.parametrize(
    "own, files, limit",
    [
        (NEW, {}, WHOLE),
        (NEW, {"a/b/memory.max": "max\n"}, WHOLE),
        (NEW, {"a/b/memory.max": "900000\n"}, 900000),
        (NEW, {"a/b/memory.max": "max\n", "a/memory.max": "8000\n"}, 8000),
        (NEW, {"a/b/memory.max": "7000", "a/memory.max": "8000"}, 7000),
        # In a container the group's own name may not be visible.
        (NEW, {"memory.max": "6000\n"}, 6000),
        (OLD, {"memory/a/b/memory.limit_in_bytes": "5000\n"}, 5000),
        (OLD, {"memory/memory.limit_in_bytes": f"{2**63 - 4096}\n"}, WHOLE),
        ("", {"memory.max": "6000\n"}, WHOLE),
    ],
)
def test_machine_has_what_the_control_groups_allow(groups, own, files, limit):
    groups(own, files)
    assert memory.machine() == limit
    assert memory.allowed() == limit


EVENTS = "low 0\noom 3\noom_kill 2\noom_group_kill 9\n"
CONTROL = "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"
KERNEL = "nr_free_pages 77\noom_kill 6\n"


@pytest.mark.parametrize(
    "own, files, kernel, count",
    [
        (NEW, {"a/b/memory.events": EVENTS}, KERNEL, 2),
        (NEW, {"memory.events": EVENTS}, KERNEL, 2),
        (OLD, {"memory/a/b/memory.oom_control": CONTROL}, KERNEL, 4),
        (NEW, {}, KERNEL, 6),
        # An old kernel.
        (OLD, {"memory/a/b/memory.oom_control": "under_oom 0\n"}, KERNEL, 6),
        (NEW, {}, "nr_free_pages 77\n", None),
        (NEW, {}, None, None),
    ],
)
def test_kills_are_those_of_the_innermost_group(
    groups, own, files, kernel, count
):
    groups(own, files, kernel)
    assert memory.kills() == count


def test_used_grows_by_what_is_allocated_and_not_by_mapped_files(tmp_path):
    size = 64 * 2**20
    path = tmp_path / "large"
    path.write_bytes(b"x" * size)
    before = memory.used()
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        assert mapped[:: mmap.PAGESIZE].count(b"x") == size // mmap.PAGESIZE
        if psutil.LINUX:
            assert memory.used() - before < size / 4
        hoard = bytearray(b"x" * size)
        assert memory.used(psutil.Process()) - before > 0.9 * len(hoard)
        mapped.close()


def test_a_process_may_be_allowed_less(monkeypatch):
    monkeypatch.setattr(memory, "_allowed", None)
    memory.allow(12345)
    assert memory.allowed() == 12345
