"""What lies in the inbox and was not taken yet, the archive of originals, and the ledger of deliveries.

Standard library only: a night with nothing new is decided here, before anything heavy is imported.
"""

import hashlib
import json
import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from flows.declarations import Department, Extract, MonthFromColumn, departments, tables
from flows.errors import DeclarationError, DeliveryError
from flows.settings import settings
from flows.start import PREFIX as TEMPLATE_PREFIX

Event = dict[str, Any]

# Left by office programs and file managers; nobody sent them.
NOISE = ("~$*", ".*", "Thumbs.db", "desktop.ini", f"{TEMPLATE_PREFIX}*")
MOST_BYTES = 4 << 30  # a file above this is no departmental list; refused before it is copied
TAKEN = ("landed", "held", "refused")


@dataclass(frozen=True)
class Pending:
    """One file or database result to take for one extract; `problem` says why it cannot even be read."""

    department: str
    extract: str  # "" where no declaration takes the file
    table: str
    file_name: str
    content_hash: str
    path: Path | None
    attempt: int = 1
    months: tuple[str, ...] = ()  # reading again: only these months are landed …
    unresolved: int = 0  # … and only if fewer places than these stay unresolved
    problem: str | None = None

    @property
    def delivery_id(self) -> str:
        """Return department.extract.hash, with the number of the reading where it is not the first."""
        base = f"{self.department}.{self.extract or 'unknown'}.{self.content_hash[:12] or 'unreachable'}"
        return base if self.attempt == 1 else f"{base}-{self.attempt}"

    @property
    def declaration(self) -> Extract:
        """Return how the department delivers it."""
        return next(each for each in departments()[self.department].extracts if each.name == self.extract)


def pending(inbox: Path | None = None) -> list[Pending]:
    """Return what was not taken yet, in the order it is to be landed: by folder, stem, suffix, extract.

    Taken is a content (SHA-256) by an extract, under any name; what was held or refused is taken up again
    once its declaration has changed. A file that no declaration takes comes with a `problem`.
    """
    inbox = inbox or settings().inbox
    known = _known()
    found: dict[tuple[str, str, str], Pending] = {}
    for each in (*_files(inbox), *_databases(inbox)):
        key = (each.department, each.extract, each.content_hash)
        attempts, open_again = known.get(key, (0, True))
        if open_again and key not in found:
            found[key] = Pending(**{**each.__dict__, "attempt": attempts + 1})
    return list(found.values())


def ledger() -> list[Event]:
    """Return every event, oldest first; a line that a crash left unfinished never was."""
    try:
        lines = _ledger_path().read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def append(*events: Event) -> None:
    """Append events to the ledger, on disk when this returns: the commit of their deliveries."""
    path = _ledger_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = "".join(json.dumps(event, ensure_ascii=False, default=str) + "\n" for event in events)
    with path.open("ab+") as file:
        end = file.tell()
        if end:
            file.seek(0)
            whole = file.read().rfind(b"\n") + 1
            if whole < end:
                file.truncate(whole)
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def landed_files(table: str) -> list[Path]:
    """Return the Parquet files of a table's landed deliveries (every version) that are not withdrawn."""
    events = ledger()
    gone = withdrawn(events)
    return [
        landed_path(table, month, event["delivery_id"])
        for event in events
        if event["event"] == "landed" and event["table_name"] == table and event["delivery_id"] not in gone
        for month in event["months"]
    ]


def landed_path(table: str, month: str, delivery_id: str) -> Path:
    """Return where a delivery's rows of one month (YYYY-MM, or `all`) lie."""
    return settings().landing / table / f"month={month}" / f"{delivery_id}.parquet"


def withdrawn(events: list[Event]) -> set[str]:
    """Return the deliveries that were taken out again."""
    return {event["delivery_id"] for event in events if event["event"] == "withdrawn"}


def current(events: list[Event]) -> dict[str, tuple[str, ...]]:
    """Return each landed delivery that is the latest version of some months → these months."""
    gone = withdrawn(events)
    latest: dict[tuple[str, str, str, str], tuple[int, str]] = {}
    for event in events:
        if event["event"] == "landed" and event["delivery_id"] not in gone:
            for month in event["months"]:
                key = (event["table_name"], event["department_code"], event["extract_name"], month)
                latest[key] = max(latest.get(key, (0, "")), (event["delivery_sequence"], event["delivery_id"]))
    months: dict[str, list[str]] = {}
    for (*_, month), (_, delivery_id) in latest.items():
        months.setdefault(delivery_id, []).append(month)
    return {delivery_id: tuple(sorted(each)) for delivery_id, each in months.items()}


