"""What is new in the inbox, and what is said about the rest."""

import os
from pathlib import Path

import pytest

from flows import ledger
from flows.archive import keep
from flows.errors import DeliveryError
from flows.land import land
from flows.receive import pending
from flows.settings import settings
from tests.small import DEATH_HEADERS, divisions, grant, grants, number, open_door, text_file, workbook


def names() -> list[tuple[str, str]]:
    return [(each.extract, each.file_name) for each in pending()]


def test_an_empty_or_missing_inbox_holds_nothing_new(fresh_settings: Path) -> None:
    assert pending() == []


def test_files_come_in_the_order_of_folder_and_stem_and_one_workbook_serves_two_extracts(fresh_settings: Path) -> None:
    workbook("低保花名册202503_更正.xlsx", {"家庭": [["x"]]})
    workbook("低保花名册202503.xlsx", {"家庭": [["y"]]})
    divisions()
    assert names() == [
        ("dibao_households", "低保花名册202503.xlsx"),
        ("dibao_members", "低保花名册202503.xlsx"),
        ("dibao_households", "低保花名册202503_更正.xlsx"),
        ("dibao_members", "低保花名册202503_更正.xlsx"),
        ("divisions", "区划代码2024年1月.xlsx"),
    ]


def test_the_same_content_is_taken_once_under_any_name(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_door(monkeypatch)
    divisions()
    path = grants([grant(1)])
    path.with_name("临时救助台账_副本.xlsx").write_bytes(path.read_bytes())
    assert len(names()) == 2
    land(pending())
    assert pending() == []
    path.rename(path.with_name("临时救助台账改名.xlsx"))
    assert pending() == []


def test_what_office_programs_leave_behind_and_unfilled_templates_are_no_deliveries(fresh_settings: Path) -> None:
    for name in ("~$低保花名册202503.xlsx", ".DS_Store", "Thumbs.db", "模板_低保花名册.xlsx"):
        text_file(name, [["x"]])
    assert pending() == []


def test_a_file_that_no_declaration_takes_is_named_with_what_is_expected(fresh_settings: Path) -> None:
    text_file("杂项.csv", [["x"]])
    text_file("名单.csv", [["x"]], department="nobody")
    (settings().inbox / "散放.csv").write_text("x")
    problems = {each.file_name: each.problem or "" for each in pending()}
    assert "救助金发放*.csv" in problems["杂项.csv"]
    assert "civil_affairs" in problems["名单.csv"]
    assert "civil_affairs" in problems["散放.csv"]
    events = land(pending())
    assert [event["event"] for event in events] == ["refused"] * 3
    assert pending() == [], "said once, not every night"


def test_a_link_or_a_pipe_is_refused_without_being_opened(fresh_settings: Path) -> None:
    folder = settings().inbox / "public_security"
    folder.mkdir(parents=True)
    secret = fresh_settings / "secret.csv"
    secret.write_text("secret")
    (folder / "死亡注销1.csv").symlink_to(secret)
    os.mkfifo(folder / "死亡注销2.csv")
    assert ["链接或管道" in (each.problem or "") for each in pending()] == [True, True]


def test_a_file_that_two_declarations_of_one_department_take_is_reported(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fresh_settings / "departments"
    folder.mkdir()
    declared = (settings().departments / "public_security.yml").read_text(encoding="utf-8")
    twice = declared.replace("name: residence_registrations", "name: others").replace('"居住登记*.xlsx"', '"死亡*.csv"')
    (folder / "public_security.yml").write_text(twice, encoding="utf-8")
    monkeypatch.setenv("JIUZHU_DEPARTMENTS", str(folder))
    settings.cache_clear()
    text_file("死亡注销202506.csv", [DEATH_HEADERS], department="public_security")
    [found] = pending()
    assert "死亡注销名单" in (found.problem or "")
    assert "居住登记名单" in (found.problem or "")


def test_a_refused_file_is_taken_up_again_once_its_declaration_is_mended(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_door(monkeypatch)
    divisions()
    headers = [header.replace("死亡日期", "过世日") for header in DEATH_HEADERS]
    row = ["2025年6月", number(), "张三", "甲街道", "望湖社区", "2025-06-01", "2025-06-03"]
    text_file("死亡注销202506.csv", [headers, row], department="public_security")
    events = {event["extract_name"]: event for event in land(pending())}
    assert events["deaths"]["event"] == "refused"
    assert "死亡日期" in events["deaths"]["reason"]
    assert "过世日" in events["deaths"]["reason"]
    assert pending() == []
    folder = fresh_settings / "departments"
    folder.mkdir()
    for path in settings().departments.glob("*.yml"):
        mended = path.read_text(encoding="utf-8").replace("death_date: [死亡日期]", "death_date: [死亡日期, 过世日]")
        (folder / path.name).write_text(mended, encoding="utf-8")
    monkeypatch.setenv("JIUZHU_DEPARTMENTS", str(folder))
    settings.cache_clear()
    [again] = pending()
    assert again.delivery_id.endswith("-2")
    assert [event["event"] for event in land([again])] == ["landed"]
    assert pending() == []


def test_the_archive_keeps_originals_for_their_owner_only_and_notices_a_file_still_being_written(
    fresh_settings: Path,
) -> None:
    path = grants([grant(1)])
    [each] = pending()
    place = keep(each.path, each.content_hash, each.file_name)
    assert place.read_bytes() == path.read_bytes()
    assert place.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (place.parent, settings().archive)] == [0o700, 0o700]
    grants([grant(2)])
    [changed] = [other for other in pending() if other.content_hash != each.content_hash]
    path.write_bytes(b"half")
    with pytest.raises(DeliveryError, match="还在变化"):
        keep(changed.path, changed.content_hash, changed.file_name)
    assert [file.name for file in settings().archive.rglob("*") if file.is_file()] == [each.content_hash]


def test_a_line_that_a_crash_left_unfinished_never_was(fresh_settings: Path) -> None:
    ledger.append({"event": "landed", "delivery_id": "a"})
    place = settings().landing / "deliveries.jsonl"
    with place.open("ab") as file:
        file.write(b'{"event": "landed", "deliv')
    assert [event["delivery_id"] for event in ledger.ledger()] == ["a"]
    ledger.append({"event": "landed", "delivery_id": "b"})
    assert [event["delivery_id"] for event in ledger.ledger()] == ["a", "b"]
