"""The worklist of one rule and street: names and numbers for the case worker, with the cells he fills in.

The one way from a pseudonym back to a name: with the vault's key, with a reason, and with a line in a log whose every
line seals the one before it (HMAC with the vault's key). What is filled in comes back through the inbox.
"""

import getpass
import hashlib
import hmac
import json
import os
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import query
from flows.declarations import tables
from flows.errors import SettingsError
from flows.keys import load_keys
from flows.lock import one_run
from flows.settings import settings
from flows.spreadsheet import page, workbook

if TYPE_CHECKING:
    from xlsxwriter import Workbook

Row = dict[str, Any]

FIRST_SEAL = "0" * 64
OPEN = "finding_status_code not in ('stopped', 'cleared')"
# (key, heading, width); the last four are filled in by the case worker.
COLUMNS = (
    ("finding_id", "核查编号", 36),
    ("rule_name", "规则", 20),
    ("person_name", "姓名", 10),
    ("id_number", "身份证号", 22),
    ("first_month", "起始月份", 10),
    ("decision_code", "处理结果", 12),
    ("decision_reason_code", "理由", 14),
    ("decided_date", "处理日期", 12),
    ("operator_name", "经办人", 10),
)
FILLED_IN = 4
EVIDENCE = (
    ("person_name", "姓名", 10),
    ("area_name", "村(社区)", 16),
    ("due_date", "办理期限", 12),
    ("month", "所属月份", 10),
    ("programme_name", "救助项目", 10),
    ("evidence_table", "依据", 18),
    ("evidence_amount_yuan", "涉及金额(元)", 14),
    ("overpaid_amount_yuan", "多付金额(元)", 14),
)
TOP = 3  # the row of the headings, counted from 0
MOST_DATE = date(2200, 1, 1)


def write(rule: str, street: str, reason: str, output: Path | None = None) -> tuple[Path, int]:
    """Write the worklist of the open leads of a rule in a street; return its file and how many leads it holds.

    `rule` and `street` are a code or a name. Raise SettingsError where they are unknown, nothing is open, the reason
    is empty or names somebody of the list, or the vault is not there.
    """
    reason = reason.strip()
    if not reason:
        raise SettingsError("--reason 不能为空;请写明为什么要看姓名和身份证号")
    place = _place(output)
    database = query.database("analyst")
    rule_code, rule_name = _chosen(
        database, "规则", rule, "select rule_code as code, rule_name as name from dim_finding_rules"
    )
    street_code, street_name = _chosen(
        database,
        "--street",
        street,
        "select area_code as code, area_name as name from dim_areas where level_code = 'street' and is_current",
    )
    leads, evidence = _leads(database, rule_code, street_code)
    if not leads:
        raise SettingsError(f"{street_name} · {rule_name}: 没有未办结的线索;不必出清单")
    with one_run():  # the vault is open to one at a time, and so is the end of the log
        people = _people({row["person_key"] for row in leads})
        for row in (*leads, *evidence):
            row |= people[row["person_key"]]
        if any(value and value in reason for row in leads for value in (row["person_name"], row["id_number"])):
            raise SettingsError("--reason: 理由里有名单上的人的姓名或身份证号,会留在日志里;请改写")
        number = len(_lines()) + 1
        content = _workbook(f"核查线索处理结果 {street_name} · {rule_name}(第 {number} 号)", leads, evidence)
        path = place or settings().worklists / f"核查_{rule_name}_{street_name}_{number:04d}.xlsx"
        # The line first: a list that nobody logged must not exist.
        _append(number, rule_code, street_code, reason, len(leads), hashlib.sha256(content).hexdigest())
        _save(path, content)
    return path, len(leads)


