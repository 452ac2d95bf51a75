"""The schedule: which deployment would be made, and when a server of this machine is started; none is started here."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule

from flows import serve as module
from flows.errors import SettingsError
from flows.serve import schedule, serve
from flows.server import PORT, address
from flows.settings import settings


@pytest.fixture(autouse=True)
def _environment(fresh_settings: Path) -> Iterator[None]:
    before, place = dict(os.environ), tempfile.tempdir
    for name in ("PREFECT_API_URL", "JIUZHU_CRON", "JIUZHU_TIMEZONE"):
        os.environ.pop(name, None)
    settings.cache_clear()
    yield
    os.environ.clear()
    os.environ |= before
    tempfile.tempdir = place


class Runner:
    """Stands where Prefect's runner would ask a server: makes the deployment and keeps it."""

    made: list[Any]

    def __init__(self, name: str, pause_on_shutdown: bool, limit: int) -> None:
        self.limit = limit
        Runner.made.append(self)

    def add_flow(self, flow: Any, **options: Any) -> None:
        self.deployment = flow.to_deployment(**options)

    async def start(self, webserver: bool = False) -> None:
        """Begin to wait for the night: here nothing."""


@pytest.fixture
def runners(monkeypatch: pytest.MonkeyPatch) -> list[Runner]:
    Runner.made = []
    monkeypatch.setattr("prefect.runner.Runner", Runner)
    return Runner.made


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the server of this machine by a note of where it would have listened."""
    urls: list[str] = []

    @contextmanager
    def server() -> Iterator[None]:
        urls.append(address(PORT))
        yield

    monkeypatch.setattr(module, "of_the_schedule", server)
    return urls


def nights(planned: Any, start: datetime, count: int) -> list[datetime]:
    """Return the next runs as Prefect's server plans them."""
    cron = CronSchedule(cron=planned.cron, timezone=planned.timezone, day_or=planned.day_or)
    return [each.astimezone(UTC) for each in asyncio.run(cron.get_dates(count, start))]


def test_the_deployment_runs_every_night_at_two_in_shanghai_one_run_at_a_time(
    runners: list[Runner], started: list[str]
) -> None:
    serve()
    [runner] = runners
    deployment = runner.deployment
    assert (deployment.name, deployment.flow_name) == ("every-night", "jiuzhu-every-night")
    [planned] = deployment.schedules
    assert (planned.schedule.cron, planned.schedule.timezone, planned.active) == ("0 2 * * *", "Asia/Shanghai", True)
    assert (deployment.concurrency_limit, runner.limit) == (1, 1)
    assert deployment.entrypoint == "flows.nightly.every_night"
    assert deployment.paused is False
    assert deployment.parameters == {}


def test_two_in_shanghai_is_eighteen_hours_utc_the_day_before_in_winter_and_in_summer(
    runners: list[Runner], started: list[str]
) -> None:
    serve()
    planned = runners[0].deployment.schedules[0].schedule
    for month in (1, 7):
        start = datetime(2025, month, 10, 12, tzinfo=UTC)
        assert nights(planned, start, 2) == [
            datetime(2025, month, 10, 18, tzinfo=UTC),
            datetime(2025, month, 11, 18, tzinfo=UTC),
        ]
        assert nights(planned, start, 1)[0].astimezone(ZoneInfo("Asia/Shanghai")).hour == 2


def test_another_hour_and_place_can_be_set(
    runners: list[Runner], started: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JIUZHU_CRON", "30 3 * * 1-5")
    monkeypatch.setenv("JIUZHU_TIMEZONE", "Asia/Urumqi")
    settings.cache_clear()
    serve()
    planned = runners[0].deployment.schedules[0].schedule
    assert (planned.cron, planned.timezone) == ("30 3 * * 1-5", "Asia/Urumqi")
    assert "时间表 30 3 * * 1-5(Asia/Urumqi)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cron", "timezone"),
    [("61 2 * * *", "Asia/Shanghai"), ("every night", "Asia/Shanghai"), ("", "Asia/Shanghai"), ("0 2 * * *", "Mars/X")],
)
def test_a_timetable_that_is_none_is_a_sentence_and_starts_nothing(
    runners: list[Runner], started: list[str], monkeypatch: pytest.MonkeyPatch, cron: str, timezone: str
) -> None:
    monkeypatch.setenv("JIUZHU_CRON", cron)
    monkeypatch.setenv("JIUZHU_TIMEZONE", timezone)
    settings.cache_clear()
    with pytest.raises(SettingsError) as refused:
        serve()
    assert str(refused.value) == (f"JIUZHU_CRON {cron}({timezone}): 不是可用的时间表;例:JIUZHU_CRON='0 2 * * *'")
    assert (runners, started) == ([], [])
    with pytest.raises(SettingsError):
        schedule()


def test_a_server_is_started_on_this_machine_only_where_none_is_named(
    runners: list[Runner], started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    serve()
    assert started == ["http://127.0.0.1:4200/api"]
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert "运行记录 http://127.0.0.1:4200;" in capsys.readouterr().out


def test_a_standing_server_of_this_machine_is_used_as_it_is(
    runners: list[Runner], started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://localhost:4300/api")
    serve()
    assert started == []
    assert os.environ["PREFECT_API_URL"] == "http://localhost:4300/api"
    assert len(runners) == 1


def test_a_server_elsewhere_is_never_asked(
    runners: list[Runner], started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://api.prefect.cloud/api")
    serve()
    assert started == ["http://127.0.0.1:4200/api"]
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"


def test_a_continent_is_no_time_zone(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIUZHU_TIMEZONE", "Asia")
    settings.cache_clear()
    with pytest.raises(SettingsError):
        schedule()
