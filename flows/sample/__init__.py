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
from flows.sample.months import LAST, label

ANSWERS = "answers.json"
FEWEST_MONTHS = 18


def generate(out: Path, seed: int = 20250630, scale: int = 1, months: int = FEWEST_MONTHS) -> Path:
    """Fill an empty inbox with the sample of `scale` districts and `months` months; return the answer key's path.

    The same sample already there is left as it is; an inbox that holds anything else is refused (SettingsError).
    """
    if months < FEWEST_MONTHS or scale < 1:
        raise SettingsError(
            f"示范区: 要求 {scale} 个区、{months} 个月;至少 1 个区、{FEWEST_MONTHS} 个月(报告的数字取自这些月份)"
        )
    out = out.resolve()
    try:
        return _generate(out, {"seed": seed, "scale": scale, "months": months})
    except OSError as error:
        raise SettingsError(f"{out}: 不能写入({error.strerror});请换一个可写的文件夹(--out)") from error


def _generate(out: Path, wanted: dict[str, int]) -> Path:
    answers = out.parent / ANSWERS
    if _is_there(out, answers, wanted):
        return answers
    first = LAST - wanted["months"] + 1
    making = out.parent / f".{out.name}.making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True, mode=0o700)
    inbox = Inbox(making)
    is_alone = wanted["scale"] == 1
    districts = [fill(inbox, index, wanted["seed"], first, is_alone) for index in range(wanted["scale"])]
    inbox.close()
    key = {**wanted, "first_month": label(first), "last_month": label(LAST), "districts": districts}
    text = json.dumps(key | {"files": _hashes(making)}, ensure_ascii=False, indent=1)
    # The key first: an inbox without it would be refused as somebody else's.
    answers.write_text(text + "\n", encoding="utf-8")
    answers.chmod(0o600)
    if out.is_dir():
        shutil.rmtree(out)
    making.rename(out)
    return answers


def _is_there(out: Path, answers: Path, wanted: dict[str, int]) -> bool:
    found = _hashes(out) if out.exists() else {}
    key = _known(answers)
    if not found:
        if answers.exists() and "districts" not in key:
            raise SettingsError(f"{answers}: 不是示范区的答案文件;请换一个文件夹(--out)或先移走它")
        return False
    if key.get("files") != found:
        other = sorted(found.items() - key.get("files", {}).items())
        name = other[0][0] if other else "缺文件的示范区"
        raise SettingsError(f"{out}: 收件箱里已有别的内容({name});请换一个空文件夹(--out)或先移走它们")
    if any(key.get(name) != value for name, value in wanted.items()):
        raise SettingsError(f"{out}: 收件箱里已有另一份示范区(种子、区数或月数不同);请换一个空文件夹(--out)或先移走它")
    return True


def _known(answers: Path) -> dict[str, Any]:
    try:
        key = json.loads(answers.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return key if isinstance(key, dict) else {}


def _hashes(place: Path) -> dict[str, str]:
    files = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
    return {path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
