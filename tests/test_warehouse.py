"""The built warehouse of the sample: dbt's unit tests, identities of the released marts, oracles of their formulas.

The oracles know nothing of the models: Wilson's interval, the binomial and the shrinkage are computed here anew.
"""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from flows.sample.district import RENAMED_TO
from flows.sample.faults import CORRECTED_MONTH, MISSING_MONTH
from flows.sample.months import first_day, label
from tests.conftest import Night

pytestmark = pytest.mark.xdist_group("night")

CLOSE = 1e-12  # sums of some hundred doubles
KEY = ["month", "programme_code", "basis_code", "indicator_code"]

UNIT_TEST = """
import json, sys
from pathlib import Path
from flows import quiet
quiet.be_quiet()
from flows.build import unit_test
print(json.dumps(unit_test(Path(sys.argv[1]))))
"""


@pytest.fixture(scope="module")
def built(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the database of the night's build, intermediate models and all."""
    copy = tmp_path_factory.mktemp("built") / "warehouse.duckdb"
    shutil.copy(night.data / "work" / "warehouse.duckdb", copy)
    copy.chmod(0o600)
    return copy


@pytest.fixture(scope="module")
def rows(built: Path) -> Iterator[Any]:
    """Return a function that asks the built database and gives a polars frame."""
    import duckdb

    with duckdb.connect(str(built), read_only=True) as connection:
        yield lambda query: connection.execute(query).pl()


def violations(night: Night, condition: str, table: str) -> tuple[int, int]:
    """Return how many rows of a released table break a condition, and how many it was asked of (not NULL)."""
    [row] = night.sql(
        f"select count(*) filter (where not ({condition})) as broken, "
        f"count(*) filter (where ({condition}) is not null) as asked from {table}"
    )
    return int(row["broken"]), int(row["asked"])


def test_every_unit_test_of_dbt_passes(night: Night, built: Path) -> None:
    # A process of its own: dbt keeps its state, and the environment names this night's folders.
    done = subprocess.run(
        [sys.executable, "-c", UNIT_TEST, str(built)],
        env=night.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    failed = json.loads(done.stdout.splitlines()[-1])
    assert not failed, "\n".join(failed)


# Identities of the released marts


@pytest.mark.parametrize("table", ["mart_balance", "mart_balance_by_level"])
def test_theil_t_is_what_lies_between_and_within(night: Night, table: str) -> None:
    condition = f"abs(theil_t - theil_t_between - theil_t_within) < {CLOSE}"
    broken, asked = violations(night, condition, table)
    [known] = night.sql(f"select count(theil_t) as known from {table}")
    assert broken == 0
    assert asked == known["known"] > 400


def test_the_contributions_of_the_areas_add_up_to_theil_t(night: Night) -> None:
    parts = (
        f"(select scope_area_code, level_code, {', '.join(KEY)}, sum(theil_t_contribution) as total "
        "from mart_balance_by_area group by all) as parts "
        "inner join mart_balance as balance on parts.scope_area_code = balance.area_code "
        "and parts.level_code = balance.level_code "
        + " ".join(f"and parts.{column} = balance.{column}" for column in KEY)
    )
    broken, asked = violations(night, f"abs(parts.total - balance.theil_t) < {CLOSE}", parts)
    [known] = night.sql("select count(theil_t) as known from mart_balance")
    assert broken == 0
    assert asked == known["known"] > 400


@pytest.mark.parametrize("span", ["month", "year"])
def test_the_change_of_a_rate_is_what_people_and_population_changed(night: Night, span: str) -> None:
    parts = f"change_{span}_flow_rate + change_{span}_population_rate"
    broken, asked = violations(night, f"abs(change_{span}_rate - ({parts})) < {CLOSE}", "mart_coverage")
    assert broken == 0
    assert asked > 4000


def test_what_was_there_and_what_came_and_went_is_what_is_there(night: Night) -> None:
    moves = "entries_count - exits_count + moved_in_count - moved_out_count + redrawn_count"
    condition = f"before_roster_recipients_count + {moves} = recipients_count"
    broken, asked = violations(night, condition, "mart_coverage")
    [row] = night.sql(
        "select count(*) as expected from mart_coverage "
        "where previous_roster_month is not null and recipients_count is not null"
    )
    assert broken == 0
    assert asked == row["expected"] > 10_000


def test_reasons_add_up_to_exits_and_nobody_is_redrawn_within_a_street(night: Night) -> None:
    [row] = night.sql("select * from mart_coverage limit 1")
    reasons = " + ".join(name for name in row if name.startswith("exits_") and name != "exits_count")
    assert violations(night, f"{reasons} = exits_count", "mart_coverage")[0] == 0
    above = "(select redrawn_count from mart_coverage where level_code not in ('village', 'special')) as streets"
    assert violations(night, "redrawn_count = 0", above)[0] == 0


def test_villages_and_streets_add_up_to_the_district(night: Night) -> None:
    found = night.sql(
        "select month, programme_code, basis_code, "
        "sum(case when level_code = 'village' then recipients_count end) as villages, "
        "sum(case when level_code = 'street' then recipients_count end) as streets, "
        "max(case when level_code = 'district' then recipients_count end) as district "
        "from mart_coverage where recipients_count is not null group by all"
    )
    assert len(found) == 2 * (3 * 18 - 1)
    for row in found:
        assert int(row["villages"]) == int(row["streets"]) == row["district"], row


def test_the_expected_of_streets_and_villages_add_up_to_the_observed_of_the_district(night: Night) -> None:
    found = night.sql(
        "select month, programme_code, basis_code, "
        "sum(case when level_code = 'street' then expected_recipients_count end) as streets, "
        "sum(case when level_code = 'village' then expected_recipients_count end) as villages, "
        "count(*) filter (where level_code = 'village' and expected_recipients_count is null) as open_villages, "
        "max(case when level_code = 'district' then recipients_count end) as district "
        "from mart_coverage where recipients_count is not null group by all"
    )
    told = [row for row in found if not row["open_villages"]]
    # Until the next quarter's population, nobody knows how many live in the two halves of the village that was split.
    assert {row["month"][:7] for row in found if row["open_villages"]} == {"2024-10", "2024-11"}
    assert len(told) > 80
    for row in found:
        assert row["streets"] == pytest.approx(row["district"], rel=1e-9), row
    for row in told:
        assert row["villages"] == pytest.approx(row["district"], rel=1e-9), row


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ("mart_coverage", "rate"),
        ("mart_indicators", "value"),
        ("mart_regional_gap", "value"),
        ("mart_adequacy", "spend_per_recipient_yuan"),
    ],
)
def test_a_value_lies_in_its_interval(night: Night, table: str, value: str) -> None:
    stem = value.removesuffix("_yuan") + "_" if table == "mart_adequacy" else ""
    unit = "_yuan" if table == "mart_adequacy" else ""
    broken, asked = violations(night, f"{stem}low{unit} <= {value} and {value} <= {stem}high{unit}", table)
    assert broken == 0
    assert asked > 2000


