"""A fictional district whose offices fill an inbox as real ones do, with an answer key beside it.

Everything comes out of person-level rows drawn from one seed; the pipeline never reads the answer key.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from flows.errors import SettingsError
from flows.sample.files import Inbox
from flows.sample.history import fill
from flows.sample.months import LAST, first_day

ANSWERS = "answers.json"
FEWEST_MONTHS = 18


def generate(out: Path, seed: int = 20250630, scale: int = 1, months: int = FEWEST_MONTHS) -> Path:
    """Fill an empty inbox with the sample of `scale` districts and `months` months; return the answer key's path.

    The same sample already there is left as it is; an inbox that holds anything else is refused (SettingsError).
    """
    if months < FEWEST_MONTHS or scale < 1:
        raise SettingsError(
            f"示范区: 要求 {scale} 个区、{months} 个月;至少 1 个区、{FEWEST_MONTHS} 个月,报告的数字取自这些月份"
        )
    out = out.resolve()
    answers = out.parent / ANSWERS
    wanted = {"seed": seed, "scale": scale, "months": months}
    if _is_there(out, answers, wanted):
        return answers
    making = out.parent / f".{out.name}.making"
    shutil.rmtree(making, ignore_errors=True)
    inbox = Inbox(making)
    first = LAST - months + 1
    key: dict[str, Any] = wanted | {"first_month": _label(first), "last_month": _label(LAST), "districts": []}
    for index in range(scale):
        key["districts"].append(fill(inbox, index, seed, first, is_alone=scale == 1))
    inbox.close()
    key["files"] = _hashes(making)
    answers.write_text(json.dumps(key, ensure_ascii=False, indent=1), encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    making.rename(out)
    return answers


def _is_there(out: Path, answers: Path, wanted: dict[str, int]) -> bool:
    found = _hashes(out) if out.is_dir() else {}
    if not found:
        return False
    try:
        known = json.loads(answers.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known.get("files") == found and all(known.get(name) == value for name, value in wanted.items()):
        return True
    foreign = sorted(set(found) - set(known.get("files", {}))) or sorted(found)
    raise SettingsError(f"{out}: 收件箱里已有别的文件(如 {foreign[0]});请换一个空文件夹(--out)或先移走这些文件")


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _label(number: int) -> str:
    return f"{first_day(number):%Y-%m}"
