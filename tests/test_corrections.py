"""The correction list: no value without a reason; with one, the values, and a line in the log that holds none."""

import getpass
import json
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from flows.archive import archived
from flows.corrections import standing, write
from flows.errors import DeliveryError, SettingsError
from flows.land import land, withdraw
from flows.ledger import Event, ledger
from flows.receive import pending
from flows.settings import settings
from tests.small import DEATH_HEADERS, GRANT_HEADERS, divisions, grant, grants, number, open_door, text_file, workbook

NAME, WRONG, ODD_DAY, ODD_PLACE = "金丝雀", "339900195001010010", "=前天+1", "城门洞那片"
LIST = "更正清单_民政局.xlsx"
REASON = "民政局来电核对"


def take() -> dict[str, Event]:
    return {event["file_name"]: event for event in land(pending())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with data and keys in which temporary grants landed, three cells of which are to be corrected."""
    made = tmp_path_factory.mktemp("landed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIUZHU_DATA", str(made / "data"))
        patch.setenv("JIUZHU_KEYS", str(made / "keys"))
        settings.cache_clear()
        open_door(patch)
        _land_grants()
    settings.cache_clear()
    return made


def _land_grants() -> None:
    divisions()
    rows = [
        grant(1),
        grant(2, 姓名=NAME, 身份证号=WRONG),
        grant(3, 姓名=NAME, 审批日期=ODD_DAY),
        grant(4, 姓名=NAME, **{"居住村(社区)": ODD_PLACE}),
    ]
    grants(rows)
    take()


@pytest.fixture
def event(folder: Path, fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Event:
    """Return the landing of these grants, in a copy of their folder of one's own."""
    open_door(monkeypatch)
    for name in ("data", "keys"):
        shutil.copytree(folder / name, fresh_settings / name)
    [landed] = [event for event in ledger() if event["extract_name"] == "temporary_assistance"]
    return landed


def cells(path: Path, sheet: str = "逐行更正") -> list[tuple[str | None, ...]]:
    return fastexcel.read_excel(path).load_sheet(sheet, header_row=None, dtypes="string").to_polars().rows()


def everything(path: Path) -> str:
    """Return all text of a workbook, as it stands in its parts."""
    with zipfile.ZipFile(path) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def log() -> list[dict[str, Any]]:
    place = settings().vault.parent / "access.jsonl"
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()] if place.exists() else []


def test_a_list_without_a_reason_names_places_and_no_value(event: Event) -> None:
    assert write() == {settings().data / "corrections" / LIST: 3}
    path = settings().data / "corrections" / LIST
    title, note, head, *lines = cells(path)
    assert title[0] == "民政局 · 更正清单(共 3 处)"
    assert note[0] == "不含原值;请对照原文件的行号更正后整份重报。"
    assert head == ("报表", "文件", "工作表", "行", "列", "问题", "怎么改", "这一行")
    places = [(line[0], line[1], line[2], line[3], line[4], line[7]) for line in lines]
    base = ("临时救助台账", event["file_name"], "Sheet1")
    assert places == [
        (*base, "4", "身份证号", "已收,待更正"),
        (*base, "5", "审批日期", "未收"),
        (*base, "6", "居住地", "未收"),
    ]
    text = everything(path)
    for value in (NAME, WRONG, ODD_DAY, ODD_PLACE, number(serial=2)):
        assert value not in text
    assert log() == [], "nobody saw anything"


def test_with_a_reason_the_values_are_read_back_and_who_asked_is_logged_without_them(event: Event) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    [(path, count)] = write("civil_affairs", f"  {REASON} ").items()
    _, note, head, *lines = cells(path)
    assert note[0] == "含个人信息:只给经办人,用完即删。"
    assert [line[head.index("原值")] for line in lines] == [WRONG, ODD_DAY, f"甲街道 / {ODD_PLACE}"]
    assert count == 3
    [entry] = log()
    assert before <= datetime.fromisoformat(entry.pop("at")) <= datetime.now(UTC)
    assert entry == {
        "user": getpass.getuser(),
        "command": "rejects",
        "department_code": "civil_affairs",
        "reason": REASON,
        "rows_by_delivery": {event["delivery_id"]: 3},
    }


def test_the_log_is_the_owners_and_only_grows(event: Event) -> None:
    write(reason="一")
    place = settings().vault.parent / "access.jsonl"
    first = place.read_bytes()
    write(reason="二")
    assert place.read_bytes().startswith(first)
    assert [entry["reason"] for entry in log()] == ["一", "二"]
    assert place.stat().st_mode & 0o777 == 0o600
    text = place.read_text(encoding="utf-8")
    assert not any(value in text for value in (NAME, WRONG, ODD_DAY, ODD_PLACE))


def test_only_its_owner_can_read_a_list(event: Event, tmp_path: Path) -> None:
    for reason in (None, REASON):
        [path] = write(reason=reason)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_cell_that_looks_like_a_formula_stays_what_was_written(event: Event) -> None:
    [path] = write(reason=REASON)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert ODD_DAY in everything(path)
    assert "<f>" not in sheet


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_an_empty_reason_is_none(event: Event, reason: str) -> None:
    with pytest.raises(SettingsError, match="--reason 不能为空"):
        write(reason=reason)
    assert log() == []
    assert not (settings().data / "corrections").exists()