def test_an_index_lies_in_its_own_range_of_chance(night: Night) -> None:
    for index in ("cv", "gini", "theil_t", "hoover"):
        for ends in ("", "_chance"):
            assert violations(night, f"{index}{ends}_low <= {index}{ends}_high", "mart_balance")[0] == 0


def test_where_there_is_no_value_there_is_no_gap(night: Night) -> None:
    gaps = " or ".join(f"{name} is not null" for name in ("gap", "gap_persons", "gap_yuan", "gap_expected_persons"))
    found = night.sql(
        f"select status, count(*) as rows from mart_regional_gap where value is null and ({gaps}) group by status"
    )
    assert found == []


# What the answer key says


def test_a_month_without_roster_is_no_data_and_not_zero(night: Night) -> None:
    where = f"programme_code = 'dibian' and month = date '{first_day(MISSING_MONTH)}'"
    names = "status, recipients_count, rate, low, expected_recipients_count, entries_count, is_restated"
    assert night.sql(f"select distinct {names} from mart_coverage where {where}") == [
        dict.fromkeys(names.split(", ")) | {"status": "no_data", "is_restated": False}
    ]
    found = night.sql(
        f"select indicator_code, status, count(value) as known from mart_indicators where {where} "
        # What rests on other feeds has its own months.
        "and indicator_code in ('coverage', 'coverage_adjusted', 'top_up', 'spend_per_head', 'spend_per_recipient') "
        "group by all"
    )
    assert {row["indicator_code"] for row in found} >= {"coverage", "coverage_adjusted", "top_up"}
    assert {(row["status"], row["known"]) for row in found} == {("no_data", 0)}
    # The month after is told against the one before the gap, and not as a change of one month.
    [row] = night.sql(
        "select previous_roster_month, before_month_recipients_count, before_roster_recipients_count "
        f"from mart_coverage where level_code = 'district' and programme_code = 'dibian' and basis_code = 'hukou' "
        f"and month = date '{first_day(MISSING_MONTH + 1)}'"
    )
    [before] = night.sql(
        "select recipients_count from mart_coverage where level_code = 'district' and programme_code = 'dibian' "
        f"and basis_code = 'hukou' and month = date '{first_day(MISSING_MONTH - 1)}'"
    )
    assert row["previous_roster_month"][:7] == label(MISSING_MONTH - 1)
    assert row["before_month_recipients_count"] is None
    assert row["before_roster_recipients_count"] == before["recipients_count"]


