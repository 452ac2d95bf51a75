"""What is served now, what the last night took, and where everything lies."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import gap, query
from flows.declarations import departments
from flows.errors import JiuzhuError, ReleaseError
from flows.lateness import local_day
from flows.settings import settings
from flows.show import INTERNAL, Heading, console, number, say, table

if TYPE_CHECKING:
    from rich.table import Table

Event = dict[str, Any]
EVENTS = {"landed": "已收", "held": "扣下", "refused": "退回", "withdrawn": "已撤回"}


def served() -> Path | None:
    """Return the folder of the served release, or None before the first one."""
    folder = (settings().releases / "current").resolve()
    return folder if (folder / "analyst.duckdb").is_file() else None


def show() -> None:
    """Print the served release, the last night's deliveries and where data and keys lie."""
    from flows.receive import ledger

    folder = served()
    if folder is None:
        say("还没有发布过;把报表放进收件箱后运行 jiuzhu nightly")
    else:
        [run] = query.ask(folder / "analyst.duckdb", "select * from release")
        say(f"正在使用的发布  {run['run_id']}")
        say(f"业务月份        {run['business_month']:%Y年%-m月}")
    events = ledger()
    night = last_night(events)
    if night:
        counts = {word: sum(event["event"] == code for event in night) for code, word in EVENTS.items()}
        took = "、".join(f"{word} {count} 份" for word, count in counts.items() if count)
        say(f"最近收件        {local_day(night[-1]['received_at'])}:{took}")
        show_held(night)
    where(folder)


def last_night(events: list[Event]) -> list[Event]:
    """Return the ledger's events of the last day on which something came."""
    if not events:
        return []
    day = local_day(events[-1]["received_at"])
    return [event for event in events if local_day(event["received_at"]) == day]


def show_held(events: list[Event]) -> None:
    """Print the extracts that were held back or refused, with the reason."""
    held = [event for event in events if event["event"] in ("held", "refused")]
    if held:
        console().print(held_table(held))


def held_table(held: list[Event]) -> "Table":
    """Return the held-back extracts for the terminal."""
    labels = {
        (department.department, extract.name): (department.label, extract.label)
        for department in departments().values()
        for extract in department.extracts
    }
    headings = [Heading("department", "部门"), Heading("extract", "报表"), Heading("what", ""), Heading("why", "原因")]
    rows = []
    for event in held:
        codes = (event["department_code"], event["extract_name"])
        department, extract = labels.get(codes, codes)
        file, why = event.get("file_name") or "", event.get("reason") or ""
        why = why if why.startswith(file) else f"{file}: {why}".strip(": ")
        rows.append({"department": department, "extract": extract, "what": EVENTS[event["event"]], "why": why})
    return table("未能采用的报表,其余照常发布", headings, rows)


def where(folder: Path | None) -> None:
    """Print where the release, its workbook and quality page, the data and the keys lie."""
    if folder:
        places = {"发布": folder, "差距工作簿": folder / "gap.xlsx", "质量页": folder / "quality.html"}
        for label, place in places.items():
            if place.exists():
                say(f"{label:{16 - len(label)}}{place}")
    say(f"{'收件箱':{13}}{settings().inbox}")
    say(f"{'数据':{14}}{settings().data}")
    say(f"{'密钥':{14}}{settings().keys}  (只有本人可读;请与数据分开备份)")


def after_night(outcome: Any) -> None:
    """Print what a night ended with: held-back extracts, the street gap table, where everything lies."""
    folder = served()
    if outcome.published:
        say(f"已发布 {outcome.published}")
    elif outcome.exit_code == 0:
        say("没有新的报表,沿用已发布的结果" + (f" {folder.name}" if folder else ""))
    show_held(list(outcome.events))
    if folder and outcome.exit_code == 0:
        try:
            found = gap.read(folder / "analyst.duckdb")
            console().print(gap.table(found))
            for note in (*gap.notes(found), INTERNAL):
                say(note)
        except JiuzhuError as error:  # the night is published; a month without the table must not undo that
            say(f"差距表:{error}", error=True)
        where(folder)


def show_releases() -> None:
    """Print every release, newest first, the served one marked."""
    from flows.release import releases

    current = served()
    headings = [
        Heading("mark", ""),
        Heading("run_id", "编号"),
        Heading("business_month", "业务月份"),
        Heading("published_at", "发布时间"),
        Heading("deliveries", "批次", number, right=True),
    ]
    rows = [dict(row) for row in releases()]
    if not rows:
        raise ReleaseError("还没有发布过;请先运行 jiuzhu nightly")
    for row in rows:
        row["mark"] = "*" if current and row["run_id"] == current.name else " "
    console().print(table(None, headings, rows))