def keep(each: Pending) -> Path:
    """Copy an original into the archive under its content hash (owner-only) and return its place there."""
    place = archived(each.content_hash)
    if place.exists():
        return place
    if each.path is None:
        raise DeliveryError(f"{each.file_name}: 原件不在存档里;请重新报送")
    _owner_only(place.parent)
    temporary = place.with_suffix(f".{os.getpid()}.part")
    try:
        with each.path.open("rb") as source, _new(temporary) as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        if _hash(temporary) != each.content_hash:
            raise DeliveryError(f"{each.file_name}: 收取时文件还在变化;写完后下一夜再收")
        temporary.replace(place)
    except OSError as error:
        raise DeliveryError(f"{each.file_name}: 读不出来({error.strerror});请核对文件和权限") from error
    finally:
        temporary.unlink(missing_ok=True)
    return place


def archived(content_hash: str) -> Path:
    """Return where the original of that content lies."""
    return settings().archive / content_hash[:2] / content_hash


def fingerprint(extract: Extract) -> str:
    """Return a short hash of both declarations of an extract: a refused file is read again when it changes."""
    text = extract.model_dump_json() + tables()[extract.table].model_dump_json()
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _ledger_path() -> Path:
    return settings().landing / "deliveries.jsonl"


def _known() -> dict[tuple[str, str, str], tuple[int, bool]]:
    # (department, extract, content) → how often it was read, and whether it may be read again.
    declared = {
        (department.department, extract.name): fingerprint(extract)
        for department in departments().values()
        for extract in department.extracts
    }
    known: dict[tuple[str, str, str], tuple[int, bool]] = {}
    for event in ledger():
        if event["event"] in TAKEN:
            place = (event["department_code"], event["extract_name"])
            key = (*place, event["content_hash"])
            mended = event["event"] != "landed" and event.get("declaration") != declared.get(place, "")
            known[key] = (known.get(key, (0, True))[0] + 1, mended)
    return known


def _files(inbox: Path) -> Iterator[Pending]:
    known_databases = {
        path
        for department in departments().values()
        for extract in department.extracts
        if (path := _sqlite_path(_url(department, extract, inbox)))
    }
    paths = [path for path in inbox.rglob("*") if not path.is_dir()] if inbox.is_dir() else []
    for path in sorted(paths, key=lambda path: (path.parent.as_posix(), path.stem, path.suffix)):
        place = path.relative_to(inbox)
        is_noise = any(fnmatchcase(part, pattern) for part in place.parts for pattern in NOISE)
        base = path.with_name(re.sub(r"-(wal|shm|journal)$", "", path.name))
        if is_noise or base in known_databases:
            continue
        yield from _takers(path, place)


def _takers(path: Path, place: Path) -> Iterator[Pending]:
    name = unicodedata.normalize("NFC", path.name)
    folder = place.parts[0] if len(place.parts) > 1 else ""
    department = departments().get(folder)
    status = path.lstat()
    problem = None
    if not stat.S_ISREG(status.st_mode):
        problem = f"{place}: 不是普通文件(链接或管道),不收;请放文件本身"
    elif status.st_size > MOST_BYTES:
        problem = f"{place}: 文件过大({status.st_size >> 30} GB),不收;请核对后分月报送"
    if problem:
        # Hostile files are never opened; their name stands for the content.
        content = hashlib.sha256(f"{place} {status.st_size}".encode()).hexdigest()
        yield Pending(folder or "unknown", "", "", name, content, path, problem=problem)
        return
    try:
        content = _hash(path)
    except OSError as error:
        yield Pending(folder or "unknown", "", "", name, "", path, problem=f"{place}: 读不出来({error.strerror})")
        return
    takers = [
        extract
        for extract in (department.extracts if department else ())
        if extract.files and fnmatchcase(name, unicodedata.normalize("NFC", extract.files))
    ]
    clash = _clash(takers)
    if not department:
        folders = "、".join(departments())
        problem = f"{place}: 不在任何部门的文件夹里;请放进 {folders} 之一"
    elif not takers:
        patterns = "、".join(sorted({extract.files for extract in department.extracts if extract.files}))
        problem = f"{place}: {department.label}没有报表收这个文件名(现收 {patterns});请改名或补声明"
    elif clash:
        problem = f"{place}: 同时符合两份报表({clash[0].label}、{clash[1].label});请改名或改声明"
    if problem:
        yield Pending(folder or "unknown", "", "", name, content, path, problem=problem)
        return
    for extract in takers:
        yield Pending(folder, extract.name, extract.table, name, content, path)


