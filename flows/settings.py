"""Where things lie and the few settings of a night, from the environment (`JIUZHU_…`).

One setting, `JIUZHU_DATA`, moves all data; the keys lie outside it (`JIUZHU_KEYS`).
"""

import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.errors import SettingsError

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
DEPARTMENTS = PROJECT / "flows" / "departments"


class Settings(BaseSettings):
    """All settings; every path below the data folder is a property, so that nothing else joins names."""

    model_config = SettingsConfigDict(env_prefix="JIUZHU_", extra="ignore")

    data: Path = PROJECT / "data"
    keys: Path = Path.home() / ".config" / "jiuzhu"
    departments: Path = DEPARTMENTS
    cron: str = "0 2 * * *"
    timezone: str = "Asia/Shanghai"
    threads: int = Field(2, ge=1)
    databases: dict[str, str] = {}

    @property
    def inbox(self) -> Path:
        """What departments sent, untouched."""
        return self.data / "inbox"

    @property
    def archive(self) -> Path:
        """Every original by content hash (owner-only)."""
        return self.data / "archive"

    @property
    def landing(self) -> Path:
        """Typed, pseudonymous, append-only Parquet: the truth everything is rebuilt from."""
        return self.data / "landing"

    @property
    def rejected(self) -> Path:
        """Rejected rows by delivery: file, sheet, row, column, reason; no value."""
        return self.data / "rejected"

    @property
    def vault(self) -> Path:
        """The encrypted database that alone knows who a key is."""
        return self.data / "vault" / "vault.duckdb"

    @property
    def links(self) -> Path:
        """Who on a list is who on the rosters (keys, tiers, probabilities), made anew every night."""
        return self.work / "person_links.parquet"

    @property
    def worklists(self) -> Path:
        """Lists of names for case workers (owner-only); filled in, they come back through the inbox."""
        return self.data / "worklists"

    @property
    def releases(self) -> Path:
        """One folder a published run, and the pointer `current`."""
        return self.data / "releases"

    @property
    def work(self) -> Path:
        """What may be thrown away between runs: build database, dbt target, Prefect home, logs, temp."""
        return self.data / "work"

    @property
    def lock(self) -> Path:
        """The file one run at a time holds."""
        return self.data / "nightly.lock"

    @property
    def pseudonym_key(self) -> Path:
        """The key of the pseudonyms (HMAC-SHA256)."""
        return self.keys / "pseudonym.key"

    @property
    def vault_key(self) -> Path:
        """The key of the encrypted vault."""
        return self.keys / "vault.key"


@lru_cache
def settings() -> Settings:
    """Return the settings of this process; tests call `settings.cache_clear()` after changing the environment."""
    try:
        made = Settings()
    except ValueError as error:  # pydantic's, and that of a setting that is no JSON
        names = sorted(name for name in os.environ if name.startswith("JIUZHU_") and _is_blamed(name, error))
        raise SettingsError(f"{'、'.join(names) or 'JIUZHU_…'}: 不是可用的值;请改正或去掉这个设置") from None
    places = {name: getattr(made, name).expanduser().resolve() for name in ("data", "keys", "departments")}
    return made.model_copy(update=places)


def _is_blamed(name: str, error: ValueError) -> bool:
    field = name.removeprefix("JIUZHU_").lower()
    return f'"{field}"' in str(error) or f"\n{field}\n" in f"\n{error}\n"
