"""Settings come from the environment; one of them moves all data, and the keys lie elsewhere."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.errors import SettingsError
from flows.settings import DBT_PROJECT, DEPARTMENTS, PROJECT, Settings, settings

NAMES = ("DATA", "KEYS", "DEPARTMENTS", "CRON", "TIMEZONE", "THREADS", "DATABASES")


@pytest.fixture
def bare(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Take every setting out of the environment."""
    for name in NAMES:
        monkeypatch.delenv(f"JIUZHU_{name}", raising=False)
    settings.cache_clear()
    return fresh_settings


def test_without_an_environment_everything_lies_where_the_readme_says(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(__file__).resolve().parent.parent
    assert here == PROJECT
    assert settings().data == here / "data"
    assert settings().keys == Path("~/.config/jiuzhu").expanduser().resolve()
    assert settings().departments == here / "flows" / "departments" == DEPARTMENTS
    assert (settings().cron, settings().timezone) == ("0 2 * * *", "Asia/Shanghai")
    assert settings().databases == {}
    assert (DBT_PROJECT / "dbt_project.yml").is_file()


def test_one_setting_moves_all_data_and_the_keys_stay_outside(fresh_settings: Path) -> None:
    data = fresh_settings / "data"
    made = settings()
    assert [
        made.inbox,
        made.archive,
        made.landing,
        made.rejected,
        made.vault,
        made.releases,
        made.work,
        made.lock,
    ] == [
        data / "inbox",
        data / "archive",
        data / "landing",
        data / "rejected",
        data / "vault" / "vault.duckdb",
        data / "releases",
        data / "work",
        data / "nightly.lock",
    ]
    for key in (made.pseudonym_key, made.vault_key):
        assert key.parent == fresh_settings / "keys"
        assert data not in key.parents


def test_a_key_for_people_and_a_key_for_the_vault_are_two_files(fresh_settings: Path) -> None:
    assert settings().pseudonym_key.name == "pseudonym.key"
    assert settings().vault_key.name == "vault.key"


def test_a_relative_folder_is_that_of_where_it_was_started(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIUZHU_DATA", "mine/../data")
    monkeypatch.chdir(bare)
    assert settings().data == bare / "data"
    monkeypatch.chdir("/")
    assert settings().data == bare / "data", "a later change of folder moves nothing"


def test_the_home_folder_may_be_written_as_a_tilde_for_keys(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(bare))
    monkeypatch.setenv("JIUZHU_KEYS", "~/secret")
    assert settings().keys == bare / "secret"


def test_a_data_folder_behind_a_link_is_the_folder_itself(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "disk").mkdir()
    (bare / "link").symlink_to("disk")
    monkeypatch.setenv("JIUZHU_DATA", str(bare / "link"))
    assert settings().inbox == bare / "disk" / "inbox"


def test_databases_are_given_by_department(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIUZHU_DATABASES", '{"medical_insurance": "sqlite:///x.db"}')
    assert settings().databases == {"medical_insurance": "sqlite:///x.db"}


def test_settings_are_read_once_until_they_are_cleared(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIUZHU_CRON", "0 3 * * *")
    assert settings().cron == "0 3 * * *"
    monkeypatch.setenv("JIUZHU_CRON", "0 4 * * *")
    assert settings().cron == "0 3 * * *"
    settings.cache_clear()
    assert settings().cron == "0 4 * * *"


def test_what_belongs_to_other_programs_is_no_business_of_ours(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "/elsewhere")
    monkeypatch.setenv("JIUZHU_DEBUG", "1")
    monkeypatch.setenv("JIUZHU_GUARD_LOG", "/elsewhere")
    assert settings().data == PROJECT / "data"


def test_a_number_that_is_none_is_not_taken(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIUZHU_THREADS", "many")
    with pytest.raises(ValidationError, match="threads"):
        Settings()


def test_the_home_folder_may_be_written_as_a_tilde_for_data(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(fresh_settings))
    monkeypatch.setenv("JIUZHU_DATA", "~/data")
    settings.cache_clear()
    assert settings().data == fresh_settings / "data"


@pytest.mark.parametrize(("name", "value"), [("THREADS", "many"), ("THREADS", "0"), ("DATABASES", "{x")])
def test_a_wrong_setting_is_a_sentence(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"JIUZHU_{name}", value)
    settings.cache_clear()
    with pytest.raises(SettingsError, match=f"JIUZHU_{name}"):
        settings()