def verify_log() -> int:
    """Return how many lists the log holds; raise SettingsError naming the first line that is not as it was written.

    Lines cut off at the end leave no trace in the chain: the number of a list, in its title and name, tells them.
    """
    key = load_keys().vault
    previous = FIRST_SEAL
    lines = _lines()
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = {}
        is_sound = isinstance(entry, dict) and entry.get("number") == number and entry.get("previous") == previous
        if not is_sound or not hmac.compare_digest(str(entry.get("seal")), _seal(entry, key)):
            raise SettingsError(f"{_log()}: 第 {number} 行与写下时不符(被改、被删或换了密钥);请查明,并从备份核对")
        previous = entry["seal"]
    return len(lines)


def _place(output: Path | None) -> Path | None:
    if output is None:
        return None
    from flows.show import output as checked

    place = checked(output)
    if place.suffix != ".xlsx":
        raise SettingsError(f"{place}: 清单是 xlsx 文件;请把 --output 写成 .xlsx")
    if place.exists():
        raise SettingsError(f"{place}: 已有这个文件,里面可能填了结果;请换一个文件名")
    return place


def _chosen(database: Path, what: str, wanted: str, question: str) -> tuple[str, str]:
    known = query.ask(database, f"{question} order by code")
    for row in known:
        if wanted in (row["code"], row["name"]):
            return row["code"], row["name"]
    listed = "、".join(f"{row['name']}({row['code']})" for row in known)
    raise SettingsError(f"{what} {wanted}: 没有这一个;现有 {listed}")


def _leads(database: Path, rule_code: str, street_code: str) -> tuple[list[Row], list[Row]]:
    # Whoever is registered outside is looked up where he lives.
    leads = query.ask(
        database,
        f"""
        select findings.*, coalesce(areas.area_name, '') as area_name
        from fct_findings as findings
        inner join dim_area_ancestors as ancestors
            on
                ancestors.area_code = case
                    when findings.hukou_area_code in ('outside', 'unknown') then findings.residence_area_code
                    else findings.hukou_area_code
                end
                and ancestors.ancestor_area_code = ?
        left join dim_areas as areas on areas.area_code = ancestors.area_code
        where findings.rule_code = ? and findings.{OPEN}
        order by findings.due_date, findings.finding_id
        """,
        [street_code, rule_code],
    )
    evidence = query.ask(
        database,
        """
        select evidence.*, programmes.programme_name
        from fct_finding_evidence as evidence
        left join dim_programmes as programmes using (programme_code)
        where evidence.rule_code = ? and evidence.finding_id in (select unnest(?::varchar[]))
        order by evidence.finding_id, evidence.month, evidence.programme_code, evidence.household_key
        """,
        [rule_code, [row["finding_id"] for row in leads]],
    )
    by_id = {row["finding_id"]: row for row in leads}
    for row in evidence:
        lead = by_id[row["finding_id"]]
        row |= {"area_name": lead["area_name"], "due_date": lead["due_date"]}
        table = tables().get(row["evidence_table"])
        row["evidence_table"] = table.label if table else row["evidence_table"]
    return leads, evidence


def _people(keys: set[Any]) -> dict[Any, Row]:
    from flows.vault import open_vault

    if not settings().vault.exists():
        raise SettingsError(f"{settings().vault}: 保险库不在,认不出人;请从备份放回")
    with open_vault(load_keys().vault) as vault:
        found = vault.named([key.bytes for key in keys])
    people = {key: found[key.bytes] for key in keys if key.bytes in found}
    if len(people) < len(keys):
        raise SettingsError(f"保险库: {len(keys) - len(people)} 人没有登记;请确认保险库与发布出自同一份数据")
    return people


def _workbook(title: str, leads: list[Row], evidence: list[Row]) -> bytes:
    written = BytesIO()
    with workbook(written, title) as book:
        _result_sheet(book, title, leads)
        _evidence_sheet(book, evidence)
    return written.getvalue()


