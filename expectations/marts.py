"""The gate before publishing: is what the marts say possible, and does it agree with itself and with other departments?

Each question is a query that yields a line a place (area, month, programme) and a number; its bounds are the rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.suite import Answer, Rule, Verdict, ask

if TYPE_CHECKING:
    import polars as pl
    from duckdb import DuckDBPyConnection

PLACE = "place"
SHOWN = 3  # places named in one verdict
EXACT = 1e-9
ENOUGH = 50  # persons: below, a tenth more or less is a handful of people


@dataclass(frozen=True)
class Question:
    """A query yielding `place` and `value`, and the bounds of the value; it stops the night or only warns."""

    label: str
    reason: str
    low: float
    high: float
    query: str
    stops: bool = True


# The persons of a district month by month; a month without a roster is null, not 0, and drops out.
MONTHS = f"""
    select
        programme_code,
        month,
        sum(recipients_count) as recipients,
        lag(sum(recipients_count)) over months as recipients_before,
        lag(month) over months as month_before,
        max(month) over () as latest
    from mart_coverage
    where basis_code = 'hukou' and level_code = 'district' and recipients_count is not null
    group by programme_code, month
    window months as (partition by programme_code order by month)
    qualify recipients_before >= {ENOUGH}
"""

FUNDS = """
    with paid as (
        select programme_code, payment_month as month, sum(paid_amount_yuan) as paid
        from fct_payments where is_successful group by all
    ),
    booked as (
        select programme_code, month, sum(fund_amount_yuan) as booked from fct_funds group by all
    )
    select paid.month || ' ' || paid.programme_code as place, paid.paid / booked.booked as value
    from paid inner join booked using (programme_code, month)
    where booked.booked > 0
"""

QUESTIONS = (
    Question(
        "泰尔指数 = 区间 + 区内",
        "分解必须一分不差,差了就是公式错了",
        -EXACT,
        EXACT,
        "select level_code || ' ' || month as place, theil_t - theil_t_between - theil_t_within as value "
        "from mart_balance where theil_t_within is not null",
    ),
    Question(
        "下一级合计 = 上一级(人数)",
        "同一批人按街道、按区数应当一样多",
        0,
        0,
        """
        with below as (
            select parent_area_code as area_code, month, programme_code, basis_code, sum(recipients_count) as recipients
            from mart_coverage
            where parent_area_code is not null
            group by all
        )
        select
            cells.area_code || ' ' || cells.month || ' ' || cells.programme_code || ' ' || cells.basis_code as place,
            cells.recipients_count - below.recipients as value
        from mart_coverage as cells
        inner join below using (area_code, month, programme_code, basis_code)
        """,
    ),
    Question(
        "最近一月人数与上月之比 0.5–2",
        "一个月里少一半或多一倍,只会是漏了街道或重复了名单",
        0.5,
        2,
        f"select month || ' ' || programme_code as place, recipients / recipients_before as value "
        f"from ({MONTHS}) where month = latest",
    ),
    Question(
        "人数与上月之比 0.9–1.1",
        "正常月份的进出不到百分之三;超过十分之一要问原因(政策调整、集中清退)",
        0.9,
        1.1,
        f"select month || ' ' || programme_code as place, recipients / recipients_before as value "
        f"from ({MONTHS}) where month_before = month - interval 1 month",
        stops=False,
    ),
    Question(
        "发放成功额与财政拨付之比 0.2–5",
        "民政局发的钱就是财政局拨的钱;差到五倍是单位(元、万元)读错了",
        0.2,
        5,
        FUNDS,
    ),
    Question(
        "发放成功额与财政拨付之比 0.9–1.1",
        "退汇和跨月不超过十分之一;更多要两家对账",
        0.9,
        1.1,
        FUNDS,
        stops=False,
    ),
    Question(
        "办件日期都在工作日历之内",
        "没有录入放假安排的年份数不出工作日,时限空着;请把国务院当年的放假和调休日补进 seeds/working_days.csv",
        0,
        0,
        "select coalesce(cast(extract(year from event_date) as varchar), '') as place, "
        "count(*) - count(elapsed_day_count) as value from fct_case_events where begun_date is not null group by 1",
        stops=False,
    ),
    Question(
        "比对准确率 ≥ 0.95(按复核)",
        "C 级要求准确率不低于 0.95;低了就要调高 match_proposed_probability,或改 match_weights",
        0.95,
        1,
        "select tier_code as place, precision_share as value from mart_match_quality "
        "where table_name = 'all' and tier_code <> 'N' and status = 'ok'",
        stops=False,
    ),
)


def check_marts(warehouse: Path) -> list[Verdict]:
    """Return the verdict of every question over a built warehouse."""
    import duckdb
    import polars as pl

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        questions = [*shares(connection), *QUESTIONS]
        # One frame, a column a question: asked together, because a run of Great Expectations has its price.
        lines = [_lines(connection, question, place) for place, question in enumerate(questions)]
    frame = pl.concat(lines, how="diagonal")
    rules = [_rule(question, place) for place, question in enumerate(questions)]
    answers = ask(frame, rules, PLACE)
    return [_verdict(*each, frame) for each in zip(questions, answers, strict=True)]


def shares(connection: "DuckDBPyConnection") -> Iterator[Question]:
    """Yield one question: whether any column of a mart that is a share leaves [0, 1]."""
    columns = connection.execute(
        "select table_name, column_name from duckdb_columns() where starts_with(table_name, 'mart_') "
        "and ends_with(column_name, '_share') order by all"
    ).fetchall()
    extremes = [
        f"select '{table}.{column}' as place, unnest([min({column}), max({column})]) as value from {table}"
        for table, column in columns
    ]
    extremes.append(
        "select 'mart_regional_gap.' || indicator_code as place, unnest([min(value), max(value)]) as value "
        "from mart_regional_gap where unit in ('share', 'permille') group by indicator_code"
    )
    yield Question(
        "比例都在 0–1 之间",
        "占人口、占合计的比例不可能超出",
        # The last digit of a quotient: between ÷ whole came to 1 + 2e-14 where only streets differ.
        -EXACT,
        1 + EXACT,
        " union all ".join(f"({each})" for each in extremes),
    )


def _lines(connection: "DuckDBPyConnection", question: Question, place: int) -> "pl.DataFrame":
    return connection.execute(
        f'select cast(place as varchar) as "{PLACE}", cast(value as double) as "{_column(place)}" '
        f"from ({question.query}) where value is not null"
    ).pl()


def _rule(question: Question, place: int) -> Rule:
    return Rule(
        "ExpectColumnValuesToBeBetween",
        question.label,
        question.reason,
        {"column": _column(place), "min_value": question.low, "max_value": question.high},
        hold_above=0.0 if question.stops else None,
    )


def _verdict(question: Question, answer: Answer, frame: "pl.DataFrame") -> Verdict:
    asked = frame[answer.rule.words["column"]].drop_nulls().len()
    severity = answer.rule.severity
    if answer.error is not None:
        return Verdict(question.label, "critical", False, f"检查本身出错:{answer.error}", question.reason)
    if not asked and question.stops:
        # Nothing to compare is no proof; a first month has nothing before it, so it only warns.
        return Verdict(question.label, "warning", False, "没有可比的数", question.reason)
    if not answer.failing:
        return Verdict(question.label, severity, True, f"{asked} 处", question.reason)
    places = sorted(answer.failing)
    named = "、".join(places[:SHOWN]) + (f" 等 {len(places)} 处" if len(places) > SHOWN else "")
    return Verdict(question.label, severity, False, named, question.reason)


def _column(place: int) -> str:
    return f"value_{place}"
