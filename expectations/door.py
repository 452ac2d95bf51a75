"""The door: what is expected of every delivery, generated from the two declarations.

Critical holds that extract back, warning reports. Personal values never come here; of keys only their presence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from expectations.suite import Answer, Rule, Severity, ask
from flows.declarations import Column, Table

if TYPE_CHECKING:
    import polars as pl

DELIVERY = "delivery_id"
EARLIEST = datetime(1900, 1, 1)  # nobody in a register was born, nothing was paid before
# A slip concerns a row or two; a column that was read wrongly (unit, order of day and month) concerns most.
SYSTEMATIC = 0.05
FEW_ROWS = 20  # a share of fewer rows is chance: one wrong number of three must not hold a list back
DATES = ("date", "month", "birth_month")


@dataclass(frozen=True)
class Finding:
    """What one expectation found in one delivery; `observed` holds counts and shares, never a value."""

    delivery_id: str
    expectation: str
    label: str
    severity: Severity
    success: bool
    observed: str


def check_deliveries(
    table: Table,
    frame: "pl.DataFrame",
    bands: Mapping[str, tuple[int, int]],
    rejected: Mapping[str, int] | None = None,
) -> list[Finding]:
    """Return a finding an expectation and delivery: `frame` holds the landed rows of a table, all deliveries of a run.

    `bands` gives each delivery its declared (fewest, most) rows, `rejected` how many rows were rejected before.
    """
    import polars as pl

    rules = list(row_rules(table, frame))
    shown = [name for name in dict.fromkeys(rule.words["column"] for rule in rules) if name != DELIVERY]
    rows = frame.select(
        DELIVERY,
        # Of a key only its presence is asked, so only that is handed over.
        *(
            pl.when(pl.col(name).is_not_null()).then(1).alias(name) if frame[name].dtype == pl.Binary else name
            for name in shown
        ),
    )
    facts = deliveries(table, frame, bands, rejected or {})
    heights = dict(zip(facts[DELIVERY], facts["rows"], strict=True))
    findings = [
        _finding(answer, delivery, heights[delivery], f"{answer.failing[delivery]} 行不符")
        for answer in ask(rows, rules, DELIVERY)
        for delivery in bands
    ]
    facts_by_id = {fact[DELIVERY]: fact for fact in facts.to_dicts()}
    for answer in ask(facts, list(delivery_rules()), DELIVERY):
        for delivery in bands:
            value = facts_by_id[delivery][answer.rule.words.get("column", "rows")]
            if value is not None:
                observed = f"{value:.1%}" if isinstance(value, float) else f"{value} 行"
                findings.append(_finding(answer, delivery, 1, observed))
    place = {delivery: place for place, delivery in enumerate(bands)}
    return sorted(findings, key=lambda finding: place[finding.delivery_id])


def _finding(answer: Answer, delivery: str, rows: int, observed: str) -> Finding:
    success, severity = answer.judge(delivery, rows)
    if answer.error is not None:
        observed = f"检查本身出错:{answer.error}"
    return Finding(delivery, answer.rule.asks, answer.rule.label, severity, success, observed)


def row_rules(table: Table, frame: "pl.DataFrame") -> Iterator[Rule]:
    """Yield what is expected of every row, column by column as declared."""
    latest = frame["received_at"].max() if frame.height else None
    for column in table.columns:
        if column.required:
            yield Rule(
                "ExpectColumnValuesToNotBeNull",
                f"{column.label}:必填",
                "缺必填值的行在收件时已逐行退回,这里还有就是程序的错",
                {"column": column.name},
                hold_above=0.0,
            )
        if column.values:
            yield Rule(
                "ExpectColumnValuesToBeInSet",
                f"{column.label}:在代码表内",
                "写法对不上代码表的行已逐行退回,这里还有就是程序的错",
                {"column": column.name, "value_set": list(column.values)},
                hold_above=0.0,
            )
        if column.range:
            low, high = column.range
            yield Rule(
                "ExpectColumnValuesToBeBetween",
                f"{column.label}:{low:g}–{high:g}",
                "个别数超出常理先提醒;超过二十分之一多半是单位或列读错了",
                {"column": column.name, "min_value": low, "max_value": high},
                hold_above=SYSTEMATIC,
            )
        if column.kind in DATES and isinstance(latest, datetime):
            yield _date_rule(column, latest)


def _date_rule(column: Column, latest: datetime) -> Rule:
    words = {"column": column.name, "min_value": EARLIEST}
    if column.may_be_future:
        label = f"{column.label}:{EARLIEST.year} 年以后"
    else:
        label, words = f"{column.label}:{EARLIEST.year} 年至收件日", words | {"max_value": latest}
    reason = "已发生的事不会在收件之后;个别是笔误,超过二十分之一多半是日期读错了"
    return Rule("ExpectColumnValuesToBeBetween", label, reason, words, hold_above=SYSTEMATIC)


def delivery_rules() -> Iterator[Rule]:
    """Yield what is expected of every delivery as a whole, over the columns of `deliveries`."""
    yield Rule(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        "行数:不少于声明的下限",
        "比声明的下限还少,多半是只导出了一部分;按它发布会少算人",
        {"column_A": "rows", "column_B": "fewest", "or_equal": True},
        hold_above=0.0,
    )
    yield Rule(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        "行数:不多于声明的上限",
        "比声明的上限还多,多半是几个月或几个区混在了一起",
        {"column_A": "most", "column_B": "rows", "or_equal": True},
        hold_above=0.0,
    )
    for share, label, least, most in (
        ("duplicate_share", "主键重复的行", 0.0, SYSTEMATIC),
        ("rejected_share", "退回的行", 0.02, 0.2),
        ("id_wrong_share", "身份证号无效的行", 0.02, 0.5),
        ("area_empty_share", "可选的村社区为空的行", 0.1, None),
    ):
        yield Rule(
            "ExpectColumnValuesToBeBetween",
            f"{label} ≤ {least:.0%}",
            "录入差错通常不到百分之二,居住地漏填不到十分之一;更多说明填报走样,值得问一问",
            {"column": share, "min_value": 0, "max_value": least},
        )
        if most is not None:
            yield Rule(
                "ExpectColumnValuesToBeBetween",
                f"{label} ≤ {most:.0%}",
                "这么多行不能用,合计已不可信;宁可说没有数据",
                {"column": share, "min_value": 0, "max_value": most},
                hold_above=0.0,
            )


def deliveries(
    table: Table, frame: "pl.DataFrame", bands: Mapping[str, tuple[int, int]], rejected: Mapping[str, int]
) -> "pl.DataFrame":
    """Return a row a delivery: rows, its declared band, shares of doubtful rows (null where they say nothing)."""
    import polars as pl

    keys = [name for name in table.key if name in frame.columns]
    status = next((column.name for column in table.columns if column.kind == "id_status"), None)
    # A list that need not name the number is not wrong where it does not; a damaged number is.
    number = next((each.keyed_as for each in table.personal if each.kind == "id_number"), None)
    is_asked = any(column.name == number and column.required for column in table.columns)
    good = ["valid"] if is_asked else ["valid", "missing"]
    areas = [column.name for column in table.columns if column.kind == "area" and not column.required]
    facts = frame.group_by(DELIVERY).agg(
        pl.len().alias("rows"),
        (1 - pl.struct(keys).n_unique() / pl.len() if keys else pl.lit(0.0)).alias("duplicate_share"),
        ((~pl.col(status).is_in(good)).mean() if status else pl.lit(None, pl.Float64)).alias("id_wrong_share"),
        # A column that is empty throughout was not delivered: that is no mistake.
        pl.mean_horizontal(
            *(pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).is_null().mean()) for name in areas)
        ).alias("area_empty_share")
        if areas
        else pl.lit(None, pl.Float64).alias("area_empty_share"),
    )
    declared = pl.DataFrame(
        {
            DELIVERY: list(bands),
            "fewest": [fewest for fewest, _ in bands.values()],
            "most": [most for _, most in bands.values()],
            "rejected": [rejected.get(delivery, 0) for delivery in bands],
        },
        schema={DELIVERY: pl.String, "fewest": pl.Int64, "most": pl.Int64, "rejected": pl.Int64},
    )
    is_telling = pl.col("rows") + pl.col("rejected") >= FEW_ROWS
    rejected_share = pl.col("rejected") / (pl.col("rows") + pl.col("rejected"))
    return (
        declared.join(facts, on=DELIVERY, how="left", maintain_order="left")
        .with_columns(pl.col("rows").cast(pl.Int64).fill_null(0))
        .with_columns(
            pl.when(is_telling).then(rejected_share).alias("rejected_share"),
            pl.when(is_telling).then("id_wrong_share").alias("id_wrong_share"),
            pl.when(is_telling).then("area_empty_share").alias("area_empty_share"),
        )
    )
