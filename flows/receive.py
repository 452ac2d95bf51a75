"""What lies in the inbox, or in a department's database, and was not taken yet.

Standard library only: a night with nothing new is decided here, before anything heavy is imported.
"""

import hashlib
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from flows.archive import content_of
from flows.database import results, sqlite_file, url_of
from flows.declarations import Extract, departments, tables
from flows.errors import DeliveryError
from flows.ledger import TAKEN, Event, append, landed_files, ledger
from flows.settings import settings
from flows.start import PREFIX as TEMPLATE_PREFIX

__all__ = ["Event", "Pending", "append", "fingerprint", "landed_files", "ledger", "pending"]

# Left by office programs and file managers; nobody sent them.
NOISE = ("~$*", ".*", "Thumbs.db", "desktop.ini", f"{TEMPLATE_PREFIX}*")
SQLITE_COMPANIONS = ("-wal", "-shm", "-journal")
MOST_BYTES = 4 << 30  # a file above this is no departmental list; refused before it is copied
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Pending:
    """One file or database result to take for one extract; `problem` says why it cannot even be read."""

    department: str
    extract: str  # "" where no declaration takes the file
    table: str
    file_name: str
    content_hash: str  # "" where it cannot be read at all: then it is pending again next night
    path: Path | None = None  # None: in the archive already
    problem: str | None = None
    attempt: int = 1
    months: tuple[str, ...] = ()  # reading again: only these months are landed …
    unresolved: int = 0  # … and only if fewer places than these stay unresolved

    @property
    def delivery_id(self) -> str:
        """Return department.extract.hash, with the number of the reading where it is not the first."""
        base = f"{self.department}.{self.extract or UNKNOWN}.{self.content_hash[:12] or 'unreadable'}"
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
    readings = _readings()
    found: dict[tuple[str, str, str], Pending] = {}
    for each in (*_files(inbox), *_databases(inbox)):
        key = (each.department, each.extract, each.content_hash)
        count, is_open = readings.get(key, (0, True))
        if is_open:
            found.setdefault(key, replace(each, attempt=count + 1))
    return list(found.values())


def fingerprint(extract: Extract) -> str:
    """Return a short hash of both declarations of an extract: a refused file is read again when it changes."""
    text = extract.model_dump_json() + tables()[extract.table].model_dump_json()
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _readings() -> dict[tuple[str, str, str], tuple[int, bool]]:
    # (department, extract, content) → how often it was read, and whether it is to be read again.
    declared = {
        (department.department, extract.name): fingerprint(extract)
        for department in departments().values()
        for extract in department.extracts
    }
    readings: dict[tuple[str, str, str], tuple[int, bool]] = {}
    for event in ledger():
        if event["event"] in TAKEN:
            place = (event["department_code"], event["extract_name"])
            key = (*place, event["content_hash"])
            is_open = event["event"] != "landed" and event["declaration"] != declared.get(place, "")
            readings[key] = (readings.get(key, (0, True))[0] + 1, is_open)
    return readings


def _files(inbox: Path) -> Iterator[Pending]:
    databases = {
        file
        for department in departments().values()
        for extract in department.extracts
        if (file := sqlite_file(url_of(department, extract, inbox)))
    }
    companions = {file.with_name(file.name + suffix) for file in databases for suffix in SQLITE_COMPANIONS}
    paths = [path for path in inbox.rglob("*") if path.is_symlink() or not path.is_dir()] if inbox.is_dir() else []
    for path in sorted(paths, key=lambda path: (path.parent.as_posix(), path.stem, path.suffix)):
        place = path.relative_to(inbox)
        is_noise = any(fnmatchcase(part, pattern) for part in place.parts for pattern in NOISE)
        if not is_noise and path not in databases | companions:
            yield from _takers(path, place)


def _takers(path: Path, place: Path) -> Iterator[Pending]:
    """Yield a file once for every extract that takes it, or once with the reason why none does."""
    name = unicodedata.normalize("NFC", path.name)
    folder = place.parts[0] if len(place.parts) > 1 else UNKNOWN
    untaken = Pending(department=folder, extract="", table="", file_name=name, content_hash="", path=path)
    if problem := _harm(path, place):
        # A hostile file is never opened; its place stands for its content, so that it is reported once.
        yield replace(untaken, content_hash=hashlib.sha256(str(place).encode()).hexdigest(), problem=problem)
        return
    try:
        content = content_of(path)
    except OSError as error:
        yield replace(untaken, problem=f"{place}: 读不出来({error.strerror});请核对权限")
        return
    department = departments().get(folder)
    takers = [
        extract
        for extract in (department.extracts if department else ())
        if extract.files and fnmatchcase(name, unicodedata.normalize("NFC", extract.files))
    ]
    if department is None:
        problem = f"{place}: 不在任何部门的文件夹里;请放进 {'、'.join(departments())} 之一"
    elif not takers:
        patterns = "、".join(sorted({extract.files for extract in department.extracts if extract.files}))
        problem = f"{place}: {department.label}没有报表收这个文件名(现收 {patterns});请改名或补声明"
    elif clash := _clash(takers):
        problem = f"{place}: 同时符合两份报表({clash[0].label}、{clash[1].label});请改名或改声明"
    if problem:
        yield replace(untaken, content_hash=content, problem=problem)
    else:
        for extract in takers:
            yield replace(untaken, extract=extract.name, table=extract.table, content_hash=content)


def _harm(path: Path, place: Path) -> str | None:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        return f"{place}: 是链接或管道,不是普通文件,不收;请放文件本身"
    if status.st_size > MOST_BYTES:
        return f"{place}: 文件有 {status.st_size >> 30} GB,过大,不收;请核对后分月报送"
    return None


def _clash(takers: list[Extract]) -> tuple[Extract, Extract] | None:
    # Several extracts may share a workbook by different sheets; nothing else may be taken twice.
    for place, one in enumerate(takers):
        for other in takers[place + 1 :]:
            is_apart = one.reader == other.reader == "excel" and "*" not in (*one.sheets, *other.sheets)
            if not is_apart or set(one.sheets) & set(other.sheets):
                return one, other
    return None


def _databases(inbox: Path) -> Iterator[Pending]:
    for department in departments().values():
        for extract in department.extracts:
            url = url_of(department, extract, inbox)
            file = sqlite_file(url)
            if url is None or (file and not file.is_file()):
                continue  # nothing was delivered
            place = Pending(department.department, extract.name, extract.table, extract.label, "")
            try:
                for name, content in results(department, extract, url):
                    yield replace(place, file_name=name, content_hash=content)
            except DeliveryError as error:
                yield replace(place, problem=str(error))
