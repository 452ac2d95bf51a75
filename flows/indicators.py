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
    """Return the indicators for the terminal: under the code its programmes, as both are typed again."""
    headings = [
        show.Heading("code", "--indicator\n  --programme"),
        show.Heading("name", "指标\n  负责"),
        show.Heading("definition", "定义"),
    ]
    told = [
        {
            "code": "\n  ".join([row["indicator_code"], *row["programmes"].split("、")]),
            "name": f"{row['indicator_name']}\n  {row['owner_department']}",
            "definition": row["definition"],
        }
        for row in rows
    ]
    return show.table(None, headings, told)