def _result_sheet(book: "Workbook", title: str, leads: list[Row]) -> None:
    sheet = book.add_worksheet("处理结果")
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#DCE6F1", "align": "center"})
    cell = book.add_format({"border": 1, "border_color": "#D9D9D9", "num_format": "@"})
    free = book.add_format({"border": 1, "locked": False, "bg_color": "#FFFBE6", "num_format": "@"})
    day = book.add_format({"border": 1, "locked": False, "bg_color": "#FFFBE6", "num_format": "yyyy-mm-dd"})
    sheet.write(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    note = "含个人信息:只给经办人,用完即删。只填黄色格;“排除”必须选理由;填好后放回本部门的收件箱。"
    sheet.write(1, 0, note, book.add_format({"font_color": "#C00000"}))
    first, last = TOP + 1, TOP + len(leads)
    for at, (key, heading, size) in enumerate(COLUMNS):
        sheet.set_column(at, at, size)
        sheet.write(TOP, at, heading, head)
        for line, row in enumerate(leads, start=first):
            if at >= len(COLUMNS) - FILLED_IN:
                sheet.write_blank(line, at, None, day if key == "decided_date" else free)
            else:
                sheet.write_string(line, at, _word(row[key], "%Y-%m"), cell)
    at = len(COLUMNS) - FILLED_IN
    for place, key in ((at, "decision_code"), (at + 1, "decision_reason_code")):
        words = [spellings[0] for spellings in tables()["finding_decisions"].column(key).values.values()]
        sheet.data_validation(
            first, place, last, place, {"validate": "list", "source": words, "error_message": "请从列表中选"}
        )
    sheet.data_validation(
        first,
        at + 2,
        last,
        at + 2,
        {
            "validate": "date",
            "criteria": "between",
            "minimum": date(2000, 1, 1),
            "maximum": MOST_DATE,
            "error_message": "请填日期,如 2025-06-30",
        },
    )
    sheet.protect("", {"format_columns": True, "sort": True, "autofilter": True})
    sheet.freeze_panes(first, 0)
    sheet.repeat_rows(TOP)
    page(sheet)


def _evidence_sheet(book: "Workbook", evidence: list[Row]) -> None:
    sheet = book.add_worksheet("依据")
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#DCE6F1", "align": "center"})
    cell = book.add_format({"border": 1, "border_color": "#D9D9D9"})
    yuan = book.add_format({"border": 1, "border_color": "#D9D9D9", "num_format": "#,##0.00"})
    for at, (key, heading, size) in enumerate(EVIDENCE):
        sheet.set_column(at, at, size)
        sheet.write(0, at, heading, head)
        for line, row in enumerate(evidence, start=1):
            if key.endswith("_yuan") and row[key] is not None:
                sheet.write_number(line, at, row[key], yuan)
            else:
                sheet.write_string(line, at, _word(row[key], "%Y-%m" if key == "month" else "%Y-%m-%d"), cell)
    sheet.protect("", {"format_columns": True, "sort": True, "autofilter": True})
    sheet.freeze_panes(1, 0)
    page(sheet)


def _word(value: Any, form: str) -> str:
    if value is None:
        return ""
    return value.strftime(form) if isinstance(value, date) else str(value)


def _save(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise SettingsError(f"{path}: 写不进去({error.strerror});请换一个位置") from error


def _log() -> Path:
    return settings().vault.parent / "worklists.jsonl"


def _lines() -> list[bytes]:
    try:
        return _log().read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _append(number: int, rule: str, street: str, reason: str, rows: int, content_hash: str) -> None:
    verify_log()  # nothing is appended to a log that somebody has changed
    lines = _lines()
    entry = {
        "number": number,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": getpass.getuser(),
        "rule_code": rule,
        "street_code": street,
        "reason": reason,
        "rows": rows,
        "sha256": content_hash,
        "previous": json.loads(lines[-1])["seal"] if lines else FIRST_SEAL,
    }
    entry["seal"] = _seal(entry, load_keys().vault)
    _log().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(_log(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _seal(entry: Row, key: str) -> str:
    told = {name: value for name, value in entry.items() if name != "seal"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hmac.digest(bytes.fromhex(key), f"worklist:{text}".encode(), hashlib.sha256).hex()
