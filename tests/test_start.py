"""Beginning with one's own data: what the templates hold, and that they are never taken for deliveries."""

from fnmatch import fnmatch
from pathlib import Path

import fastexcel
import pytest

from flows.declarations import extracts
from flows.errors import SettingsError
from flows.settings import settings
from flows.start import GUIDE, fields, header, sheet_name, start, template_name


def texts(path: Path, sheet: str) -> list[tuple[str | None, ...]]:
    return fastexcel.read_excel(path).load_sheet(sheet, header_row=None, dtypes="string").to_polars().rows()


def test_every_declared_extract_finds_its_sheet_and_headers_in_a_template(fresh_settings: Path) -> None:
    written = start()
    for department, extract, _ in extracts():
        path = settings().inbox / department.department / template_name(extract)
        assert path in written
        rows = texts(path, sheet_name(extract))
        shown = [header(extract, name) for name in extract.columns]
        assert list(rows[-1]) == shown
        assert (rows[0][0] or "").startswith(extract.label) == (extract.month == "title")
        assert fnmatch(sheet_name(extract), extract.sheets[0])
        for name in extract.columns:
            assert header(extract, name) in extract.columns[name]


def test_a_guide_says_what_is_required_and_allowed(fresh_settings: Path) -> None:
    start()
    path = settings().inbox / "civil_affairs" / "模板_低保花名册.xlsx"
    assert fastexcel.read_excel(path).sheet_names == ["家庭", "成员", GUIDE]
    guide = {(row[0], row[1]): row for row in texts(path, GUIDE)}
    assert guide["家庭", "家庭编号"][3] == "是"
    assert guide["家庭", "村(社区)"][3] == "至少一项"
    assert guide["成员", "性别"][4] == "男 / 女"
    assert guide["家庭", "家庭月收入"][5] == "元"
    finance = texts(settings().inbox / "finance" / "模板_救助资金拨付.xlsx", GUIDE)
    assert any(row[1] == "拨付金额" and row[5] == "万元" for row in finance)


def test_no_template_matches_what_a_delivery_is_called(fresh_settings: Path) -> None:
    for path in start():
        for department, extract, _ in extracts():
            if extract.files and department.department == path.parent.name:
                assert not fnmatch(path.name, extract.files)


def test_an_inbox_that_holds_something_is_refused_and_left_alone(fresh_settings: Path) -> None:
    settings().inbox.mkdir(parents=True)
    (settings().inbox / "x.csv").write_text("1", encoding="utf-8")
    with pytest.raises(SettingsError, match="收件箱不是空的"):
        start()
    assert [path.name for path in settings().inbox.rglob("*")] == ["x.csv"]


def test_a_data_folder_that_was_already_used_is_refused(fresh_settings: Path) -> None:
    settings().landing.mkdir(parents=True)
    (settings().landing / "deliveries.jsonl").touch()
    with pytest.raises(SettingsError, match="已经有落地的数据"):
        start()


def test_the_month_column_is_required_where_it_carries_the_month() -> None:
    for _, extract, table in extracts():
        for field in fields(extract, table):
            if extract.name == "deaths" and field.header == "统计月份":
                assert field.required == "是"
