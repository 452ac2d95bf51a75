"""One page about every table and column, from the declarations: dbt's own documentation in one file, nothing fetched.

Run as `python -m flows.docs`, after a night.
"""

import shutil
import sys
from pathlib import Path

from flows.errors import JiuzhuError, SettingsError
from flows.nightly import warehouse
from flows.quiet import be_quiet
from flows.settings import settings
from flows.show import say


def write() -> Path:
    """Write the page of the last built warehouse and return its place; raise SettingsError before the first night."""
    from flows.build import document

    if not warehouse().is_file():
        raise SettingsError(f"{warehouse()}: 还没有建过库;请先运行 jiuzhu nightly")
    page = settings().work / "docs.html"
    shutil.copyfile(document(warehouse()), page)
    return page


if __name__ == "__main__":
    be_quiet()
    try:
        say(str(write()))
    except JiuzhuError as error:
        say(f"错误:{error}", error=True)
        sys.exit(error.exit_code)
