"""Workbooks read in a child process with limits on memory and time: a hostile one ends the child, not the night.

Run as a module it is the child: requests and answers go over one pipe, frames as Arrow bytes.
"""

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatchcase
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from flows.errors import DeliveryError
from flows.settings import PROJECT

if TYPE_CHECKING:
    import polars as pl

MEMORY_BYTES = 8 << 30  # address space of the child; a million rows of twenty columns take about two
SECONDS = 300  # a workbook of a million rows takes five
MOST_ENTRIES = 5000  # parts of one workbook; a normal one has a dozen a sheet
MOST_UNPACKED = 4 << 30
MOST_RATIO = 300  # unpacked to packed; sheets of equal rows reach 50, a bomb 1000
SMALL_ENTRY = 10 << 20  # below this no ratio is dangerous
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """One sheet as text cells: every row of the sheet from its first, `column_0` …; what a number lost is marked."""

    name: str
    is_visible: bool
    cells: "pl.DataFrame"


class Workbooks:
    """Reads workbooks one after the other in one child, which is started anew where it has died."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> "Workbooks":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> Connection:
        """Start the child where it is not running; earlier than needed, its imports run beside other work."""
        if self._pipe is not None:
            return self._pipe
        ours, theirs = Pipe()
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(PROJECT)))),
            "POLARS_MAX_THREADS": "1",
        }
        self._child = subprocess.Popen(
            [sys.executable, "-m", "flows.excel", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a panic's report may quote a cell
        )
        theirs.close()
        self._pipe = ours
        return ours

    def close(self) -> None:
        """End the child."""
        if self._child is not None and self._pipe is not None:
            self._pipe.close()
            self._child.kill()
            self._child.wait()
        self._child = self._pipe = None

    def read(self, path: Path, file_name: str, patterns: tuple[str, ...]) -> list[Sheet]:
        """Return the sheets whose name matches a pattern; raise DeliveryError where the file cannot be read."""
        import polars as pl

        preflight(path, file_name)
        pipe = self.start()
        try:
            pipe.send((str(path), patterns))
            if not pipe.poll(SECONDS):
                raise EOFError
            kind, answer = pipe.recv()
            sheets = []
            if kind == "sheets":
                sheets = [Sheet(name, is_visible, pl.read_ipc(pipe.recv_bytes())) for name, is_visible in answer]
        except (EOFError, OSError) as error:
            self.close()
            raise DeliveryError(f"{file_name}: 读取时超出时间或内存,或文件已损坏;请另存为 xlsx 后重报") from error
        if kind == "none":
            names = "、".join(f"“{name}”" for name in answer)
            raise DeliveryError(
                f"{file_name}: 没有名为 {' 或 '.join(patterns)} 的工作表(现有 {names});请核对文件或改工作表名"
            )
        if kind == "broken":
            raise DeliveryError(f"{file_name}: 打不开({answer});请用 Excel 或 WPS 打开后另存为 xlsx 再报")
        return sheets


def preflight(path: Path, file_name: str) -> None:
    """Raise DeliveryError for a file that is no workbook, or one that would unpack into something harmful."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(OLE):
        return
    if head.lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"\xef\xbb\xbf<")):
        raise DeliveryError(f"{file_name}: 内容其实是网页,不是工作簿;请用 Excel 或 WPS 打开后另存为 xlsx 再报")
    if not head.startswith(ZIP):
        raise DeliveryError(f"{file_name}: 不是 Excel 工作簿;请用 Excel 或 WPS 另存为 xlsx 再报")
    try:
        with zipfile.ZipFile(path) as parts:
            entries = parts.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            swollen = any(
                entry.file_size > SMALL_ENTRY and entry.file_size > MOST_RATIO * max(1, entry.compress_size)
                for entry in entries
            )
            if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or swollen:
                raise DeliveryError(f"{file_name}: 解压后异常庞大,不收;请核对来源,另存为新的 xlsx 再报")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with parts.open(entry) as part:
                        if b"<!DOCTYPE" in part.read(4096):
                            raise DeliveryError(f"{file_name}: 含有 DOCTYPE,不收;请另存为新的 xlsx 再报")
    except DeliveryError:
        raise
    except Exception as error:  # a damaged zip raises whatever its reader stumbles over (zlib, struct, …)
        raise DeliveryError(f"{file_name}: 工作簿已损坏或加了密码;请另存为不加密的 xlsx 再报") from error


def _serve(pipe: Connection) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold cells
    import fastexcel  # noqa: F401  (imported before the first request comes)
    import polars  # noqa: F401

    while True:
        try:
            path, patterns = pipe.recv()
        except EOFError:
            return
        try:
            names, sheets = _load(path, patterns)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
                raise
            pipe.send(("broken", type(error).__name__))
            continue
        if not sheets:
            pipe.send(("none", names))
            continue
        pipe.send(("sheets", [(name, is_visible) for name, is_visible, _ in sheets]))
        for _, _, content in sheets:
            pipe.send_bytes(content)


def _load(path: str, patterns: tuple[str, ...]) -> tuple[list[str], list[tuple[str, bool, bytes]]]:
    import fastexcel

    book = fastexcel.read_excel(path)
    chosen = [name for name in book.sheet_names if any(fnmatchcase(name.strip(), pattern) for pattern in patterns)]
    return book.sheet_names, [(name, *_cells(book, name)) for name in chosen]


def _cells(book: Any, name: str) -> tuple[bool, bytes]:
    import polars as pl

    from flows.normalise import LOST_DIGIT

    # skip_rows=0 keeps empty rows at the top, so that a row number is the row number people see.
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    frame = sheet.to_polars()
    frame.columns = [f"column_{place}" for place in range(frame.width)]
    long = [column for column in frame if column.str.contains(r"^\d{16,}$").any()]
    if long:
        # As "boolean" a number cell is true and a text cell is null: the only way to tell them apart here.
        marks = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="boolean").to_polars()
        marks.columns = frame.columns
        for column in long:
            is_cut = marks[column.name].is_not_null() & column.str.contains(r"^\d{16,}$")
            # What is shown is the nearest binary fraction; the digits that Excel kept are its first 15, rounded.
            kept = pl.col(column.name).str.slice(0, 15).cast(pl.Int64, strict=False)
            is_up = pl.col(column.name).str.slice(15, 1) >= "5"
            cut = (kept + is_up.cast(pl.Int64)).cast(pl.String) + pl.lit(LOST_DIGIT * 3)
            frame = frame.with_columns(pl.when(is_cut).then(cut).otherwise(pl.col(column.name)).alias(column.name))
    return sheet.visible == "visible", frame.write_ipc(None).getvalue()


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
