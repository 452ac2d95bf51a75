"""Prefect's server: who starts one, where it listens, and that it never outlives what it was started for."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import server as module
from flows.errors import SettingsError
from flows.quiet import be_quiet
from flows.server import API, of_the_night, of_the_schedule
from flows.settings import PROJECT


@pytest.fixture(autouse=True)
def _environment(fresh_settings: Path) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.pop(API, None)
    yield
    os.environ.clear()
    os.environ |= before


class Process:
    """A server process that was never started."""

    def __init__(self, exit_code: int | None = None) -> None:
        self.exit_code = exit_code
        self.calls: list[str] = []
        self.command: list[str] = []

    def __call__(self, command: list[str], **options: Any) -> "Process":
        self.command = command
        return self

    def poll(self) -> int | None:
        return self.exit_code

    def terminate(self) -> None:
        self.calls.append("terminate")

    def wait(self) -> None:
        self.calls.append("wait")


def answers(monkeypatch: pytest.MonkeyPatch, *said: bool) -> list[str]:
    """Answer what is asked of the network, in this order; return what was asked."""
    asked: list[str] = []
    left = iter(said)

    def answer(url: str) -> bool:
        asked.append(url)
        return next(left)

    monkeypatch.setattr(module, "_answers", answer)
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    return asked


def test_the_server_listens_on_the_loopback_and_is_waited_for_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, False, False, True)
    process = Process()
    monkeypatch.setattr(subprocess, "Popen", process)
    with of_the_schedule():
        assert process.calls == []
    assert process.command[0] == sys.executable
    assert process.command[-4:] == ["--host", "127.0.0.1", "--port", "4200"]
    assert asked == ["http://127.0.0.1:4200/api", *["http://127.0.0.1:4200/api/health"] * 2]
    assert process.calls == ["terminate", "wait"]


def test_the_server_is_ended_whatever_happens_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, False, True)
    process = Process()
    monkeypatch.setattr(subprocess, "Popen", process)
    with pytest.raises(KeyboardInterrupt), of_the_schedule():
        raise KeyboardInterrupt
    assert process.calls == ["terminate", "wait"]


def test_a_place_that_somebody_else_listens_at_is_a_sentence_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, True)
    process = Process()
    monkeypatch.setattr(subprocess, "Popen", process)
    with (
        pytest.raises(SettingsError, match=r"^127\.0\.0\.1:4200 已被占用"),
        of_the_schedule(),
    ):
        pass
    assert process.command == process.calls == []


def test_a_server_that_dies_or_never_answers_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, False, False)
    died = Process(exit_code=1)
    monkeypatch.setattr(subprocess, "Popen", died)
    with pytest.raises(SettingsError, match="服务没有起来"), of_the_schedule():
        pass
    assert died.calls == ["terminate", "wait"]
    answers(monkeypatch, *[False] * 10)
    ticks = iter(range(0, 1000, 25))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(ticks))
    silent = Process()
    monkeypatch.setattr(subprocess, "Popen", silent)
    with pytest.raises(SettingsError, match="服务没有起来"), of_the_schedule():
        pass
    assert silent.calls == ["terminate", "wait"]


def test_a_night_starts_a_server_of_its_own_at_once_and_waits_for_it_only_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = Process()
    monkeypatch.setattr(subprocess, "Popen", process)
    with of_the_night() as wait:
        url = os.environ[API]
        port = url.removeprefix("http://127.0.0.1:").removesuffix("/api")
        assert process.command[-4:] == ["--host", "127.0.0.1", "--port", port]
        asked = answers(monkeypatch, False, True)
        wait()
        assert asked == [f"{url}/health"] * 2
        assert process.calls == []
    assert process.calls == ["terminate", "wait"]
    assert API not in os.environ


def test_a_night_on_a_standing_server_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API, "http://127.0.0.1:4200/api")
    process = Process()
    monkeypatch.setattr(subprocess, "Popen", process)
    with of_the_night() as wait:
        wait()
    assert process.command == []
    assert os.environ[API] == "http://127.0.0.1:4200/api"


def test_the_server_of_a_night_answers_and_is_gone_afterwards() -> None:
    be_quiet()
    with of_the_night() as wait:
        wait()
        url = f"{os.environ[API]}/health"
        assert module._answers(url)
    assert not module._answers(url)


NIGHT = """
import os
import time
from flows.quiet import be_quiet
from flows.server import API, of_the_night
be_quiet()
with of_the_night() as wait:
    wait()
    print(os.environ[API], flush=True)
    time.sleep(600)
"""


def test_a_night_that_is_killed_leaves_no_server_behind() -> None:
    night = subprocess.Popen([sys.executable, "-c", NIGHT], cwd=PROJECT, stdout=subprocess.PIPE)
    assert night.stdout is not None
    url = night.stdout.readline().decode().strip()
    assert module._answers(f"{url}/health")
    night.send_signal(signal.SIGKILL)
    night.wait()
    until = time.monotonic() + 30
    while module._answers(f"{url}/health") and time.monotonic() < until:
        time.sleep(0.1)
    assert not module._answers(f"{url}/health")
