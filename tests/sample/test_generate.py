"""The sample is the same for a seed, another for another, and never touches what is not its own."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from flows.errors import SettingsError
from flows.sample import generate
from flows.sample.files import Inbox, Sheet
from flows.settings import PROJECT
from tests.sample.conftest import Sample, make
from tests.sample.reading import files_of, month_of, read, sheets_of


def hashes(inbox: Path) -> dict[str, str]:
    return {
        str(path.relative_to(inbox)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(inbox.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(sample: Sample, tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"from pathlib import Path; from flows.sample import generate; generate(Path({str(tmp_path / 'inbox')!r}))",
        ],
        env=os.environ | {"POLARS_MAX_THREADS": "1", "TZ": "America/Lima", "PYTHONHASHSEED": "7"},
        cwd=PROJECT,
        check=True,
    )
    assert hashes(tmp_path / "inbox") == hashes(sample.inbox) == sample.answers["files"]


@pytest.mark.parametrize("seed", [1, 2])
def test_another_seed_gives_other_people_and_the_same_figures(sample: Sample, tmp_path: Path, seed: int) -> None:
    other = make(tmp_path, seed=seed)
    assert other.answers["districts"][0]["covered"]["2025-06"] == sample.answers["districts"][0]["covered"]["2025-06"]
    assert other.answers["districts"][0]["covered"]["2024-01"] != sample.answers["districts"][0]["covered"]["2024-01"]
    assert read(other.inbox, "visits")["household_no"].n_unique() >= 3000
    rows = read(other.inbox, "settlements").filter(pl.col("service_date").str.starts_with("2024"))
    assert rows["backstop_amount_yuan"].sum() == pytest.approx(26_894.25)


def test_the_same_sample_is_left_as_it_is(sample: Sample) -> None:
    before = {path: path.stat().st_mtime_ns for path in sample.inbox.rglob("*")}
    assert generate(sample.inbox) == sample.inbox.parent / "answers.json"
    assert {path: path.stat().st_mtime_ns for path in sample.inbox.rglob("*")} == before


def test_an_inbox_that_holds_anything_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "civil_affairs").mkdir(parents=True)
    (inbox / "civil_affairs" / "低保花名册202506.xlsx").write_bytes(b"theirs")
    with pytest.raises(SettingsError, match="低保花名册202506"):
        generate(inbox)
    assert hashes(inbox) == {"civil_affairs/低保花名册202506.xlsx": hashlib.sha256(b"theirs").hexdigest()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox"]


def test_a_sample_with_a_file_added_changed_or_of_another_seed_is_refused(tmp_path: Path) -> None:
    made = make(tmp_path)
    with pytest.raises(SettingsError, match="另一份示范区"):
        generate(made.inbox, seed=5)
    (made.inbox / "extra.csv").write_text("a", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"extra\.csv"):
        generate(made.inbox)
    (made.inbox / "extra.csv").unlink()
    changed = files_of(made.inbox, "deaths")[0]
    changed.write_bytes(changed.read_bytes() + b"x")
    with pytest.raises(SettingsError, match=changed.name):
        generate(made.inbox)


def test_somebody_elses_answer_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text('{"theirs": 1}', encoding="utf-8")
    with pytest.raises(SettingsError, match="答案文件"):
        generate(tmp_path / "inbox")
    assert (tmp_path / "answers.json").read_text(encoding="utf-8") == '{"theirs": 1}'


def test_empty_folders_are_an_empty_inbox_and_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(SettingsError):
        generate(tmp_path / "file")
    with pytest.raises(SettingsError):
        generate(tmp_path / "file" / "inbox")
    (tmp_path / "inbox" / "justice").mkdir(parents=True)
    assert generate(tmp_path / "inbox").is_file()


@pytest.mark.parametrize("how", [{"months": 17}, {"scale": 0}])
def test_less_than_the_report_needs_is_refused(tmp_path: Path, how: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="至少"):
        generate(tmp_path / "inbox", **how)
    assert not any(tmp_path.iterdir())


def test_more_months_lengthen_the_history_backwards(tmp_path: Path) -> None:
    made = make(tmp_path, months=30)
    months = {month_of(title) for title in read(made.inbox, "dibao_members")["title"]}
    assert min(months) == "2023-01"
    assert len(months) == 30
    assert len(read(made.inbox, "verification_reports")) == 1000
    assert min(month_of(text) for text in read(made.inbox, "population")["report_month"]) == "2022-12"
    assert made.answers["districts"][0]["covered"]["2025-06"]["dibao"] == {"households": 1739, "persons": 2051}


def test_several_districts_share_the_files_and_nothing_else(tmp_path: Path) -> None:
    made = make(tmp_path, scale=2)
    members = read(made.inbox, "dibao_members").filter(pl.col("title").str.contains("2025年6月"))
    assert members["sheet"].n_unique() == 2
    by_sheet = [rows for _, rows in members.group_by("sheet", maintain_order=True)]
    for name in ("household_no", "hukou_street_name"):
        assert not set(by_sheet[0][name]) - {"区外"} & set(by_sheet[1][name]) - {"区外"}
    divisions = read(made.inbox, "divisions").filter(pl.col("title").str.contains("2025年1月"))
    assert divisions["area_code"].is_unique().all()
    districts = divisions.filter(pl.col("level_code") == "区县")
    assert districts["area_code"].to_list() == ["339900000000", "390102000000"]
    assert districts["parent_area_code"].n_unique() == 1
    assert {len(sheets_of(path)) for path in files_of(made.inbox, "visits")} == {18}
    for name, column in [("settlements", "settlement_no"), ("payments", "payment_no"), ("recoveries", "recovery_no")]:
        assert read(made.inbox, name)[column].is_unique().all()
    assert [district["code"] for district in made.answers["districts"]] == ["339900", "390102"]


def test_a_sheet_is_a_workbook_that_merges_its_title_and_its_upper_headers(tmp_path: Path) -> None:
    import fastexcel

    inbox = Inbox(tmp_path)
    frame = pl.DataFrame(
        {"编号": ["甲<&>", None], "户籍地/街道": ["", "乙"], "户籍地/村": ["丙", "丁"], "金额": [1.5, None]}
    )
    inbox.add_sheet("a/book.xlsx", Sheet("一", frame, ("标题",), (("合计", "", "", "1.50"),)))
    inbox.add_sheet("a/book.xlsx", Sheet("二", frame.select("编号")))
    inbox.close()
    book = fastexcel.read_excel(tmp_path / "a" / "book.xlsx")
    assert book.sheet_names == ["一", "二"]
    rows = book.load_sheet("一", header_row=None, dtypes="string").to_polars().rows()
    assert rows == [
        ("标题", None, None, None),
        ("编号", "户籍地", None, "金额"),
        (None, "街道", "村", None),
        ("甲<&>", None, "丙", "1.5"),
        (None, "乙", "丁", None),
        ("合计", None, None, "1.50"),
    ]