def _clash(takers: list[Extract]) -> tuple[Extract, Extract] | None:
    # Several extracts may share a workbook by different sheets; nothing else may be taken twice.
    for place, one in enumerate(takers):
        for other in takers[place + 1 :]:
            apart = one.reader == other.reader == "excel" and "*" not in (*one.sheets, *other.sheets)
            if not apart or set(one.sheets) & set(other.sheets):
                return one, other
    return None


def _databases(inbox: Path) -> Iterator[Pending]:
    for department in departments().values():
        for extract in department.extracts:
            url = _url(department, extract, inbox)
            sqlite = _sqlite_path(url)
            if url is None or (sqlite and not sqlite.is_file()):
                continue  # nothing delivered
            yield from _results(department, extract, url)


def _url(department: Department, extract: Extract, inbox: Path) -> str | None:
    if extract.url is None:
        return None
    return settings().databases.get(department.department, extract.url).replace("{inbox}", str(inbox))


def _sqlite_path(url: str | None) -> Path | None:
    return Path(url.removeprefix("sqlite:///")) if url and url.startswith("sqlite:///") else None


def _results(department: Department, extract: Extract, url: str) -> Iterator[Pending]:
    """Archive a database extract as its result, a file a month in key order, and yield each."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    if extract.month == "title":
        raise DeclarationError(f"{department.department}.yml: {extract.name}: 数据库没有标题,month 要指一列或 whole")
    sqlite = _sqlite_path(url)
    if sqlite:
        url = f"sqlite:///file:{sqlite}?mode=ro&uri=true"  # never makes a file, never writes one
    order = ", ".join(f'"{name}"' for name in _key_columns(extract))
    try:
        engine = create_engine(url)
        with engine.connect() as connection:
            if isinstance(extract.month, MonthFromColumn):
                month = f'"{extract.columns[extract.month.column][0]}"'
                values = connection.execute(text(f"select distinct {month} from ({extract.query}) as extract"))
                months: dict[str, list[Any]] = {}
                for (value,) in values:
                    months.setdefault(_month(value), []).append(value)
                for label, spelled in sorted(months.items()):
                    chosen = {f"v{place}": value for place, value in enumerate(spelled) if value is not None}
                    terms = [f"{month} in ({', '.join(f':{name}' for name in chosen)})"] if chosen else []
                    terms += [f"{month} is null"] if None in spelled else []
                    query = f"select * from ({extract.query}) as extract where {' or '.join(terms)} order by {order}"
                    content = _store(connection.execute(text(query), chosen))
                    yield Pending(
                        department.department, extract.name, extract.table, f"{extract.label} {label}", content, None
                    )
            else:
                content = _store(
                    connection.execute(text(f"select * from ({extract.query}) as extract order by {order}"))
                )
                yield Pending(department.department, extract.name, extract.table, extract.label, content, None)
        engine.dispose()
    except SQLAlchemyError as error:
        # The driver's message may hold the address and the password; its kind is enough.
        problem = f"{department.label} {extract.label}: 数据库读不了({type(error).__name__});请核对地址、权限和查询"
        yield Pending(department.department, extract.name, extract.table, extract.label, "", None, problem=problem)


def _key_columns(extract: Extract) -> list[str]:
    # The delivered columns behind the table's key first, then every other: one order whatever the database does.
    table = tables()[extract.table]
    keyed = {personal.keyed_as: personal.name for personal in table.personal}
    names = [keyed.get(name, name) for name in table.key]
    ordered = [*(name for name in names if name in extract.columns), *extract.columns]
    return [extract.columns[name][0] for name in dict.fromkeys(ordered)]


def _month(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    found = re.match(r"\s*(\d{4})\D{0,3}(\d{1,2})", str(value or ""))
    return f"{found[1]}-{int(found[2]):02d}" if found else "月份不明"


def _store(rows: Any) -> str:
    """Write a query's result into the archive as CSV and return its hash."""
    import csv

    folder = settings().archive
    _owner_only(folder)
    temporary = folder / f"result.{os.getpid()}.part"
    try:
        with os.fdopen(_open_new(temporary), "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows.keys())
            writer.writerows(rows)
        content = _hash(temporary)
        place = archived(content)
        _owner_only(place.parent)
        if not place.exists():
            temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
    return content


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open_new(path: Path) -> int:
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _new(path: Path) -> Any:
    return os.fdopen(_open_new(path), "wb")


def _owner_only(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings().archive.chmod(0o700)
    folder.chmod(0o700)
