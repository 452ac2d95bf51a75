"""The one scheduled flow; its body reads as the picture of the house. `flows/tonight.py` decides whether it runs.

Its steps are Prefect tasks that store no result. Only what touches the outside is tried again.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from prefect import flow

from expectations.suite import Verdict
from flows import archive, quality, release
from flows.beside import beside
from flows.build import BuildResult, read_project
from flows.errors import BuildError, DeliveryError
from flows.quality import Gate, Run
from flows.receive import Pending, pending
from flows.settings import settings
from flows.show import say
from flows.step import seconds, step, tell
from flows.tonight import Event, Outcome, is_unpublished

RETRY_SECONDS = [2, 10, 30]  # a file still being copied, a database that restarts


@flow(name="jiuzhu-nightly", persist_result=False, validate_parameters=False)
def nightly(inbox: str | None = None, rebuild: bool = False, as_of: date | None = None) -> Outcome:
    """Take what departments sent and publish what follows from it, or refuse and keep serving yesterday's."""
    started_at = datetime.now(UTC)
    seconds.clear()
    with beside(read_project):
        waiting = receive(inbox)
        events = land(waiting)
        if not (rebuild or as_of or is_unpublished()):
            return Outcome(events=events)
        night = Night(started_at, events)
        try:
            match()
            night.built = build(as_of)
            night.verdicts = audit(night)
            run = publish(night)
        except BuildError as refusal:
            raise BuildError(f"{refusal};仍使用上一次的结果,经过见 {refuse(night, refusal)}") from refusal
        report(run)
        return Outcome(published=run.run_id, events=events)


@flow(name="jiuzhu-every-night", persist_result=False)
def every_night() -> None:
    """Run one scheduled night, as `jiuzhu nightly` does."""
    from flows.status import after_night
    from flows.tonight import run

    after_night(run())


@dataclass
class Night:
    """What the steps of a night have come to so far."""

    started_at: datetime
    events: list[Event]
    built: BuildResult | None = None
    verdicts: list[Verdict] = field(default_factory=list)


class NotYetReadable(BuildError):
    """Something in the inbox, or a department's database, cannot be read at the moment."""


@step("收取", retries=len(RETRY_SECONDS), retry_delay_seconds=RETRY_SECONDS)
def receive(inbox: str | None) -> list[Pending]:
    """Find what is new and keep every original, before anything is read."""
    from prefect.runtime import task_run

    waiting = pending(Path(inbox) if inbox else None)
    unreadable = [each for each in waiting if not each.content_hash]
    for each in waiting:
        if each.path and not each.problem:
            try:
                archive.keep(each.path, each.content_hash, each.file_name)
            except DeliveryError:  # still being written; landing says so if it stays
                unreadable.append(each)
    if unreadable and (task_run.run_count or 1) <= len(RETRY_SECONDS):
        say(f"{len(unreadable)} 份还读不出来,稍后再试")
        raise NotYetReadable(f"{len(unreadable)} 份读不出来;请核对文件、权限和数据库")
    return waiting


@step("落地")
def land(waiting: list[Pending]) -> list[Event]:
    """Read, conform, identify and check each delivery; what passes is landed."""
    from flows.land import land as land_all

    return land_all(waiting, tell) if waiting else []


@step("比对")
def match() -> None:
    """Tell who on a list is who on the rosters, beside the vault; keys, tiers and probabilities leave it."""
    from flows.match import match as match_people

    match_people()


@step("建表")
def build(as_of: date | None) -> BuildResult:
    """Build the warehouse from landing, in a file of its own, and test it."""
    from flows.build import build as build_warehouse

    return build_warehouse(as_of, warehouse())


@step("审核")
def audit(night: Night) -> list[Verdict]:
    """Hold the marts against what is expected of them; raise BuildError where a critical expectation fails."""
    from expectations.marts import check_marts

    night.verdicts = check_marts(warehouse())
    if failed := [each.label for each in night.verdicts if each.stops]:
        raise BuildError(f"审核没有通过:{'、'.join(failed)}")
    return night.verdicts


@step("发布")
def publish(night: Night) -> Run:
    """Write the release, with its page, and move the pointer."""

    from flows.publish import publish as publish_release

    return publish_release(warehouse(), tell_of(night))


@step("报告")
def report(run: Run) -> None:
    """Leave the night's deliveries and the quality page where Prefect shows them."""
    from prefect.artifacts import create_link_artifact, create_table_artifact

    create_table_artifact(key="deliveries", table=quality.delivery_table(run.tonight), description="本夜收到的报表")
    page = release.folder(run.run_id) / quality.PAGE
    create_link_artifact(key="quality-page", link=page.as_uri(), link_text=f"质量页 {run.run_id}")


def refuse(night: Night, refusal: BuildError) -> Path:
    """Write the page of a night that published nothing, and return where it lies."""
    page = settings().work / quality.PAGE
    quality.write(tell_of(night, str(refusal)), page)
    return page


def tell_of(night: Night, refusal: str | None = None) -> Run:
    """Return the night as its page tells it."""
    now = datetime.now(UTC)
    return Run(
        run_id=release.new_run_id(now),
        business_month=night.built.business_month if night.built else None,
        started_at=night.started_at,
        finished_at=now,
        gates=[
            quality.door(night.events),
            Gate("建表", "主键、关系、对账等数据测试", list(night.built.verdicts) if night.built else []),
            Gate("审核", "份额、合计、与上月和其他部门对照", night.verdicts),
        ],
        tonight=night.events,
        refusal=refusal,
        matching=quality.matching(warehouse()) if night.built else (),
        seconds=dict(seconds),
    )


def warehouse() -> Path:
    """Return the file a warehouse is built in; thrown away with the next night."""
    return settings().work / "warehouse.duckdb"
