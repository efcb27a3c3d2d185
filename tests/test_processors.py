"""How many processors a process may use, within the limits of a container."""

import os

import pytest

from nas_tf.machine import control_groups
from nas_tf.machine import processors

V1 = "3:cpu,cpuacct:/a\n0::/\n"
CASES = {
    "none": ("0::/a\n", {}, 8),
    "unlimited": ("0::/a\n", {"a/cpu.max": "max 100000"}, 8),
    "half": ("0::/a\n", {"a/cpu.max": "50000 100000"}, 1),
    "two": ("0::/a\n", {"a/cpu.max": "200000 100000"}, 2),
    "more than two": ("0::/a\n", {"a/cpu.max": "250000 100000"}, 3),
    "more than there are": ("0::/a\n", {"a/cpu.max": "6400000 100000"}, 8),
    "above": ("0::/a/b\n", {"a/cpu.max": "1000 2000", "a/b/cpu.max": "max"}, 1),
    "of the root": ("0::/\n", {"cpu.max": "300000 100000"}, 3),
    "broken": ("0::/\n", {"cpu.max": "?"}, 8),
    "earlier": (
        V1,
        {
            "cpu/a/cpu.cfs_quota_us": "50000\n",
            "cpu/a/cpu.cfs_period_us": "100000\n",
        },
        1,
    ),
    "earlier, unlimited": (
        V1,
        {
            "cpu/a/cpu.cfs_quota_us": "-1\n",
            "cpu/a/cpu.cfs_period_us": "100000\n",
        },
        8,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_limits_of_control_groups_count(tmp_path, monkeypatch, case):
    own, files, wanted = CASES[case]
    monkeypatch.setattr(control_groups, "ROOT", tmp_path / "cgroup")
    monkeypatch.setattr(control_groups, "OWN", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    (tmp_path / "own").write_text(own)
    for name, text in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert processors.count() == wanted
