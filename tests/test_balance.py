"""The balance indices: against outside values, against PySAL, against replicated areas, and as identities."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inequality.atkinson import atkinson
from inequality.gini import Gini
from inequality.theil import Theil, TheilD
from typer.testing import CliRunner
from xlsxwriter import Workbook

from flows.balance import indices
from flows.cli import app

FIXTURES = Path(__file__).parent / "fixtures" / "inequality"
INCOMES = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]


def cells(values: list[float], weights: list[float] | None = None, groups: list[Any] | None = None) -> pl.DataFrame:
    """Return areas of these values per head, weights and groups."""
    weights = weights or [1.0] * len(values)
    return pl.DataFrame(
        {
            "table_number": [1] * len(values),
            "area_code": list(range(len(values))),
            "parent_area_code": [str(group) for group in groups or ["all"] * len(values)],
            "numerator": [float(value * weight) for value, weight in zip(values, weights, strict=True)],
            "denominator": [float(weight) for weight in weights],
        }
    )


def of(values: list[float], weights: list[float] | None = None, groups: list[Any] | None = None) -> dict[str, Any]:
    return indices(cells(values, weights, groups))


def mexico(column: str) -> tuple[list[float], list[str]]:
    with (FIXTURES / "mexico_1940-1970.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [float(row[column]) for row in rows], [row["hanson98"] for row in rows]


def published(data: str, measure: str) -> float:
    with (FIXTURES / "expected.csv").open(encoding="utf-8", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if (row["data"], row["measure"]) == (data, measure)]
    return float(row["value"])


def test_the_incomes_that_r_prints_give_what_r_prints() -> None:
    found = of(INCOMES)
    data = " ".join(map(str, INCOMES))
    assert found["gini"] == pytest.approx(published(data, "Gini"), abs=5e-8)
    assert found["atkinson_05"] == pytest.approx(published(data, "Atkinson(0.5)"), abs=5e-8)
    assert found["theil_t"] == pytest.approx(0.3623412, abs=5e-8)
    assert found["theil_l"] == pytest.approx(0.4335946, abs=5e-8)


def test_small_vectors_give_what_pysal_prints() -> None:
    found = of([10, 20, 30, 40, 50])
    assert found["atkinson_05"] == pytest.approx(published("10 20 30 40 50", "Atkinson(0.5)"), abs=5e-6)
    assert found["atkinson_1"] == pytest.approx(published("10 20 30 40 50", "Atkinson(1)"), abs=5e-8)
    corrected = published("50/9 x9, 50 x1", "Gini corrected n/(n-1)")
    assert of([50 / 9] * 9 + [50])["gini"] * 10 / 9 == pytest.approx(corrected, abs=5e-8)


@pytest.mark.parametrize("year", [1940, 1950, 1960, 1970])
def test_the_states_of_mexico_give_the_published_theil_and_its_part_between_regions(year: int) -> None:
    values, regions = mexico(f"pcgdp{year}")
    found = of(values, groups=regions)
    assert found["theil_t"] == pytest.approx(published(f"mexico pcgdp{year}", "Theil T"), abs=5e-9)
    assert found["theil_t_between"] == pytest.approx(
        published(f"mexico pcgdp{year}", "Theil between hanson98"), abs=5e-9
    )
    assert found["theil_t_between"] + found["theil_t_within"] == pytest.approx(found["theil_t"], abs=1e-14)
    if year == 1940:
        assert found["gini"] == pytest.approx(published("mexico pcgdp1940", "Gini"), abs=1e-12)


def test_all_imbalance_lies_between_two_groups_of_equals() -> None:
    found = of([0, 0, 0, 10, 10, 10], groups=list("aaabbb"))
    assert found["theil_t"] == pytest.approx(math.log(2), abs=1e-15)
    assert found["theil_t_between"] == pytest.approx(math.log(2), abs=1e-15)
    assert found["theil_t_within"] == pytest.approx(0, abs=1e-15)
    assert (found["theil_l"], found["theil_l_zeros_count"], found["atkinson_1"]) == (None, 3, 1)
    assert (found["max_min"], found["p90_p10"]) == (None, None)
    assert found["hoover"] == 0.5


def test_areas_without_any_event_have_no_index() -> None:
    found = of([0, 0, 0])
    told = {key: value for key, value in found.items() if value is not None}
    assert told == {"table_number": 1, "areas_count": 3, "numerator": 0, "denominator": 3, "value": 0}


def test_equal_areas_are_in_balance_whatever_their_size() -> None:
    found = of([7, 7, 7], weights=[1, 10, 100])
    for name in ("cv", "gini", "theil_t", "theil_l", "atkinson_05", "atkinson_1", "hoover", "gini_unweighted"):
        assert found[name] == pytest.approx(0, abs=1e-12), name
    assert (found["max_min"], found["p90_p10"]) == (1, 1)


def test_a_quantile_is_the_smallest_value_whose_weight_reaches_it() -> None:
    # Nine areas of one person and one of 91: the 10th percentile is the tenth person's.
    found = of([1.0] * 9 + [5.0], weights=[1.0] * 9 + [91.0])
    assert found["p90_p10"] == 1  # both are 5
    assert of([1.0, 2.0, 4.0], weights=[1.0, 8.0, 1.0])["p90_p10"] == 2


values = st.lists(st.integers(1, 100_000), min_size=2, max_size=40)


@settings(max_examples=25, deadline=None)
@given(values)
def test_equal_weights_give_what_pysal_gives(drawn: list[int]) -> None:
    found = of([float(value) for value in drawn])
    array = pl.Series(drawn).cast(pl.Float64).to_numpy()
    assert found["gini"] == pytest.approx(float(Gini(array).g), abs=1e-9)
    assert found["theil_t"] == pytest.approx(float(Theil(array).T), abs=1e-9)
    assert found["atkinson_05"] == pytest.approx(float(atkinson(array, 0.5)), abs=1e-9)
    assert found["atkinson_1"] == pytest.approx(float(atkinson(array, 1)), abs=1e-9)
    for name in ("cv", "gini", "theil_t"):
        assert found[name] == pytest.approx(found[f"{name}_unweighted"], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 1000), st.sampled_from("abc")), min_size=2, max_size=30))
def test_the_decomposition_is_that_of_pysal(drawn: list[tuple[int, str]]) -> None:
    found = of([float(value) for value, _ in drawn], groups=[group for _, group in drawn])
    array = pl.Series([value for value, _ in drawn]).cast(pl.Float64).to_numpy()
    parts = TheilD(array, pl.Series([group for _, group in drawn]).to_numpy())
    assert found["theil_t_between"] == pytest.approx(float(parts.bg[0]), abs=1e-9)
    assert found["theil_t_within"] == pytest.approx(float(parts.wg[0]), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 12), st.sampled_from("abc")), min_size=2, max_size=25))
def test_an_area_of_weight_n_is_n_areas_of_weight_one(drawn: list[tuple[int, int, str]]) -> None:
    weighted = of(
        *(list(map(float, column)) for column in list(zip(*drawn, strict=True))[:2]), [row[2] for row in drawn]
    )
    rows = [(float(value), group) for value, weight, group in drawn for _ in range(weight)]
    replicated = of([value for value, _ in rows], groups=[group for _, group in rows])
    names = ["value", "cv", "gini", "theil_t", "theil_t_between", "theil_t_within", "theil_l", "hoover", "p90_p10"]
    for name in [*names, "atkinson_05", "atkinson_1", "max_min"]:
        assert weighted[name] == pytest.approx(replicated[name], abs=1e-9), name


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 10_000), st.sampled_from("abcd")), min_size=2, max_size=60)
)
def test_theil_is_between_and_within(drawn: list[tuple[int, int, str]]) -> None:
    found = of([row[0] / 7 for row in drawn], [float(row[1]) for row in drawn], [row[2] for row in drawn])
    if found["theil_t"] is None:
        assert not any(row[0] for row in drawn)
    else:
        assert found["theil_t_between"] + found["theil_t_within"] == pytest.approx(found["theil_t"], abs=1e-12)
        assert found["theil_t_between"] >= -1e-15


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 1000)), min_size=2, max_size=30), st.integers(2, 10_000))
def test_no_index_depends_on_the_unit_or_on_the_order_of_rows(drawn: list[tuple[int, int]], factor: int) -> None:
    one = of([float(row[0]) for row in drawn], [float(row[1]) for row in drawn])
    other = of([float(row[0] * factor) for row in reversed(drawn)], [float(row[1]) for row in reversed(drawn)])
    for name in ("cv", "gini", "theil_t", "theil_l", "atkinson_05", "atkinson_1", "hoover", "max_min", "p90_p10"):
        assert one[name] == pytest.approx(other[name], abs=1e-9), name


def jiuzhu(*words: str) -> Any:
    return CliRunner().invoke(app, ["balance", *words], env={"COLUMNS": "100"})


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Return a workbook as an office sends it: a title, a header, a blank count, an empty place, a total."""
    path = tmp_path / "各镇.xlsx"
    rows = [
        ["各镇人口与低保人数"],
        ["所属县", "镇", "人口", "低保人数"],
        ["东县", "甲镇", 1000, 10],
        ["东县", "乙镇", "2,000", 20],
        ["西县", "丙镇", 3000, None],
        ["西县", "丁镇", 0, 0],
        ["西县", "戊镇", 1000, 40],
        [None, "合计", 7000, 70],
    ]
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return path