def test_the_persons_of_every_month_are_those_of_the_answer_key(night: Night) -> None:
    [district] = night.answers["districts"]
    found = night.sql(
        "select month, programme_code, sum(recipients_count) as persons from mart_coverage "
        "where basis_code = 'hukou' and level_code in ('village', 'special') group by all"
    )
    told = {(row["month"][:7], row["programme_code"]): row["persons"] for row in found}
    assert len(told) == 3 * 18
    for month, programmes in district["covered"].items():
        for programme, counts in programmes.items():
            missing = programme == "dibian" and month == label(MISSING_MONTH)
            persons = told[month, programme]
            assert (persons is None) if missing else (int(persons) == counts["persons"]), (month, programme)


def test_the_corrected_month_is_restated_and_says_what_was_first_reported(night: Night) -> None:
    [district] = night.answers["districts"]
    [answer] = [each for each in district["faults"] if each["fault"] == "corrected_month"]
    found = night.sql(
        "select month, sum(recipients_count) as persons, sum(first_reported_recipients_count) as first_persons, "
        "bool_or(is_restated) as restated from mart_coverage where basis_code = 'hukou' and programme_code = 'dibao' "
        "and level_code in ('village', 'special') group by month"
    )
    restated = {row["month"][:7]: row for row in found if row["restated"]}
    assert list(restated) == [label(CORRECTED_MONTH)]
    [row] = restated.values()
    assert int(row["persons"]) == answer["corrected"]["persons"]
    assert int(row["first_persons"]) == answer["first"]["persons"] != answer["corrected"]["persons"]
    assert all(row["persons"] == row["first_persons"] for row in found if not row["restated"])


def test_the_renamed_village_has_one_unbroken_series(night: Night) -> None:
    found = night.sql(
        "select area_code, area_name, month, before_month_recipients_count, recipients_count, moved_in_count, "
        f"redrawn_count from mart_coverage where area_name = '{RENAMED_TO}村' and programme_code = 'dibao' "
        "and basis_code = 'hukou' order by month"
    )
    assert len({row["area_code"] for row in found}) == 1
    assert len(found) == 18
    for before, row in pairwise(found):
        assert row["before_month_recipients_count"] == before["recipients_count"] is not None
        assert row["redrawn_count"] == 0
    [last] = night.sql(
        f"select trend_code from mart_regional_gap where area_name = '{RENAMED_TO}村' and month = date '2025-06-01' "
        "and programme_code = 'dibao' and basis_code = 'hukou' and indicator_code = 'coverage'"
    )
    assert last["trend_code"] is not None


