"""The second process: gone with the night, whatever becomes of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

NIGHT = """
import time
from flows import beside
from flows.quiet import be_quiet
if __name__ == "__main__":
    be_quiet()
    with beside.beside(os.getpid):
        print(beside.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_night_that_is_killed_leaves_nobody_behind_who_writes(tmp_path: Path) -> None:
    script = tmp_path / "night.py"
    script.write_text("import os" + NIGHT, encoding="utf-8")
    places = {"JIUZHU_DATA": str(tmp_path / "data"), "JIUZHU_KEYS": str(tmp_path / "keys")}
    root = str(Path(__file__).parent.parent)
    night = subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | places | {"PYTHONPATH": root}, stdout=subprocess.PIPE
    )
    assert night.stdout is not None
    builder = int(night.stdout.readline())
    assert is_alive(builder)
    night.send_signal(signal.SIGKILL)
    night.wait()
    deadline = time.monotonic() + 30
    while is_alive(builder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(builder)
