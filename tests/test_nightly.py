"""The flow, its steps replaced or called as plain functions: Prefect itself runs in the end-to-end night."""

import inspect
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from expectations.suite import Verdict
from flows import nightly
from flows.archive import archived
from flows.errors import BuildError
from flows.quality import Run
from flows.release import current
from flows.settings import settings
from tests.small import divisions

RUN = Run("20250702T020000Z-abcdef", date(2025, 6, 1), datetime.now(UTC), datetime.now(UTC), [])
EVENT = {
    "event": "landed",
    "department_code": "civil_affairs",
    "extract_name": "visits",
    "file_name": "走访记录.xlsx",
    "months": ["2025-06"],
    "findings": [],
}


@dataclass
class Steps:
    """Every step replaced: what ran, and what each returns or raises."""

    ran: list[str] = field(default_factory=list)
    made: dict[str, Any] = field(
        default_factory=lambda: {
            "receive": ["waiting"],
            "land": [EVENT],
            "match": None,
            "build": SimpleNamespace(business_month=date(2025, 6, 1), verdicts=[]),
            "audit": [],
            "publish": RUN,
            "report": None,
        }
    )

    def run(self, name: str) -> Any:
        self.ran.append(name)
        if isinstance(self.made[name], Exception):
            raise self.made[name]
        return self.made[name]


@pytest.fixture
def steps(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    replaced = Steps()
    for name in replaced.made:
        monkeypatch.setattr(nightly, name, lambda *given, name=name: replaced.run(name))
    monkeypatch.setattr(nightly, "is_unpublished", lambda: True)
    settings().work.mkdir(parents=True)
    return replaced


def test_the_body_reads_as_the_picture_of_the_house() -> None:
    body = inspect.getsource(nightly.nightly.fn)
    calls = re.findall(r"\b(receive|land|match|build|audit|publish|report)\(", body)
    assert calls == ["receive", "land", "match", "build", "audit", "publish", "report"]


def test_a_night_goes_through_every_step_and_tells_what_it_published(steps: Steps) -> None:
    outcome = nightly.nightly.fn()
    assert steps.ran == ["receive", "land", "match", "build", "audit", "publish", "report"]
    assert (outcome.exit_code, outcome.published, outcome.events) == (0, RUN.run_id, [EVENT])


def test_a_night_that_only_turned_files_away_builds_nothing(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "is_unpublished", lambda: False)
    outcome = nightly.nightly.fn()
    assert steps.ran == ["receive", "land"]
    assert (outcome.published, outcome.events) == (None, [EVENT])
    assert nightly.nightly.fn(rebuild=True).published == RUN.run_id


@pytest.mark.parametrize("step", ["build", "audit", "publish"])
def test_a_refusal_publishes_nothing_and_leaves_a_page_that_says_why(steps: Steps, step: str) -> None:
    steps.made[step] = BuildError("mart_coverage: 合计对不上")
    with pytest.raises(BuildError, match="合计对不上") as refused:
        nightly.nightly.fn()
    assert refused.value.exit_code == 1
    assert steps.ran[-1] == step
    page = settings().work / "quality.html"
    assert str(page) in str(refused.value)
    assert "没有发布" in page.read_text("utf-8")
    assert "合计对不上" in page.read_text("utf-8")
    assert current() is None


def test_a_critical_expectation_on_the_marts_stops_the_night(
    fresh_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = [Verdict("份额在 0–1", "critical", False, "1 行"), Verdict("与上月", "warning", False, "+30%")]
    monkeypatch.setattr("expectations.marts.check_marts", lambda database: verdicts)
    night = nightly.Night(datetime.now(UTC), [])
    with pytest.raises(BuildError, match=r"份额在 0–1$"):
        nightly.audit.fn(night)
    assert night.verdicts == verdicts


def test_every_original_is_kept_before_anything_is_read(fresh_settings: Path) -> None:
    divisions()
    [waiting] = nightly.receive.fn(None)
    assert archived(waiting.content_hash).is_file()


def test_what_cannot_be_read_is_tried_again(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unreadable = SimpleNamespace(content_hash="", path=None, problem="数据库读不了")
    monkeypatch.setattr(nightly, "pending", lambda inbox: [unreadable])
    with pytest.raises(nightly.NotYetReadable):
        nightly.receive.fn(None)
    assert nightly.receive.retries == len(nightly.RETRY_SECONDS)
    assert sorted(nightly.RETRY_SECONDS) == nightly.RETRY_SECONDS
    assert {nightly.land.retries, nightly.build.retries, nightly.publish.retries} == {0}


def test_no_step_stores_a_result() -> None:
    for step in (nightly.receive, nightly.land, nightly.build, nightly.audit, nightly.publish, nightly.report):
        assert step.persist_result is False
    assert nightly.nightly.persist_result is False


def test_an_unexpected_error_in_a_step_quotes_no_cell(fresh_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(inbox: Any) -> None:
        raise KeyError("330102199001011234")

    monkeypatch.setattr(nightly, "pending", breaks)
    with pytest.raises(BuildError, match="KeyError") as refused:
        nightly.receive.fn(None)
    assert "330102" not in str(refused.value)
    assert refused.value.__suppress_context__
