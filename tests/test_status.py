"""What is said about a night and what is served: counts, reasons, places, and nothing that was not asked."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows import ledger, show, status
from flows.errors import ReleaseError
from flows.settings import settings
from flows.show import console
from flows.tonight import Outcome
from tests.published import RUN, publish, write_database

OLDER = "20250701T020000Z-000001"


def event(kind: str, day: int = 2, **more: Any) -> dict[str, Any]:
    base = {"department_code": "civil_affairs", "extract_name": "visits", "file_name": "走访记录.xlsx"}
    # Noon: the same day in UTC and where the office is.
    return base | {"event": kind, "received_at": f"2025-07-{day:02d}T04:00:00+00:00", "reason": None} | more


@pytest.fixture
def release(fresh_settings: Path) -> Path:
    return publish(settings().data)


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_before_the_first_night_it_says_what_to_do_and_where_things_lie(
    fresh_settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status.served() is None
    status.show()
    first, *places = shown(capsys)
    assert first == "还没有发布过;把报表放进收件箱后运行 jiuzhu nightly"
    assert [line.split()[:2] for line in places] == [
        ["收件箱", str(fresh_settings / "data" / "inbox")],
        ["数据", str(fresh_settings / "data")],
        ["密钥", str(fresh_settings / "keys")],
    ]
    assert not settings().data.exists(), "asking makes nothing"


def test_what_is_served_is_named_with_its_month_and_its_files(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (release / "gap.xlsx").touch()
    assert status.served() == release
    status.show()
    said = dict(line.split(maxsplit=1) for line in shown(capsys))
    assert said["正在使用的发布"] == RUN
    assert said["业务月份"] == "2025年6月"
    assert (said["发布"], said["差距工作簿"]) == (str(release), str(release / "gap.xlsx"))
    assert "质量页" not in said, "a file that is not there is not promised"


def test_a_pointer_to_nothing_serves_nothing(fresh_settings: Path) -> None:
    settings().releases.mkdir(parents=True)
    (settings().releases / "current").symlink_to("gone")
    assert status.served() is None


def test_the_last_night_is_that_of_the_last_event() -> None:
    assert status.last_night([]) == []
    first, second, third = event("landed", 1), event("landed", 2), event("held", 2)
    assert status.last_night([first, second, third]) == [second, third]


def test_the_last_nights_deliveries_are_counted_and_those_not_taken_are_listed(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.append(
        event("refused", 1, file_name="旧.xlsx"),
        event("landed"),
        event("landed"),
        event("held", reason="没有通过收件检查(行数在范围内);请更正后重报"),
        event("withdrawn"),
    )
    status.show()
    lines = shown(capsys)
    assert next(line for line in lines if line.startswith("最近收件")).split() == [
        "最近收件",
        "2025-07-02:已收",
        "2",
        "份、扣下",
        "1",
        "份、已撤回",
        "1",
        "份",
    ]
    [held] = [line for line in lines if line.startswith("民政局")]
    assert held.split()[:3] == ["民政局", "走访记录", "扣下"]
    assert "行数在范围内" in held
    assert "旧.xlsx" not in "".join(lines)


def test_a_file_that_no_declaration_takes_is_listed_under_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    untaken = event("refused", department_code="unknown", extract_name="", reason="不在任何部门的文件夹里")
    console().print(status.held_table([untaken]))
    line = shown(capsys)[-1]
    assert line.split()[:2] == ["unknown", "退回"]
    assert "不在任何部门的文件夹里" in line


def test_what_was_held_back_and_what_was_refused_are_both_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status.show_held([event("held", reason="太少"), event("landed"), event("refused", reason="缺列")])
    held, refused = [line for line in shown(capsys) if line.startswith("民政局")]
    assert held.split()[2] == "扣下"
    assert "太少" in held
    assert refused.split()[2] == "退回"
    assert "缺列" in refused


def test_a_night_without_refusals_prints_no_list(capsys: pytest.CaptureFixture[str]) -> None:
    status.show_held([event("landed"), event("withdrawn")])
    assert shown(capsys) == []


def test_after_a_night_its_release_its_street_table_and_its_places_are_shown(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status.after_night(Outcome(published=RUN, events=[event("held", reason="太少")]))
    lines = shown(capsys)
    text = "\n".join(lines)
    assert lines[0] == f"已发布 {RUN}"
    for words in (
        "未能采用的报表,其余照常发布",
        "太少",
        "2025年6月 · 低保 · 覆盖率",
        "甲街道",
        "内部使用,未作披露控制",
    ):
        assert words in text
    assert str(release) in text


def test_a_night_with_nothing_new_says_what_stays_served(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status.after_night(Outcome())
    assert shown(capsys)[0] == f"没有新的报表,沿用已发布的结果 {RUN}"


def test_a_first_night_with_nothing_to_take_shows_no_table(
    fresh_settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status.after_night(Outcome())
    assert shown(capsys) == ["没有新的报表,沿用已发布的结果"]


def test_a_release_without_the_table_does_not_undo_the_night(
    fresh_settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = settings().releases / RUN
    folder.mkdir(parents=True)
    write_database(folder / "analyst.duckdb", {"release": [{"run_id": RUN}]})
    (settings().releases / "current").symlink_to(RUN)
    status.after_night(Outcome(published=RUN))
    captured = capsys.readouterr()
    assert captured.out.startswith(f"已发布 {RUN}")
    assert captured.err.startswith(f"差距表:{RUN}/analyst.duckdb: 这个发布里没有所需的表")
    assert str(folder) in captured.out


def test_releases_are_listed_newest_first_in_local_time_with_the_served_one_marked(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for run_id, published_at, month, deliveries in (
        (RUN, "2025-07-01T18:05:00+00:00", "2025-06", 1200),
        (OLDER, "2025-06-30T18:05:00+00:00", "2025-05", 7),
    ):
        folder = settings().releases / run_id
        folder.mkdir(exist_ok=True)
        manifest = {
            "run_id": run_id,
            "published_at": published_at,
            "business_month": month,
            "deliveries": deliveries,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    status.show_releases()
    head, _, newest, oldest = shown(capsys)
    assert head.split() == ["编号", "业务月份", "发布时间", "批次"]
    assert newest.split() == ["*", RUN, "2025-06", "2025-07-02", "02:05", "1,200"]
    assert oldest.split() == [OLDER, "2025-05", "2025-07-01", "02:05", "7"]


def test_before_the_first_release_there_is_none_to_list(fresh_settings: Path) -> None:
    with pytest.raises(ReleaseError, match="还没有发布过"):
        status.show_releases()


def test_a_night_at_two_is_dated_where_the_office_is(fresh_settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from flows import ledger

    event = {"event": "landed", "department_code": "civil_affairs", "extract_name": "visits"}
    ledger.append(event | {"received_at": "2025-07-01T18:00:05+00:00"})
    status.show()
    assert "2025-07-02" in capsys.readouterr().out


def test_a_reason_names_the_file_once(capsys: pytest.CaptureFixture[str]) -> None:
    held = {"event": "held", "department_code": "civil_affairs", "extract_name": "visits", "file_name": "a.xlsx"}
    show.console().print(status.held_table([held | {"reason": "a.xlsx: 没有通过"}]))
    assert capsys.readouterr().out.count("a.xlsx") == 1
