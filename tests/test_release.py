"""Releases: listed newest first, moved to by one pointer, never changed."""

import json
from pathlib import Path

import pytest

from flows.errors import LockedError, ReleaseError
from flows.lock import one_run
from flows.release import current, folder, manifests, point, releases, rollback
from flows.settings import settings

OLD, NEW = "20250702T020000Z-abcdef", "20250703T020000Z-123456"


@pytest.fixture
def two(fresh_settings: Path) -> None:
    for place, run_id in enumerate((OLD, NEW)):
        folder(run_id).mkdir(parents=True)
        manifest = {
            "run_id": run_id,
            "business_month": f"2025-0{5 + place}",
            "published_at": f"2025-07-0{2 + place}T02:00:09+00:00",
            "deliveries": 3 + place,
            "ledger_position": 3 + place,
        }
        (folder(run_id) / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (settings().releases / ".building-20250704T020000Z-aaaaaa").mkdir()
    point(NEW)


def test_releases_come_newest_first_with_local_times(two: None) -> None:
    assert [row["run_id"] for row in releases()] == [NEW, OLD]
    assert releases()[0]["published_at"] == "2025-07-03 10:00"
    assert releases()[0]["deliveries"] == 4


def test_a_rollback_moves_the_pointer_and_nothing_else(two: None) -> None:
    before = {path: path.read_bytes() for path in settings().releases.glob("*/*")}
    rollback(OLD)
    assert current() == OLD
    assert (settings().releases / "current" / "manifest.json").is_file()
    assert {path: path.read_bytes() for path in settings().releases.glob("2*/*")}.items() <= before.items()
    assert not list(settings().releases.glob(".current*"))


def test_the_newest_release_stays_the_newest_after_a_rollback(two: None) -> None:
    rollback(OLD)
    assert manifests()[0]["run_id"] == NEW


@pytest.mark.parametrize("name", ["", ".", "..", "current", "20250101T000000Z-000000", "../releases/" + OLD])
def test_a_rollback_to_what_is_no_release_changes_nothing(two: None, name: str) -> None:
    with pytest.raises(ReleaseError) as refused:
        rollback(name)
    assert refused.value.exit_code == 2
    assert current() == NEW


def test_a_rollback_waits_for_a_running_night(two: None) -> None:
    with one_run(), pytest.raises(LockedError):
        rollback(OLD)
    assert current() == NEW


def test_before_the_first_night_there_is_no_release(fresh_settings: Path) -> None:
    assert current() is None
    assert releases() == []


def test_a_damaged_manifest_is_named(two: None) -> None:
    (folder(OLD) / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ReleaseError, match=OLD):
        releases()
