"""Shared fixtures: one whole night over the sample district, run as its user runs it, offline."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.settings import PROJECT, settings

GUARD = PROJECT / "tests" / "guard"


@dataclass(frozen=True)
class Night:
    """A data folder with its keys, and the commands run on it so far."""

    data: Path
    keys: Path
    log: Path

    def environment(self) -> dict[str, str]:
        """Return the environment every command of this folder runs in: own folders, no socket but loopback."""
        home = self.data.parent / "home"
        temporary = self.data.parent / "tmp"
        home.mkdir(exist_ok=True)
        temporary.mkdir(exist_ok=True)
        return os.environ | {
            "JIUZHU_DATA": str(self.data),
            "JIUZHU_KEYS": str(self.keys),
            "JIUZHU_GUARD_LOG": str(self.log),
            "PYTHONPATH": str(GUARD),
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "COLUMNS": "100",
        }

    def run(self, *words: str, expect: int = 0, text: str | None = None) -> str:
        """Run `jiuzhu WORDS` in a process of its own and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", *words],
            env=self.environment(),
            input=text,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        tail = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert done.returncode == expect, f"{words}: exit {done.returncode}\n{tail}"
        return done.stdout

    def json(self, *words: str) -> list[dict]:
        """Run a command that prints JSON and return it."""
        return json.loads(self.run(*words, "--format", "json"))

    def sql(self, query: str) -> list[dict]:
        """Query the served analyst release."""
        return self.json("sql", query)

    @property
    def answers(self) -> dict:
        """The sample's answer key, which only tests read."""
        return json.loads((self.data / "answers.json").read_text(encoding="utf-8"))


def make_night(folder: Path, keys: Path | None = None) -> Night:
    """Return an empty data folder ready for commands."""
    return Night(data=folder / "data", keys=keys or folder / "keys", log=folder / "guard.log")


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Return the sample district after its first night (all 18 months)."""
    made = make_night(tmp_path_factory.mktemp("night"))
    made.run("sample")
    made.run("nightly")
    return made


@pytest.fixture
def fresh_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Point the settings of this process at an empty folder and return it."""
    monkeypatch.setenv("JIUZHU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("JIUZHU_KEYS", str(tmp_path / "keys"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()
