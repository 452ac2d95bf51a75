"""Published releases: which there are, which is served, and the one pointer that moves.

Nothing that readers hold ever changes under them: a release is a folder that is never written again.
"""

import json
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.errors import ReleaseError
from flows.lock import one_run
from flows.settings import settings

Manifest = dict[str, Any]
MANIFEST = "manifest.json"
POINTER = "current"
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


def new_run_id(now: datetime) -> str:
    """Return an id that sorts by time and is never used twice."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def folder(run_id: str) -> Path:
    """Return the folder of a release."""
    return settings().releases / run_id


def manifests() -> list[Manifest]:
    """Return the manifest of every release, newest first; a folder without one was never published."""
    found = []
    for path in sorted(settings().releases.glob(f"*/{MANIFEST}"), reverse=True):
        if RUN_ID.fullmatch(path.parent.name):
            try:
                found.append(json.loads(path.read_text(encoding="utf-8")))
            except ValueError as error:
                raise ReleaseError(f"{path.parent.name}: {MANIFEST} 损坏;请移走这个发布文件夹") from error
    return found


def current() -> str | None:
    """Return the id of the served release, or None before the first one."""
    try:
        return (settings().releases / POINTER).readlink().name
    except OSError:
        return None


def releases() -> list[dict[str, Any]]:
    """Return a row a release, newest first: run_id, business_month, published_at (local time), deliveries."""
    return [
        {
            "run_id": manifest["run_id"],
            "business_month": manifest["business_month"],
            "published_at": _local(manifest["published_at"]),
            "deliveries": manifest["deliveries"],
        }
        for manifest in manifests()
    ]


def rollback(run_id: str) -> None:
    """Serve an earlier release; raise ReleaseError where there is no such release."""
    if not RUN_ID.fullmatch(run_id) or not (folder(run_id) / MANIFEST).is_file():
        raise ReleaseError(f"发布 {run_id}: 没有这次发布;请用 jiuzhu releases 查看")
    with one_run():  # a night that is running would move the pointer forward again
        point(run_id)


def point(run_id: str) -> None:
    """Move the pointer to a release, in one step."""
    pointer = settings().releases / POINTER
    arriving = pointer.with_name(f".{POINTER}-{os.getpid()}")
    arriving.unlink(missing_ok=True)
    arriving.symlink_to(run_id)
    arriving.replace(pointer)


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d %H:%M}"
