"""Output that cannot be written ends no command."""

import subprocess
import sys

import pytest

# Writes more than a buffer has room for, and then says that it went on.
WRITER = """
import sys
from nas_tf.commands import streams
streams.forgive()
for stream in (sys.stdout, sys.stderr):
    for _ in range(2000):
        print("x" * 80, file=stream)
    stream.flush()
    stream.buffer, stream.encoding, stream.isatty(), stream.fileno()
with open(sys.argv[1], "w") as file:
    # This file has not got the number of a closed stream.
    file.write(f"{streams.lost()}|{file.fileno() > 2}")
"""
LOST = {
    "> /dev/full": "No space left on device",
    "2> /dev/full": "",
    "> /dev/full 2>&1": "No space left on device",
    ">&-": "",
    "2>&-": "",
    ">&- 2>&- <&-": "",
    "| true": "",
    "2>&1 | head -c 5 > /dev/null": "",
}


@pytest.mark.parametrize("streams", LOST)
def test_a_command_goes_on_and_knows_what_it_lost(tmp_path, streams):
    noted = tmp_path / "noted"
    ended = subprocess.run(
        f"set -o pipefail; {sys.executable} -c '{WRITER}' {noted} {streams}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr[-400:]
    assert "Traceback" not in ended.stderr
    assert noted.read_text() == f"{LOST[streams]}|True"
