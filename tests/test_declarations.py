"""The two declarations: read strictly, agreeing with each other, and every mistake a sentence that names its file."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from flows import declarations
from flows.declarations import departments, extracts, month_label, tables
from flows.errors import DeclarationError
from flows.settings import DEPARTMENTS, PROJECT, settings

STAGING = PROJECT / "dbt_project" / "models" / "staging"
CLINIC = """
department: clinic
label: 示范医院
extracts:
  - name: deaths
    label: 死亡名单
    table: deaths
    reader: csv
    files: "死亡*.csv"
    month: {column: report_month}
    cadence: monthly
    rows: [0, 1000]
    columns:
      report_month: [月份]
      id_number: [证号]
      person_name: [名字]
      death_date: [过世日]
"""
SOURCES = """
version: 2
sources:
  - name: clinics
    schema: raw
    description: Clinics.
    tables:
      - name: beds
        description: One row per bed.
        config:
          meta:
            label: 床位
            key: [bed_code]
        columns:
          - name: bed_code
            data_type: varchar
            description: Code of the bed.
            config: {meta: {label: 床位代码, kind: text, required: true}}
"""


def written(path: Path) -> Any:
    """Return a YAML as it stands in the file, past the code under test."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def blocks() -> dict[str, dict[str, Any]]:
    """Return every table block of the source YAMLs as it is written."""
    return {
        block["name"]: block
        for path in STAGING.glob("*/_*__sources.yml")
        for source in written(path)["sources"]
        for block in source["tables"]
    }


def meta(block: dict[str, Any]) -> dict[str, Any]:
    return block["config"]["meta"]


