"""The second process: gone with the night, whatever becomes of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

NIGHT = """
import os
import time
from flows import beside
from flows.quiet import be_quiet
if __name__ == "__main__":
    be_quiet()
    with beside.beside(os.getpid):
        print(beside.submit(os.getpid).result(), flush=True)
        time.sleep(600)
"""


def test_a_night_that_is_killed_leaves_nobody_behind_who_writes(tmp_path: Path) -> None:
    script = tmp_path / "night.py"
    script.write_text(NIGHT, encoding="utf-8")
    root = str(Path(__file__).parent.parent)
    places = {"JIUZHU_DATA": str(tmp_path / "data"), "JIUZHU_KEYS": str(tmp_path / "keys"), "PYTHONPATH": root}
    night = subprocess.Popen([sys.executable, str(script)], env=os.environ | places, stdout=subprocess.PIPE)
    assert night.stdout is not None
    assert int(night.stdout.readline()) != night.pid
    night.send_signal(signal.SIGKILL)
    # The second process holds the same end of this pipe: it ends once both are gone, or this raises.
    assert night.communicate(timeout=60) == (b"", None)