def test_a_person_is_counted_once_a_programme_and_month(night: Night) -> None:
    assert not night.sql(
        "select month from fct_enrolments group by person_key, programme_code, month having count(*) > 1"
    )


# Oracles


def test_the_interval_is_wilsons_on_persons_divided_by_the_size_of_households(rows: Any) -> None:
    persons = rows(
        "select households.enrolled_count as size from main.fct_enrolments as persons "
        "inner join main.fct_household_enrolments as households using (household_key, programme_code, month) "
        "inner join main.dim_areas as areas on persons.residence_area_code = areas.area_code "
        "where persons.programme_code = 'dibao' and month = date '2025-06-01' and areas.level_code <> 'special'"
    )["size"].to_numpy()
    # Σ size² over households is Σ size over persons.
    effect = persons.sum() / len(persons)
    assert effect > 1.1
    found = rows(
        "select recipients_count, population_count, low, high from main.mart_coverage where programme_code = 'dibao' "
        "and basis_code = 'resident' and month = date '2025-06-01' and status in ('ok', 'small_sample')"
    )
    assert len(found) > 100
    z = 1.959964
    for count, population, low, high in found.iter_rows():
        n, p = population / effect, count / population
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        middle = p + z * z / (2 * n)
        assert low == pytest.approx((middle - half) / (1 + z * z / n), abs=1e-12)
        assert high == pytest.approx((middle + half) / (1 + z * z / n), abs=1e-12)


# Newcombe 1998, table I, method 3: events, n, and the interval as printed there.
@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(events: int, n: int, low: float, high: float) -> None:
    import duckdb
    from jinja2 import Environment

    from flows.settings import DBT_PROJECT

    source = (DBT_PROJECT / "macros" / "wilson.sql").read_text(encoding="utf-8")
    bounds = "{{ wilson_low('rate', 'n', 1.959964) }}, {{ wilson_high('rate', 'n', 1.959964) }}"
    given = f"(select {events} / cast({n} as double) as rate, cast({n} as double) as n)"
    query = Environment().from_string(f"{source} select {bounds} from {given}").render()
    [found] = duckdb.sql(query).fetchall()
    assert found == pytest.approx((low, high), abs=5e-5)


def test_the_funnel_of_few_expected_is_the_exact_binomial(rows: Any) -> None:
    from scipy.stats import binom

    found = rows(
        "select rated.recipients_count, rated.population_count, rated.scope_coverage_rate, lower_tail, upper_tail, "
        "funnel_code from main.int_area_months__funnelled as funnelled inner join main.int_area_months__rated as rated "
        "using (area_code, month, programme_code, basis_code) "
        "where month in (date '2024-03-01', date '2025-06-01')"
    )
    exact = found.filter(pl.col("lower_tail").is_not_null())
    assert len(exact) > 500
    assert (exact["population_count"] * exact["scope_coverage_rate"]).max() < 10
    for count, population, rate, lower, upper, code in exact.iter_rows():
        below, above = binom.cdf(count, population, rate), binom.sf(count - 1, population, rate)
        assert lower == pytest.approx(below, rel=1e-7, abs=1e-10)
        assert upper == pytest.approx(above, rel=1e-7, abs=1e-10)
        expected = (
            "far_above" if above <= 0.001 else "far_below" if below <= 0.001 else "above" if above <= 0.025
            else "below" if below <= 0.025 else "within"
        )  # fmt: skip
        assert code == expected


