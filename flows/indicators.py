"""Every indicator that `jiuzhu gap --indicator` serves, with its definition; read from a published release."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import query, show

if TYPE_CHECKING:
    from rich.table import Table

QUESTION = """
    select
        indicators.*,
        string_agg(programmes.programme_code, '、' order by programmes.sort_order) as programmes
    from dim_indicators as indicators
    inner join dim_programme_indicators as applicable
        on indicators.indicator_code = applicable.indicator_code and applicable.is_applicable
    inner join dim_programmes as programmes on applicable.programme_code = programmes.programme_code
    group by all
    order by indicators.sort_order, indicators.indicator_code
"""


def read(database: Path) -> list[dict[str, Any]]:
    """Return a row an indicator: code, name, numerator, denominator, unit, definition, owner, programmes."""
    return query.ask(database, QUESTION)


def table(rows: list[dict[str, Any]]) -> "Table":
    """Return the indicators for the terminal."""
    headings = [
        show.Heading("indicator_code", "代码", whole=True),  # it is typed again
        show.Heading("indicator_name", "指标"),
        show.Heading("programmes", "--programme"),
        show.Heading("owner_department", "负责"),
        show.Heading("definition", "定义"),
    ]
    return show.table(None, headings, rows)
