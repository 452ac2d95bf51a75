"""The schedule: a Prefect deployment of `flows.nightly.every_night` on a server of this machine, one run at a time.

`jiuzhu nightly` from cron does the same work without a server that stands.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.errors import SettingsError
from flows.quiet import be_quiet
from flows.settings import settings
from flows.show import say

if TYPE_CHECKING:
    from prefect.schedules import Schedule

DEPLOYMENT = "every-night"
HOST, PORT = "127.0.0.1", 4200
START_SECONDS = 60  # a cold start was seen to take 21 s
API = "PREFECT_API_URL"


def serve() -> None:
    """Keep the schedule until interrupted; raise SettingsError where its cron or the server cannot be used."""
    be_quiet()
    named = os.environ.get(API)  # a standing server of this machine, if its owner named one
    url = os.environ.setdefault(API, f"http://{HOST}:{PORT}/api")  # before Prefect is imported, which reads it then
    from prefect.flows import EntrypointType

    from flows.nightly import every_night

    timetable = schedule()
    with nullcontext() if named else _server(url):
        say(f"时间表 {settings().cron}({settings().timezone});运行记录 {url.removesuffix('/api')};按 Ctrl-C 结束")
        every_night.serve(
            name=DEPLOYMENT,
            schedule=timetable,
            limit=1,
            global_limit=1,
            print_starting_message=False,
            entrypoint_type=EntrypointType.MODULE_PATH,  # found from whatever folder this was started in
        )


def schedule() -> "Schedule":
    """Return the timetable of the settings; raise SettingsError where it is none."""
    from prefect.schedules import Cron

    try:
        return Cron(settings().cron, timezone=ZoneInfo(settings().timezone).key)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        where = f"JIUZHU_CRON {settings().cron}({settings().timezone})"
        raise SettingsError(f"{where}: 不是可用的时间表;例:JIUZHU_CRON='0 2 * * *'") from error


@contextmanager
def _server(url: str) -> Iterator[None]:
    """Run a Prefect server on this machine, reachable from nowhere else."""
    if _answers(url):
        raise SettingsError(f"{HOST}:{PORT} 已被占用;若是自己的 Prefect 服务,请设 {API}={url}")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(f"{url}/health"):
            if server.poll() is not None or time.monotonic() > until:
                raise SettingsError(f"{HOST}:{PORT}: 定时服务没有起来;请看端口是否被占用")
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
