"""Whether there is anything to do tonight, by ledger and newest release; decided before the heavy imports."""

import json
import subprocess
import sys
import time
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flows.errors import LockedError, SettingsError
from flows.keys import load_keys
from flows.ledger import append
from flows.lock import one_run
from flows.release import folder, point, rollback
from flows.settings import PROJECT, settings
from flows.tonight import Outcome, is_unpublished, position, run
from tests.small import divisions

OLD, NEW = "20250702T020000Z-abcdef", "20250703T020000Z-123456"


@pytest.fixture
def asked(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Replace the flow by a note of what it was asked to do."""
    calls: list[tuple[Any, ...]] = []
    module = ModuleType("flows.nightly")

    def nightly(*given: Any) -> Outcome:
        calls.append(given)
        return Outcome(published=NEW)

    module.nightly = nightly  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flows.nightly", module)
    monkeypatch.setattr("flows.tonight._import_ahead", lambda: None)
    monkeypatch.setattr("flows.tonight.of_the_night", lambda: nullcontext(lambda: None))
    for name in ("PREFECT_API_URL", "NO_PROXY", "no_proxy", "TMPDIR", "PREFECT_HOME"):
        monkeypatch.setenv(name, "")  # so that what the run sets is taken back
    settings().inbox.mkdir(parents=True)
    return calls


def landed(count: int) -> None:
    event = {"event": "landed", "department_code": "civil_affairs", "extract_name": "visits"}
    append(*(event | {"delivery_id": str(place), "content_hash": str(place)} for place in range(count)))


def released(run_id: str, ledger_position: int) -> None:
    folder(run_id).mkdir(parents=True)
    manifest = {"run_id": run_id, "ledger_position": ledger_position}
    (folder(run_id) / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    point(run_id)


def test_an_empty_inbox_is_no_night(asked: list[Any]) -> None:
    assert run() == Outcome(exit_code=0, published=None, events=[])
    assert asked == []


def test_a_new_file_is_a_night(asked: list[Any]) -> None:
    divisions()
    assert run().published == NEW
    assert asked == [(None, False, None)]


def test_what_landed_but_was_never_published_is_built_again(asked: list[Any]) -> None:
    load_keys()
    landed(2)
    released(OLD, ledger_position=1)
    assert is_unpublished()
    run()
    assert len(asked) == 1


def test_after_a_rollback_a_night_with_nothing_new_stays_rolled_back(asked: list[Any]) -> None:
    load_keys()
    landed(2)
    released(OLD, ledger_position=1)
    released(NEW, ledger_position=2)
    rollback(OLD)
    assert run() == Outcome()
    assert asked == []


def test_a_rebuild_or_another_month_is_a_night_without_anything_new(asked: list[Any]) -> None:
    run(rebuild=True)
    run(as_of=date(2025, 3, 1))
    assert asked == [(None, True, None), (None, False, date(2025, 3, 1))]


def test_a_file_nobody_declared_makes_no_release() -> None:
    events = [{"event": "refused", "extract_name": ""}, {"event": "held", "extract_name": "visits"}]
    assert position(events) == 1


def test_an_inbox_that_is_not_there_is_a_sentence(asked: list[Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="没有这个文件夹"):
        run(tmp_path / "nowhere")


def test_another_run_stops_this_one(asked: list[Any]) -> None:
    with one_run(), pytest.raises(LockedError):
        run(rebuild=True)
    assert asked == []


def test_a_lost_key_stops_the_night_and_is_not_made_anew(asked: list[Any]) -> None:
    load_keys()
    settings().pseudonym_key.unlink()
    with pytest.raises(SettingsError, match="密钥不在"):
        run(rebuild=True)
    assert not settings().pseudonym_key.exists()
    assert asked == []


def test_nothing_new_is_decided_before_the_heavy_imports(fresh_settings: Path) -> None:
    settings().inbox.mkdir(parents=True)
    program = (
        "import sys\nfrom flows.tonight import run\nassert run().published is None\n"
        "heavy = {'prefect', 'dbt', 'great_expectations', 'pandas', 'polars', 'duckdb', 'sqlalchemy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True, timeout=60)
    assert time.perf_counter() - started < 10  # 0.3 s; the promise is 3 s, the rest is for a busy machine