def test_a_department_is_known_by_code_or_label_and_another_is_a_sentence(event: Event) -> None:
    assert list(write("民政局")) == list(write("civil_affairs"))
    with pytest.raises(SettingsError) as refused:
        write("气象局", REASON)
    said = str(refused.value)
    assert said.startswith("--department 气象局: 没有这个部门;现有 ")
    assert "civil_affairs(民政局)" in said
    assert "statistics(" in said
    assert log() == []


@pytest.mark.parametrize("place", ["releases", "releases/20250702T020000Z-abcdef", "inbox/../releases/x", "link/x"])
def test_a_list_is_never_written_among_releases(event: Event, fresh_settings: Path, place: str) -> None:
    settings().releases.mkdir()
    (settings().data / "link").symlink_to("releases")
    with pytest.raises(SettingsError, match="已发布的文件夹不得改动"):
        write(reason=REASON, folder=settings().data / place)
    assert list(settings().releases.iterdir()) == []
    assert log() == []


def test_a_list_can_be_written_elsewhere(event: Event, tmp_path: Path) -> None:
    assert list(write(folder=tmp_path / "新" / "夹")) == [tmp_path / "新" / "夹" / LIST]


def test_who_has_nothing_to_correct_gets_no_list(event: Event) -> None:
    row = ["2025年6月", number(), "张三", "甲街道", "望湖社区", "2025-06-01", "2025-06-03"]
    text_file("死亡注销202506.csv", [DEATH_HEADERS, row], "public_security")
    take()
    assert write("public_security") == {}
    assert [path.name for path in write()] == [LIST]


def test_what_was_corrected_or_withdrawn_is_listed_no_more(event: Event) -> None:
    grants([grant(1), grant(2, 审批日期="昨天")], name="临时救助台账_更正.xlsx")
    corrected = take()["临时救助台账_更正.xlsx"]
    assert [each["delivery_id"] for each in standing() if each["extract_name"] == "temporary_assistance"] == [
        corrected["delivery_id"]
    ]
    [(path, count)] = write().items()
    assert (count, {line[1] for line in cells(path)[3:]}) == (1, {"临时救助台账_更正.xlsx"})
    withdraw(corrected["delivery_id"], "发错了")
    assert list(write().values()) == [3], "the version before stands again"


def test_a_version_still_stands_while_one_of_its_months_does(fresh_settings: Path, monkeypatch: Any) -> None:
    open_door(monkeypatch)
    divisions()

    def deaths(name: str, *months: int) -> None:
        rows = [
            [f"2025年{month}月", number(serial=month), "张三", "甲街道", "望湖社区", "x", "2025-06-03"]
            for month in months
        ]
        text_file(name, [DEATH_HEADERS, *rows], "public_security")

    deaths("死亡注销一.csv", 4, 5)
    take()
    deaths("死亡注销二.csv", 5)
    take()
    assert [each["file_name"] for each in standing() if each["extract_name"] == "deaths"] == [
        "死亡注销一.csv",
        "死亡注销二.csv",
    ]


def test_a_file_that_could_not_be_taken_stands_on_a_sheet_of_its_own_with_the_reason(event: Event) -> None:
    workbook("临时救助台账缺列.xlsx", {"Sheet1": [["2025年4月"], GRANT_HEADERS[:-1], grant(3)[:-1]]})
    take()
    [(path, count)] = write().items()
    assert count == 3 + 1
    title, head, line = cells(path, "整份退回")[0], *[row for row in cells(path, "整份退回") if row[1]]
    assert title[0] == "民政局 · 未能采用的文件(共 1 份)"
    assert head[:3] == ("报表", "文件", "问题")
    assert line[:2] == ("临时救助台账", "临时救助台账缺列.xlsx")
    assert "救助金额" in (line[2] or "")


def test_a_delivery_the_door_held_back_is_on_that_sheet_too(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_door(monkeypatch, failing=["temporary_assistance"])
    divisions()
    grants([grant(1)])
    take()
    [(path, count)] = write().items()
    assert count == 1
    assert "行数在范围内" in str(cells(path, "整份退回"))


def test_without_the_original_there_are_no_values_and_nothing_is_written_or_logged(event: Event) -> None:
    archived(event["content_hash"]).unlink()
    with pytest.raises(DeliveryError, match="读不出原值"):
        write(reason=REASON)
    assert log() == []
    assert not (settings().data / "corrections").exists()
    assert list(write().values()) == [3], "without values it needs no original"


def test_a_refused_file_is_listed_no_more_once_it_came_right(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_door(monkeypatch)
    divisions()
    workbook("临时救助台账6月.xlsx", {"Sheet1": [["2025年6月"], GRANT_HEADERS[:-1], grant(3)[:-1]]})
    land(pending())
    grants([grant(1)], name="临时救助台账6月.xlsx")
    land(pending())
    assert "refused" not in [event["event"] for event in standing()]
    assert write() == {}


def test_an_out_that_is_a_file_is_a_sentence(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_door(monkeypatch)
    divisions()
    grants([grant(1, 审批日期="x")])
    land(pending())
    (fresh_settings / "f").touch()
    with pytest.raises(SettingsError):
        write(folder=fresh_settings / "f")
