"""The sample district, generated once for every test of this folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.sample import generate


@dataclass(frozen=True)
class Sample:
    """An inbox and its answer key."""

    inbox: Path
    answers: dict[str, Any]

    def faults(self, name: str) -> list[dict[str, Any]]:
        return [fault for fault in self.answers["districts"][0]["faults"] if fault["fault"] == name]


def make(folder: Path, **how: int) -> Sample:
    inbox = folder / "inbox"
    return Sample(inbox, json.loads(generate(inbox, **how).read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Return the sample as `make run` makes it."""
    return make(tmp_path_factory.mktemp("sample"))
