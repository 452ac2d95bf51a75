"""Workbooks as WPS and Excel show them well: a Chinese font, A4 pages, the same bytes for the same content."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import SettingsError

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FONT = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter"}


@contextmanager
def workbook(path: Path | BytesIO, title: str) -> "Iterator[Workbook]":
    """Open a new workbook at `path`, or in memory; raise SettingsError where the place cannot be written."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    # A copy of the font: xlsxwriter writes into what it is given.
    book = xlsxwriter.Workbook(
        path if isinstance(path, BytesIO) else str(path),
        {"default_format_properties": dict(FONT), "strings_to_formulas": False, "strings_to_urls": False},
    )
    # The time of writing would make two workbooks of the same content differ.
    book.set_properties({"title": title, "created": datetime(2000, 1, 1)})
    yield book
    try:
        book.close()
    except FileCreateError as error:
        raise SettingsError(f"{path}: 写不进去;请先关掉打开它的程序,或换一个位置") from error


def page(sheet: "Worksheet", landscape: bool = True) -> None:
    """Print a sheet on A4, one page wide."""
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&F · &A&R第 &P 页,共 &N 页")


def width(text: str) -> int:
    """Return how many columns of a Latin letter a text takes; a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