@pytest.mark.parametrize("programme", ["dibao", "dibian", "tekun"])
def test_smoothed_rates_are_marshalls_with_the_variance_clipped_at_zero(rows: Any, programme: str) -> None:
    found = rows(
        "select rated.parent_area_code, rated.recipients_count, rated.population_count, smoothed.variance, "
        "smoothed.smoothed_rate from main.int_area_months__smoothed as smoothed "
        "inner join main.int_area_months__rated as rated using (area_code, month, programme_code, basis_code) "
        f"where month = date '2025-06-01' and programme_code = '{programme}' and basis_code = 'hukou' "
        "and rated.level_code = 'village'"
    )
    street = found["parent_area_code"].to_numpy()
    events, population = (found[name].to_numpy().astype(float) for name in ("recipients_count", "population_count"))
    assert len(found) > 100
    means = {code: events[street == code].sum() / population[street == code].sum() for code in set(street)}
    prior = np.array([means[code] for code in street])
    rate = events / population
    # Beyond chance: chance alone makes p (r - m)² as large as m, on average.
    variance = max(((population * (rate - prior) ** 2 - prior).sum()) / population.sum(), 0)
    chance = prior / population
    share = np.divide(variance, variance + chance, out=np.zeros_like(chance), where=variance + chance > 0)
    assert found["variance"].to_numpy() == pytest.approx(np.full(len(found), variance), abs=1e-15)
    assert found["smoothed_rate"].to_numpy() == pytest.approx(share * rate + (1 - share) * prior, abs=1e-15)
    assert found["smoothed_rate"].min() >= 0


def test_the_gini_and_theil_of_streets_are_those_of_their_definitions(rows: Any) -> None:
    found = rows(
        "select recipients_count, population_count from main.mart_coverage where programme_code = 'dibao' "
        "and basis_code = 'hukou' and month = date '2025-06-01' and level_code = 'street'"
    )
    events, population = (found[name].to_numpy().astype(float) for name in found.columns)
    weight, rate = population / population.sum(), events / population
    mean = (weight * rate).sum()
    gini = (np.outer(weight, weight) * np.abs(rate[:, None] - rate[None, :])).sum() / (2 * mean)
    [balance] = rows(
        "select * from main.mart_balance where programme_code = 'dibao' and basis_code = 'hukou' "
        "and month = date '2025-06-01' and level_code = 'street' and indicator_code = 'coverage'"
    ).to_dicts()
    assert balance["gini"] == pytest.approx(gini)
    assert balance["theil_t"] == pytest.approx((weight * rate / mean * np.log(rate / mean)).sum())
    assert balance["theil_l"] == pytest.approx((weight * np.log(mean / rate)).sum())
    assert balance["cv"] == pytest.approx(math.sqrt((weight * (rate - mean) ** 2).sum()) / mean)
    assert balance["hoover"] == pytest.approx(np.abs(events / events.sum() - weight).sum() / 2)
    assert balance["atkinson_05"] == pytest.approx(1 - (weight * np.sqrt(rate)).sum() ** 2 / mean)
    assert balance["atkinson_1"] == pytest.approx(1 - np.exp((weight * np.log(rate)).sum()) / mean)


def test_the_concentration_index_follows_fiscal_funds_a_head(rows: Any) -> None:
    found = rows(
        "with funded as (select area_code, sum(fund_amount_yuan) as funds from main.fct_funds "
        "where is_fiscal and month > date '2024-06-01' and month <= date '2025-06-01' group by area_code) "
        "select recipients_count, population_count, cast(funds as double) / population_count as funds "
        "from main.mart_coverage inner join funded using (area_code) where programme_code = 'dibao' "
        "and basis_code = 'hukou' and month = date '2025-06-01' and level_code = 'street' order by funds"
    )
    events, population = (found[name].to_numpy().astype(float) for name in found.columns[:2])
    assert found["funds"].n_unique() == len(found) == 9
    weight, rate = population / population.sum(), events / population
    mean = (weight * rate).sum()
    place = weight.cumsum() - weight / 2
    expected = 2 / mean * (weight * (rate - mean) * (place - (weight * place).sum())).sum()
    [balance] = rows(
        "select concentration_funds from main.mart_balance where programme_code = 'dibao' and basis_code = 'hukou' "
        "and month = date '2025-06-01' and level_code = 'street' and indicator_code = 'coverage'"
    ).to_dicts()
    assert balance["concentration_funds"] == pytest.approx(expected)