@pytest.fixture
def clinic(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the YAML of the only department there is."""
    folder = fresh_settings / "departments"
    folder.mkdir()
    monkeypatch.setenv("JIUZHU_DEPARTMENTS", str(folder))
    settings.cache_clear()
    return folder / "clinic.yml"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the only source YAML there is, in a dbt project of its own with the real seeds."""
    path = tmp_path / "models" / "staging" / "clinics" / "_clinics__sources.yml"
    path.parent.mkdir(parents=True)
    shutil.copytree(PROJECT / "dbt_project" / "seeds", tmp_path / "seeds")
    monkeypatch.setattr("flows.declarations.DBT_PROJECT", tmp_path)
    tables.cache_clear()
    yield path
    tables.cache_clear()


def refusal() -> str:
    with pytest.raises(DeclarationError) as refused:
        departments()
    return str(refused.value)


def test_every_department_of_the_folder_is_loaded_with_all_it_delivers() -> None:
    files = {path.stem: written(path) for path in DEPARTMENTS.glob("*.yml")}
    assert files
    assert {code: department.label for code, department in departments().items()} == {
        code: each["label"] for code, each in files.items()
    }
    delivered = [(code, each["name"]) for code in sorted(files) for each in files[code]["extracts"]]
    assert [(department.department, extract.name) for department, extract, _ in extracts()] == delivered


def test_every_source_table_is_loaded_with_its_columns_in_order_and_its_types() -> None:
    found = {
        name: [(column.name, column.data_type, column.label) for column in table.columns]
        for name, table in tables().items()
    }
    assert found == {
        name: [(column["name"], column["data_type"], meta(column)["label"]) for column in block["columns"]]
        for name, block in blocks().items()
    }


def test_what_departments_deliver_and_what_tables_take_agree() -> None:
    taken = {
        name: {
            "report_month",
            *(each["name"] for each in meta(block).get("personal", [])),
            *(each["name"] for each in block["columns"]),
            *(part for each in block["columns"] for part in meta(each).get("from", {}).values()),
        }
        for name, block in blocks().items()
    }
    delivered = set()
    for path in DEPARTMENTS.glob("*.yml"):
        for extract in written(path)["extracts"]:
            assert set(extract["columns"]) <= taken[extract["table"]], (path.name, extract["name"])
            delivered.add(extract["table"])
    assert delivered == set(taken), "a table that nobody delivers"


def test_what_identifies_is_never_landed_and_its_key_always_is() -> None:
    for name, block in blocks().items():
        landed = tables()[name].landed_types()
        for personal in meta(block).get("personal", []):
            assert personal["name"] not in landed
            if keyed := personal.get("keyed_as"):
                assert landed[keyed] == "uuid"
        assert list(landed)[-7:] == [
            "report_month",
            "department_code",
            "delivery_id",
            "delivery_sequence",
            "received_at",
            "source_sheet",
            "source_row_number",
        ]
        assert len(landed) == len(block["columns"]) + 7, f"{name} declares a column that every table has"


def test_every_key_column_is_landed_and_required_or_the_month() -> None:
    for name, block in blocks().items():
        assert set(meta(block)["key"]) <= set(tables()[name].landed_types()), name


def test_a_code_is_understood_in_every_spelling_and_as_itself() -> None:
    words = tables()["temporary_assistance"].column("grant_reason_code").spellings()
    assert {words[word] for word in ("重大疾病", "突发疾病", "illness")} == {"illness"}
    assert "疾病" not in words


def test_a_code_list_that_stands_in_a_seed_is_read_from_there() -> None:
    words = tables()["payments"].column("programme_code").spellings()
    assert [words[word] for word in ("低保", "城乡低保", "特困供养", "dibian")] == ["dibao", "dibao", "tekun", "dibian"]


def test_an_area_is_delivered_in_parts_each_with_a_label_of_its_own() -> None:
    delivered = tables()["deaths"].delivered()
    assert delivered["hukou_street_name"] == ("户籍地街道", False)
    assert delivered["hukou_village_name"] == ("户籍地村(社区)", False)
    assert delivered["death_date"] == ("死亡日期", True)
    for derived in ("hukou_area_code", "person_key", "id_status_code"):
        assert derived not in delivered


def test_a_declaration_cannot_be_changed_by_whoever_reads_it() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        tables()["deaths"].label = "别的"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("label: 示范医院", "label: 示范医院\nphone: 1", "phone: Extra inputs"),
        ("    cadence: monthly", "    cadence: monthly\n    dedline_days: 5", "extracts.0.dedline_days: Extra inputs"),
        ("{column: report_month}", "{column: report_month, day: 1}", "day: Extra inputs"),
        ("label: 示范医院\n", "", "label: Field required"),
        ("cadence: monthly", "cadence: weekly", "extracts.0.cadence"),
        ("rows: [0, 1000]", "rows: [0]", "extracts.0.rows"),
        ("reader: csv", "reader: pdf", "extracts.0.reader"),
        ('    files: "死亡*.csv"\n', "", "csv / excel 要有 files"),
        ("reader: csv", "reader: database", "url 和 query 只用于 database"),
        ("reader: csv", "reader: csv\n    url: sqlite:///x\n    query: select 1", "url 和 query 只用于 database"),
        ("table: deaths", "table: births", "deaths: 没有名为 births 的表"),
        ("death_date: [过世日]", "dead_date: [过世日]", "deaths: 表 deaths 没有列 dead_date"),
        ("      death_date: [过世日]\n", "", "deaths: 缺少必填列 death_date(死亡日期)"),
        ("      person_name: [名字]\n", "", "deaths: 缺少必填列 person_name(姓名)"),
        ("person_name: [名字]", "person_name: [名字, 证号]", "表头“证号”对应了两列"),
        ("{column: report_month}", "{column: registered_date}", "month.column 指的列 registered_date 没有表头"),
        ("department: clinic", "department: klinik", "department 应与文件名一致(clinic)"),
    ],
)
def test_a_mistake_in_a_department_is_a_sentence_that_names_its_file(
    clinic: Path, right: str, wrong: str, said: str
) -> None:
    assert right in CLINIC
    clinic.write_text(CLINIC.replace(right, wrong, 1), encoding="utf-8")
    sentence = refusal()
    assert sentence.startswith("clinic.yml: ")
    assert said in sentence
    assert ";请" in sentence
    assert "\n" not in sentence


def test_a_department_without_a_mistake_is_taken_as_it_is_written(clinic: Path) -> None:
    clinic.write_text(CLINIC, encoding="utf-8")
    [extract] = departments()["clinic"].extracts
    assert extract.columns["death_date"] == ("过世日",)
    assert (extract.rows, extract.deadline_days, extract.sheets) == ((0, 1000), None, ("*",))


def test_all_mistakes_of_a_file_stand_in_one_sentence_in_order(clinic: Path) -> None:
    text = CLINIC.replace("death_date", "dead_date").replace("person_name", "full_name")
    clinic.write_text(text, encoding="utf-8")
    problems = [
        "deaths: 缺少必填列 death_date(死亡日期)",
        "deaths: 缺少必填列 person_name(姓名)",
        "deaths: 表 deaths 没有列 dead_date",
        "deaths: 表 deaths 没有列 full_name",
    ]
    assert refusal() == f"clinic.yml: {';'.join(sorted(problems))};请改正该声明"


