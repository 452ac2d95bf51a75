"""Lint: every compiled SQL model must be writable in Spark's dialect, so that a province can move there.

Run as `python -m tests.transpile`; needs no database, only the project.
"""

import os
import sys
import tempfile
from pathlib import Path

from flows import quiet
from flows.settings import DBT_PROJECT, settings


def main() -> int:
    """Compile every model into a throw-away folder and transpile it; return the number of models that fail."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JIUZHU_DATA"] = folder
        settings.cache_clear()
        quiet.be_quiet()
        from sqlglot import ErrorLevel, transpile
        from sqlglot.errors import SqlglotError

        from flows.build import compile_models

        models = compile_models(Path(folder))
        failures = 0
        for path in models:
            try:
                transpile(
                    path.read_text(encoding="utf-8"),
                    read="duckdb",
                    write="spark",
                    unsupported_level=ErrorLevel.RAISE,
                )
            except SqlglotError as error:
                failures += 1
                sys.stderr.write(f"{path.relative_to(folder)}: Spark 写不出:{str(error).splitlines()[0]}\n")
        sys.stdout.write(f"{len(models)} SQL statements of {DBT_PROJECT.name}, {failures} not writable in Spark\n")
        return failures or int(not models)


if __name__ == "__main__":
    sys.exit(main())
