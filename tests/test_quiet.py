"""A silent night: nothing is reported to anybody, nothing is written outside the work folder, no proxy in between."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import quiet
from flows.quiet import be_quiet, tidy
from flows.settings import settings


@pytest.fixture(autouse=True)
def _environment(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before, place = dict(os.environ), tempfile.tempdir
    for name in ("NO_PROXY", "no_proxy", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    yield
    os.environ.clear()
    os.environ |= before
    tempfile.tempdir = place


def left(name: str, age_hours: float) -> Path:
    path = settings().work / "tmp" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    os.utime(path, (time.time() - age_hours * 3600,) * 2)
    return path


def test_no_tool_reports_to_its_maker() -> None:
    be_quiet()
    for name, value in {
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    }.items():
        assert os.environ[name] == value, name


def test_whatever_tools_write_lies_in_the_work_folder_for_its_owner_only() -> None:
    be_quiet()
    for name in ("PREFECT_HOME", "TMPDIR", "DBT_LOG_PATH"):
        folder = Path(os.environ[name])
        assert folder.parent == settings().work
        assert folder.is_dir()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert settings().work.stat().st_mode & 0o777 == 0o700


def test_temporary_files_go_there_even_if_the_place_was_asked_for_before() -> None:
    assert Path(tempfile.gettempdir()) != settings().work / "tmp"
    be_quiet()
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == settings().work / "tmp"


def test_no_proxy_stands_between_the_night_and_its_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    be_quiet()
    assert os.environ["NO_PROXY"].split(",") == ["intranet.example", "127.0.0.1", "localhost", "::1"]
    assert os.environ["no_proxy"].split(",") == ["127.0.0.1", "localhost", "::1"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:4200/api", "http://localhost:4200/api", "http://[::1]:4200/api"])
def test_a_server_of_this_machine_may_be_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PREFECT_API_URL", url)
    be_quiet()
    assert os.environ["PREFECT_API_URL"] == url


@pytest.mark.parametrize(
    "url",
    [
        "https://api.prefect.cloud/api/accounts/x",
        "http://127.0.0.1.example.org/api",
        "http://127.0.0.1@example.org/api",
        "http://localhost.example.org:4200/api",
        "127.0.0.1:4200/api",
    ],
)
def test_any_other_server_would_send_the_night_away_and_is_forgotten(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PREFECT_API_URL", url)
    be_quiet()
    assert "PREFECT_API_URL" not in os.environ


def test_being_quiet_twice_is_being_quiet_once_but_for_the_hosts_named_again() -> None:
    be_quiet()
    once = dict(os.environ)
    be_quiet()
    assert {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"} == {
        name: value for name, value in once.items() if name.lower() != "no_proxy"
    }
    assert set(os.environ["NO_PROXY"].split(",")) == {"127.0.0.1", "localhost", "::1"}


def test_what_an_earlier_night_left_is_removed_and_what_may_be_in_use_stays() -> None:
    old, young = left("old", 25), left("young", 23)
    folder = left("folder/inner", 25).parent
    os.utime(folder, (time.time() - 25 * 3600,) * 2)
    busy = left("busy/inner", 25).parent
    tidy()
    assert sorted(path.name for path in old.parent.iterdir()) == ["busy", "young"]
    assert not folder.exists()
    assert (busy / "inner").exists(), "a folder in which something was written today is left alone"
    assert young.read_text(encoding="utf-8") == "x"


def test_nothing_but_temporary_files_is_tidied() -> None:
    be_quiet()
    kept = settings().work / "prefect" / "prefect.db"
    kept.touch()
    os.utime(kept, (0, 0))
    left("old", 48)
    tidy()
    assert kept.exists()
    assert list((settings().work / "tmp").iterdir()) == []


def test_a_link_in_the_temporary_folder_does_not_end_the_night(fresh_settings: Path) -> None:
    tmp = settings().work / "tmp"
    tmp.mkdir(parents=True)
    (tmp / "dead").symlink_to("nowhere")
    (tmp.parent / "kept").mkdir()
    (tmp / "live").symlink_to(tmp.parent / "kept")
    for path in (tmp / "dead", tmp / "live"):
        os.utime(path, (time.time() - 48 * 3600,) * 2, follow_symlinks=False)
    os.utime(tmp.parent / "kept", (0, 0))
    quiet.tidy()
    assert list(tmp.iterdir()) == []
    assert (tmp.parent / "kept").is_dir()
