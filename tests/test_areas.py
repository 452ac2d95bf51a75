"""Places as offices write them, and the villages they mean."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.areas import DECISIONS, Areas
from tests.small import PLACES

MONTH = date(2025, 6, 1)
LEVELS = {"村(社区)": "village", "街道": "street", "区县": "district"}


def table(places: list[tuple], edition: date = date(2024, 1, 1)) -> pl.DataFrame:
    names = ["area_code", "area_name", "parent_area_code", "level_code", "urban_rural_code", "alias_names"]
    frame = pl.DataFrame(places, schema=names, orient="row").drop("urban_rural_code")
    return frame.with_columns(
        pl.lit(edition).alias("edition"),
        pl.col("level_code").replace_strict(LEVELS),
        pl.col("parent_area_code").replace({"": None}),
        pl.col("alias_names").replace({"": None}),
    ).select("edition", "area_code", "area_name", "parent_area_code", "level_code", "alias_names")


def known(decisions: list[tuple[str, str, str]] = (), *more: pl.DataFrame) -> Areas:  # type: ignore[assignment]
    return Areas(pl.concat([table(PLACES), *more]), pl.DataFrame(decisions, schema=DECISIONS, orient="row"))


def resolve(
    areas: Areas, village: str | None, street: str | None = None, code: str | None = None, month: date | None = MONTH
) -> tuple[str | None, str | None, str]:
    place = pl.DataFrame(
        {"month": [month], "code": [code], "street": [street], "village": [village]},
        schema={"month": pl.Date, "code": pl.String, "street": pl.String, "village": pl.String},
    )
    code_found, how, note = areas.resolve(place).row(0)
    return code_found, how, note or ""


@pytest.mark.parametrize(
    ("street", "village", "code", "expected", "how"),
    [
        ("甲街道", "望湖社区", "339900002001", "339900002001", "code"),
        ("甲街道", "望湖社区", "999999999999", "339900001001", "name"),
        ("甲街道", "望湖社区", None, "339900001001", "name"),
        ("甲街道办事处", " 望湖 社区", None, "339900001001", "name"),
        ("甲街道", "老码头", None, "339900001001", "alias"),
        ("甲街道", "望湖社区居民委员会", None, "339900001001", "near"),
        ("甲街道", "秀坊桥社区", None, "339900001004", "near"),
        ("甲街道", None, None, "339900001000", "name"),
        (None, "望湖社区", None, "339900001001", "name"),
        ("区外", None, None, "outside", "outside"),
        (None, "外省(江西)", None, "outside", "outside"),
    ],
)
def test_a_place_is_found_by_code_then_name_then_alias_then_a_near_match(
    street: str | None, village: str | None, code: str | None, expected: str, how: str
) -> None:
    assert resolve(known(), village, street, code)[:2] == (expected, how)


@pytest.mark.parametrize(
    ("street", "village", "why"),
    [
        ("甲街道", "新桥村", "two villages are as near"),
        ("甲街道", "新桥三村", "a number tells two villages apart"),
        ("乙镇", "桃源居委会", "a village and a community share the core of the name"),
        ("甲街道", "石门村", "the name of a village in another street is no misspelling"),
        ("甲街道", "城门洞那片", "nothing is near"),
        (None, "石门村", "two streets have a village of that name"),
    ],
)
def test_what_is_not_certain_stays_open_with_its_nearest_candidates(street: str | None, village: str, why: str) -> None:
    code, how, note = resolve(known(), village, street)
    assert (code, how) == (None, None), why
    assert "3399000" in note


def test_a_village_of_the_same_name_is_told_by_its_street() -> None:
    assert resolve(known(), "石门村", "乙镇")[0] == "339900002001"
    assert resolve(known(), "石门村", "丙乡")[0] == "339900003001"


def test_the_candidates_begin_with_the_village_of_that_very_name_in_another_street() -> None:
    assert resolve(known(), "望湖社区", "乙镇")[2].startswith("最接近:甲街道望湖社区(339900001001)")


def test_a_reviewers_decision_settles_a_name() -> None:
    areas = known([("甲街道", "老粮站宿舍", "339900001002")])
    assert resolve(areas, "老粮站宿舍", "甲街道") == ("339900001002", "decision", "")
    assert resolve(areas, "老粮站宿舍", "乙镇")[0] is None


def test_the_edition_in_force_in_the_month_decides_what_a_name_means() -> None:
    later = [
        ("339900001005", "新桥一村", "339900001000", "村(社区)", "", ""),
        ("339900001000", "甲街道", "339900000000", "街道", "", ""),
    ]
    areas = known([], table(later, date(2025, 1, 1)))
    assert resolve(areas, "新桥一村", "甲街道", month=date(2024, 12, 1))[0] == "339900001002"
    assert resolve(areas, "新桥一村", "甲街道", month=date(2025, 1, 1))[0] == "339900001005"
    assert resolve(areas, "新桥二村", "甲街道", month=date(2025, 1, 1))[0] == "339900001003", "known from before"
    assert resolve(areas, "新桥一村", "甲街道", month=date(2023, 1, 1))[0] == "339900001002", "before the first edition"


def test_a_place_that_says_nothing_is_nothing() -> None:
    assert resolve(known(), None) == (None, None, "")
    assert resolve(known(), "—", "")[0] is None


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["甲街道", "乙镇", "区外", None]), st.text(max_size=5)), max_size=12))
def test_every_row_gets_its_own_answer_in_its_own_place(cells: list[tuple[str | None, str]]) -> None:
    areas = known()
    schema = {"month": pl.Date, "code": pl.String, "street": pl.String, "village": pl.String}
    rows = [(MONTH, None, street, village or None) for street, village in cells]
    together = areas.resolve(pl.DataFrame(rows, schema=schema, orient="row"))
    alone = [areas.resolve(pl.DataFrame([row], schema=schema, orient="row")).row(0) for row in rows]
    assert together.rows() == alone
