"""Connections within this machine and proxies of the environment."""

import os

import pytest

from nas_tf.machine.loopback import without_proxy

CASES = [
    ({}, "127.0.0.1,localhost,::1"),
    ({"no_proxy": "a, b"}, "a,b,127.0.0.1,localhost,::1"),
    (
        {"no_proxy": "a", "NO_PROXY": "localhost,c"},
        "a,localhost,c,127.0.0.1,::1",
    ),
]


@pytest.mark.parametrize("given, wanted", CASES)
def test_hosts_are_added_and_taken_away(monkeypatch, given, wanted):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with without_proxy():
        assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == wanted
        with without_proxy(["other"]):
            assert os.environ["no_proxy"] == f"{wanted},other"
    for name in ("no_proxy", "NO_PROXY"):
        assert os.environ.get(name) == given.get(name)
