"""The switches of a silent night: no telemetry, no version check, everything the tools write under data/work.

Set before anything heavy is imported: the tools read them at import.
"""

import gc
import os
import shutil
import tempfile
import time
from urllib.parse import urlsplit

from flows.settings import settings

DAY_SECONDS = 24 * 3600
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def be_quiet() -> None:
    """Set the environment of this process and its children; the folders it names exist afterwards."""
    work = settings().work
    folders = {name: work / name for name in ("prefect", "tmp", "dbt")}
    for folder in (work, *folders.values()):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ |= {
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_LOG_PATH": str(folders["dbt"]),
        "GX_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # DO_NOT_TRACK alone does not stop Prefect's server
        "PREFECT_HOME": str(folders["prefect"]),  # kept: a home already migrated halves the start
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",  # results would be pickles of personal data
        "PREFECT_LOGGING_LEVEL": "CRITICAL",  # our own sentences are shown; a traceback may quote a cell
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "TMPDIR": str(folders["tmp"]),
    }
    tempfile.tempdir = None  # it may have been asked for before
    # A proxy must not come between the night and its own server.
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), *LOOPBACK)))
    # A server of one's own on this machine may be used; any other would send the night away.
    if urlsplit(os.environ.get("PREFECT_API_URL", "")).hostname not in LOOPBACK:
        os.environ.pop("PREFECT_API_URL", None)


def collect_rarely() -> None:
    """Let Python look for garbage less often: half a million objects are made by importing, and none of them is any."""
    gc.set_threshold(100_000, 50, 50)


def tidy() -> None:
    """Remove what an earlier night left in the temporary folder; what is younger than a day may be in use."""
    for path in (settings().work / "tmp").iterdir():
        if path.lstat().st_mtime < time.time() - DAY_SECONDS:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
