"""The command line: its forms, its words, its exit codes."""

import csv
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.settings import settings
from tests.published import RUN, publish

COMMANDS = [
    "sample",
    "nightly",
    "serve",
    "check",
    "gap",
    "figures",
    "indicators",
    "balance",
    "id",
    "sql",
    "status",
    "releases",
    "rollback",
    "rejects",
    "withdraw",
    "start",
    "worklist",
]


def jiuzhu(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=text, env={"COLUMNS": "100"})


@pytest.fixture
def published(fresh_settings: Path) -> Path:
    return publish(settings().data)


def sentence(result: Result, exit_code: int = 2) -> str:
    """Return the one sentence a failed command ends in."""
    assert result.exit_code == exit_code, result.output
    assert result.stderr.startswith("错误:"), result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.output
    return result.stderr.strip()


def test_help_lists_every_command_in_chinese() -> None:
    result = jiuzhu("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f" {name} " in result.stdout
    assert "Options" not in result.stdout
    assert "Commands" not in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_is_for_with_an_example(name: str) -> None:
    result = jiuzhu(name, "--help")
    assert result.exit_code == 0
    assert f"例:jiuzhu {name}" in result.stdout.replace("\n", "")
    assert "显示本说明后退出" in result.stdout


def test_help_answers_before_any_heavy_import() -> None:
    started = time.monotonic()
    code = "import sys; from flows.cli import app; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["duckdb", "polars", "pandas", "numpy", "prefect", "great_expectations", "dbt", "sqlalchemy", "rich"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
    assert time.monotonic() - started < 5  # 0.1 s where nothing else runs


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gap", "--fromat", "csv"), "没有选项 --fromat"),
        (("gap", "--format", "pdf"), "--format 只能是 table、csv、json、xlsx 之一"),
        (("gap", "--month", "June"), "--month June: 不是月份"),
        (("gap", "--month", "2025-13"), "不是月份"),
        (("nightly", "--as-of", "2025"), "--as-of 2025: 不是月份"),
        (("sample", "--scale", "0"), "--scale 的值不对"),
        (("sql",), "缺少 SQL"),
        (("withdraw", "a.b.c"), "缺少 --reason"),
        (("withdraw", "a.b.c", "--reason", " "), "--reason 不能为空"),
        (("gape",), "No such command 'gape'"),
        (("check", "nowhere.xlsx"), "nowhere.xlsx: 没有这个文件"),
        (("balance", "nowhere.csv", "--area", "a", "--population", "p"), "--events 和 --value 要且只要给一个"),
    ],
)
def test_a_wrong_word_ends_in_one_sentence(fresh_settings: Path, words: tuple[str, ...], said: str) -> None:
    assert said in sentence(jiuzhu(*words))
    assert not settings().data.exists()


@pytest.mark.parametrize("words", [("gap",), ("figures",), ("sql", "select 1")])
def test_before_the_first_night_there_is_nothing_to_read(fresh_settings: Path, words: tuple[str, ...]) -> None:
    assert "还没有发布过" in sentence(jiuzhu(*words))