def test_a_workbook_is_read_as_it_is_and_what_is_missing_is_listed(towns: Path) -> None:
    words = (str(towns), "--area", "镇", "--parent", "所属县", "--population", "人口", "--events", "低保人数")
    found = json.loads(jiuzhu(*words, "--format", "json").stdout)
    assert (found["areas"], found["population"], found["events"]) == (3, 4000, 70)
    assert found["areas_missing"] == ["丙镇", "丁镇"]
    assert found["rows_skipped"] == ["合计"]
    assert found["rate"] == pytest.approx(70 / 4000)
    share = 40 / 70
    expected = share * math.log(share / 0.25) + (1 - share) * math.log((1 - share) / 0.75)
    assert found["theil_t_between"] == pytest.approx(expected, abs=1e-12)  # both towns of 东县 have the same rate
    assert found["theil_t_within"] == pytest.approx(0, abs=1e-12)
    assert "丙镇、丁镇" in jiuzhu(*words).stdout


def test_values_per_head_are_weighted_with_the_population(tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_bytes("村,人口,人均收入\r\n甲,100,10\r\n乙,300,20\r\n".encode("gb18030"))
    words = (str(path), "--area", "村", "--population", "人口", "--value", "人均收入", "--format", "json")
    found = json.loads(jiuzhu(*words).stdout)
    assert (found["events"], found["rate"]) == (7000, 17.5)
    assert found["theil_t_between"] is None


def test_the_macro_behind_the_command_is_the_one_of_the_marts() -> None:
    models = Path(__file__).parent.parent / "dbt_project" / "models"
    using = {path.stem for path in models.rglob("*.sql") if "balance_indices(" in path.read_text("utf-8")}
    assert {"mart_balance", "int_balance__draw_indices"} <= using
    elsewhere = [path for path in models.rglob("*.sql") if "gini" in path.read_text("utf-8") and path.stem not in using]
    # Others only pass the computed column on.
    assert not [path for path in elsewhere if "2 * weight_through" in path.read_text("utf-8")]


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        ("a,p,e\nx,1,2\n", ("--area", "b", "--population", "p", "--events", "e"), "没有列 “b”;这个文件里有 a、p、e"),
        (
            "a,p,e\nx,1,two\n",
            ("--area", "a", "--population", "p", "--events", "e"),
            "第 2 行“e”的 two 不是不小于 0 的数",
        ),
        ("a,p,e\nx,-1,2\n", ("--area", "a", "--population", "p", "--events", "e"), "第 2 行“p”的 -1 不是"),
        ("a,p,e\nx,,2\n", ("--area", "a", "--population", "p", "--events", "e"), "没有一个地区同时有"),
        (
            "a,g,p,e\nx,,1,2\n",
            ("--area", "a", "--parent", "g", "--population", "p", "--events", "e"),
            "第 2 行没有填“g”",
        ),
    ],
)
def test_bad_input_ends_in_one_sentence(tmp_path: Path, content: str, words: tuple[str, ...], said: str) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(content, encoding="utf-8")
    result = jiuzhu(str(path), *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