def test_an_extract_that_is_declared_twice_is_refused(clinic: Path) -> None:
    clinic.write_text(CLINIC + CLINIC[CLINIC.index("  - name") :], encoding="utf-8")
    assert "提取 deaths 声明了两次" in refusal()


def test_a_required_place_needs_one_of_its_parts(clinic: Path) -> None:
    text = CLINIC.replace("table: deaths", "table: temporary_assistance").replace(
        "death_date: [过世日]", "decision_date: [日]\n      grant_reason_code: [因]\n      grant_amount_yuan: [额]"
    )
    clinic.write_text(text, encoding="utf-8")
    wanted = "residence_village_code、residence_street_name、residence_village_name"
    assert refusal() == f"clinic.yml: deaths: residence_area_code 至少要有 {wanted} 之一;请改正该声明"


@pytest.mark.parametrize("text", ["", "- 1\n", "just a word"])
def test_a_yaml_that_is_no_department_is_a_sentence(clinic: Path, text: str) -> None:
    clinic.write_text(text, encoding="utf-8")
    assert refusal() == "clinic.yml: 不是一份部门声明;请参照其他部门的 YAML"


@pytest.mark.parametrize("content", [b"label: [", b"label: \xff\xfe", b"a: b: c"])
def test_what_is_no_yaml_is_a_sentence(clinic: Path, content: bytes) -> None:
    clinic.write_bytes(content)
    sentence = refusal()
    assert sentence.startswith("clinic.yml: 不是合法的 YAML(")
    assert sentence.endswith(";请改正后重试")


def test_a_source_yaml_of_ones_own_is_read(sources: Path) -> None:
    sources.write_text(SOURCES, encoding="utf-8")
    [table] = tables().values()
    assert (table.name, table.source, table.label, table.key) == ("beds", "clinics", "床位", ("bed_code",))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("kind: text,", "kind: text, requierd: true,", "columns.0.requierd: Extra inputs"),
        ("label: 床位\n", "label: 床位\n            colour: red\n", "colour: Extra inputs"),
        ("kind: text", "kind: words", "columns.0.kind"),
        ("label: 床位代码, ", "", "columns.0.label: Field required"),
        (
            "key: [bed_code]",
            "key: [bed_code]\n            personal: [{name: x, label: x, kind: shoe}]",
            "personal.0.kind",
        ),
    ],
)
def test_a_mistake_in_a_source_yaml_is_a_sentence_that_names_its_file(
    sources: Path, right: str, wrong: str, said: str
) -> None:
    assert right in SOURCES
    sources.write_text(SOURCES.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        tables()
    sentence = str(refused.value)
    assert sentence.startswith("_clinics__sources.yml: ")
    assert said in sentence
    assert sentence.endswith(";请按 flows/declarations.py 的字段改正")


def test_a_table_is_declared_in_one_place_only(sources: Path) -> None:
    sources.write_text(SOURCES, encoding="utf-8")
    other = sources.parent.with_name("wards") / "_wards__sources.yml"
    other.parent.mkdir()
    other.write_text(SOURCES, encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"^_wards__sources\.yml: 表 beds 已在别处声明;请只留一处$"):
        tables()


def test_a_month_is_written_to_people_as_they_write_it() -> None:
    assert month_label(date(2025, 6, 1)) == "2025年6月"
    assert month_label(None) == "全部"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("rows: [0, 1000]", "rows: [0, 1000]\n    units: {death_dat: 万元}"),
        ("reader: csv", "reader: csv\n    url: sqlite:///x"),
        ("rows: [0, 1000]", "rows: [0, 1000]\n    constants: {death_date: '2025-01-01'}"),
        ("      person_name: [名字]", "      person_name: [名字]\n      person_name: [姓名]"),
    ],
    ids=["unit of no column", "csv with url", "constant and column", "key twice"],
)
def test_a_mistake_in_a_department_is_refused(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch, right: str, wrong: str
) -> None:
    folder = fresh_settings / "departments"
    folder.mkdir()
    (folder / "clinic.yml").write_text(CLINIC.replace(right, wrong, 1), encoding="utf-8")
    monkeypatch.setenv("JIUZHU_DEPARTMENTS", str(folder))
    settings.cache_clear()
    with pytest.raises(DeclarationError):
        departments()


def test_a_source_column_without_a_description_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "models" / "staging" / "x" / "_x__sources.yml"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCES.replace("            description: Code of the bed.\n", ""), encoding="utf-8")
    monkeypatch.setattr(declarations, "DBT_PROJECT", tmp_path)
    tables.cache_clear()
    try:
        with pytest.raises(DeclarationError):
            tables()
    finally:
        tables.cache_clear()