def test_an_unexpected_failure_names_its_place_and_no_value(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("张三 110101199003077758")

    monkeypatch.setattr("flows.gap.read", fails)
    said = sentence(jiuzhu("gap"), exit_code=1)
    assert "ValueError" in said
    assert "张三" not in said


def test_the_gap_table_defaults_to_the_latest_month_of_streets(published: Path) -> None:
    rows = json.loads(jiuzhu("gap", "--format", "json").stdout)
    assert [(row["area_name"], row["rank"], row["month"]) for row in rows] == [
        ("甲街道", 1, "2025-06-01"),
        ("乙街道", 2, "2025-06-01"),
    ]
    assert rows[1]["value"] == 10 / 4000
    assert rows[1]["gap_persons"] == pytest.approx(10)


def test_the_warning_stays_out_of_what_programs_parse(published: Path) -> None:
    for form in ("json", "csv"):
        result = jiuzhu("gap", "--format", form)
        assert "内部使用" not in result.stdout
        assert "内部使用,未作披露控制" in result.stderr
    rows = list(csv.DictReader(io.StringIO(jiuzhu("gap", "--format", "csv").stdout)))
    assert rows[0]["area_code"] == "339900001000"
    assert "内部使用,未作披露控制" in jiuzhu("gap").stdout


def test_the_public_audience_has_no_villages_and_no_warning(published: Path) -> None:
    result = jiuzhu("gap", "--audience", "public")
    assert result.exit_code == 0
    assert "未作披露控制" not in result.output
    assert "现有 district、street" in sentence(jiuzhu("gap", "--audience", "public", "--level", "village"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--level", "county"), "现有 district、street、village"),
        (("--programme", "tekun"), "现有 dibao"),
        (("--indicator", "gini"), "现有 coverage"),
        (("--basis", "birth"), "现有 hukou"),
        (("--month", "2023-01"), "现有 2025-05 至 2025-06"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(published: Path, words: tuple[str, ...], said: str) -> None:
    assert said in sentence(jiuzhu("gap", *words))


def test_figures_carry_their_run_and_what_the_report_stated(published: Path) -> None:
    figures = {row["name"]: row for row in json.loads(jiuzhu("figures", "--format", "json").stdout)}
    assert figures["dibao_persons"] | {"value": 2051, "agrees": True, "run_id": RUN} == figures["dibao_persons"]
    assert figures["fiscal_share"]["agrees"] is None
    assert "93.12 %" in jiuzhu("figures").stdout


def test_sql_answers_with_numbers_and_dates(published: Path) -> None:
    query = "select month, sum(numerator) as persons, 1 as persons from mart_regional_gap group by month order by month"
    rows = json.loads(jiuzhu("sql", query, "--format", "json").stdout)
    assert rows[0] == {"month": "2025-05-01", "persons": 90, "persons_2": 1}
    assert jiuzhu("sql", "select 1 where false").exit_code == 0


def test_an_older_release_can_be_asked(published: Path) -> None:
    assert json.loads(jiuzhu("sql", "select 1 as one", "--release", RUN, "--format", "json").stdout) == [{"one": 1}]
    for name in ("20200101T000000Z-000000", "../inbox", "current"):
        assert "没有这次发布" in sentence(jiuzhu("sql", "select 1", "--release", name))


@pytest.mark.parametrize(
    "query",
    [
        "copy mart_figures to '{folder}/out.csv'",
        "export database '{folder}/out'",
        "attach '{folder}/other.duckdb'",
        "select * from read_csv('{folder}/secret.csv')",
        "select * from '{folder}/secret.csv'",
        "select * from read_text('{folder}/secret.csv')",
        "select * from glob('{folder}/*')",
        "create table x as select 1",
        "update mart_figures set value = 0",
        "drop table mart_figures",
        "set enable_external_access = true",
        "install httpfs",
        "select * from rows",
        "nonsense",
        "",
        "-- nothing",
    ],
)
def test_sql_reads_and_writes_nothing_but_the_release(published: Path, tmp_path: Path, query: str) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    before = (published / "analyst.duckdb").read_bytes()
    sentence(jiuzhu("sql", query.format(folder=tmp_path)))
    assert (published / "analyst.duckdb").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "secret.csv"]


def test_output_never_lands_in_a_release(published: Path, tmp_path: Path) -> None:
    assert "不得改动" in sentence(jiuzhu("gap", "--format", "csv", "--out", str(published / "gap.csv")))
    assert "不能写成文件" in sentence(jiuzhu("gap", "--format", "csv", "--out", str(tmp_path / "no" / "gap.csv")))
    jiuzhu("gap", "--format", "csv", "--out", str(tmp_path / "gap.csv"))
    assert (tmp_path / "gap.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_command_works_as_a_process(published: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "gap", "--level", "x"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("错误:--level x: 没有这个级别")
