"""Shared fixtures: one whole night over the sample district, run as its user runs it, offline."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flows.settings import PROJECT, settings
from tests.small import GRANT_HEADERS, grant, number, workbook

GUARD = PROJECT / "tests" / "guard"
# People who are in no list but the canaries': wherever one of these stands, a personal value has got out.
CANARY_NUMBERS = tuple(number(born="19471103", serial=serial) for serial in range(901, 905))
CANARY_NAMES = ("龘靐齉", "麤灪爨", "籲驫鱻", "厵飍馫")


@dataclass(frozen=True)
class Night:
    """A data folder with its keys, and the commands run on it so far."""

    data: Path
    keys: Path
    log: Path
    said: list[str] = field(default_factory=list)

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
        self.said.extend((done.stdout, done.stderr))
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


def plant_canaries(inbox: Path) -> None:
    """Deliver, for the month after the sample, canaries in rows that are good, rejected and refused."""
    one, two, three, four = zip(CANARY_NAMES, CANARY_NUMBERS, strict=True)
    rows = [
        grant(
            姓名=one[0], 身份证号=one[1], 户籍街道="", 居住街道="", **{"户籍村(社区)": "区外", "居住村(社区)": "区外"}
        ),
        grant(姓名=two[0], 身份证号=two[1], 审批日期=f"{two[0]}不记得"),
        grant(姓名=three[0], 身份证号=three[1][:17] + "□", 居住街道="没有的街道"),
        grant(姓名=four[0], 身份证号=four[1], 救助金额=four[1]),
    ]
    title = ["临时救助台账(2025年7月)"]
    workbook("临时救助台账2025年7月.xlsx", {"Sheet1": [title, GRANT_HEADERS, *rows]}, inbox=inbox)
    # A list without its header: the first person stands where the headers should.
    workbook("走访记录2025年7月.xlsx", {"Sheet1": [["走访记录(2025年7月)"], *rows]}, inbox=inbox)
    (inbox / "public_security" / f"死亡注销名单_{one[1][:6]}.csv").write_text(
        f'{one[0]},"{one[1]},没有闭合的引号\r\n{two[0]},{two[1]}\r\n', encoding="utf-8"
    )


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Return the sample district after its first night (all 18 months)."""
    made = make_night(tmp_path_factory.mktemp("night"))
    made.run("sample")
    plant_canaries(made.data / "inbox")
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
