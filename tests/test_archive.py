"""Originals lie under the hash of their content, once, whole, and for their owner only."""

import hashlib
from pathlib import Path

import pytest

from flows.archive import archived, arriving, content_of, keep, settle
from flows.errors import DeliveryError
from flows.settings import settings

CONTENT = "姓名,身份证号\r\n".encode("gb18030")
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def sent(fresh_settings: Path) -> Path:
    path = fresh_settings / "名单.csv"
    path.write_bytes(CONTENT)
    return path


def archive_files() -> list[Path]:
    return [path for path in settings().archive.rglob("*") if path.is_file()]


def test_an_original_lies_under_the_hash_of_its_content_and_is_left_where_it_was(sent: Path) -> None:
    place = keep(sent, HASH, sent.name)
    assert place == settings().archive / HASH[:2] / HASH == archived(HASH)
    assert place.read_bytes() == sent.read_bytes() == CONTENT
    assert archive_files() == [place]


def test_only_its_owner_can_read_an_original(sent: Path) -> None:
    sent.chmod(0o644)
    place = keep(sent, HASH, sent.name)
    assert [each.stat().st_mode & 0o777 for each in (place, place.parent, settings().archive)] == [0o600, 0o700, 0o700]


def test_an_archive_that_others_could_enter_is_closed_again(sent: Path) -> None:
    settings().archive.mkdir(parents=True)
    settings().archive.chmod(0o755)
    keep(sent, HASH, sent.name)
    assert settings().archive.stat().st_mode & 0o777 == 0o700


def test_the_same_content_is_kept_once_and_never_written_again(sent: Path) -> None:
    place = keep(sent, HASH, sent.name)
    before = place.stat()
    copy = sent.with_name("副本.csv")
    copy.write_bytes(CONTENT)
    assert keep(copy, HASH, copy.name) == place
    after = place.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_in_the_archive_needs_no_source_any_more(sent: Path) -> None:
    place = keep(sent, HASH, sent.name)
    sent.unlink()
    assert keep(sent, HASH, sent.name) == keep(None, HASH, sent.name) == place


def test_a_file_that_changed_since_it_was_hashed_is_still_being_written(sent: Path) -> None:
    sent.write_bytes(CONTENT[:5])
    with pytest.raises(DeliveryError, match=r"^名单\.csv: 收取时文件还在变化;写完后下一夜再收$"):
        keep(sent, HASH, sent.name)
    assert archive_files() == []


def test_a_file_that_is_gone_is_a_sentence_and_leaves_nothing(sent: Path) -> None:
    sent.unlink()
    with pytest.raises(DeliveryError, match=r"^名单\.csv: 读不出来\(.+\);请核对文件和权限$"):
        keep(sent, HASH, sent.name)
    with pytest.raises(DeliveryError, match=r"^名单\.csv: 原件不在存档里;请重新报送$"):
        keep(None, HASH, sent.name)
    assert archive_files() == []


def test_what_arrives_is_the_owners_from_its_first_byte_and_gone_unless_it_is_settled(fresh_settings: Path) -> None:
    with arriving() as path:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent == settings().archive
        path.write_bytes(b"half")
    assert archive_files() == []
    with pytest.raises(ZeroDivisionError), arriving() as path:
        path.write_bytes(b"half")
        raise ZeroDivisionError
    assert archive_files() == []


def test_what_is_settled_moves_to_the_place_of_its_content(fresh_settings: Path) -> None:
    with arriving() as path:
        path.write_bytes(CONTENT)
        place = settle(path)
    assert archive_files() == [place] == [archived(HASH)]
    with arriving() as path:
        path.write_bytes(CONTENT)
        assert settle(path) == place
    assert archive_files() == [place]


def test_what_a_crash_left_half_written_is_not_in_the_way(fresh_settings: Path) -> None:
    with arriving() as path:
        name = path
    name.write_bytes(b"left by a run that died")
    with arriving() as path:
        assert path == name
        assert path.read_bytes() == b""


@pytest.mark.parametrize("content", [b"", b"a", CONTENT, bytes(range(256)) * 5000])
def test_the_name_of_a_content_is_its_sha_256(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert content_of(tmp_path / "x") == hashlib.sha256(content).hexdigest()
