"""The schedule: a Prefect deployment of `flows.nightly.every_night` on a server of this machine, one run at a time.

`jiuzhu nightly` from cron does the same work without a server that stands.
"""

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.errors import SettingsError
from flows.quiet import be_quiet
from flows.server import API, PORT, address, of_the_schedule
from flows.settings import settings
from flows.show import say

if TYPE_CHECKING:
    from prefect.schedules import Schedule

DEPLOYMENT = "every-night"


def serve() -> None:
    """Keep the schedule until interrupted; raise SettingsError where its cron or the server cannot be used."""
    be_quiet()
    named = os.environ.get(API)  # a standing server of this machine, if its owner named one
    url = os.environ.setdefault(API, address(PORT))  # before Prefect is imported, which reads it then
    from prefect.flows import EntrypointType

    from flows.nightly import every_night

    timetable = schedule()
    with nullcontext() if named else of_the_schedule():
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
