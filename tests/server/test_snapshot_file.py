"""The file with a snapshot: what is believed of it, and what becomes of it when writing fails."""

import fcntl
import os
import resource
import stat
from pathlib import Path

import pytest

import actors
from server import snapshot_file
from server.snapshot_file import SnapshotFailed, SnapshotFile, SnapshotUnusable, code_digest
from tests.server.saved_hunt import folded, is_same

KEY = "of this journal"


@pytest.fixture
def file(tmp_path: Path) -> SnapshotFile:
    file = SnapshotFile(tmp_path / "cairn.db")
    file.save(folded(20), KEY)
    return file


def key_of(position: int) -> str | None:
    return KEY if position <= 20 else None


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_what_was_saved_is_loaded(file: SnapshotFile, tmp_path: Path) -> None:
    assert is_same(file.load(key_of), 20)
    assert names(tmp_path) == ["cairn.db.snapshot"]


def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file = SnapshotFile(tmp_path / "cairn.db")
        file.save(folded(3), KEY)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_new_one_replaces_the_old(file: SnapshotFile) -> None:
    file.save(folded(15), KEY)
    assert is_same(file.load(key_of), 15)


@pytest.mark.parametrize("key", [None, "of another journal"])
def test_one_that_is_ahead_of_the_journal_or_of_another_is_not_used(
    file: SnapshotFile, key: str | None
) -> None:
    with pytest.raises(SnapshotUnusable, match="another journal"):
        file.load(lambda _: key)


def test_one_that_other_code_made_is_not_used(
    file: SnapshotFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_file, "code_digest", lambda: "of tomorrow")
    with pytest.raises(SnapshotUnusable, match="another version"):
        file.load(key_of)


def test_the_code_is_known_by_every_file_that_folds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(str(actors.__file__)).parent
    digests = set()
    for name in ("", "domain/team_state.py", "domain/location.py", "applied.py", "recovery.py"):
        copy = tmp_path / (name.replace("/", "-") or "as it is")
        for pattern in snapshot_file.FOLDING:
            for source in root.glob(pattern):
                target = copy / source.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                more = b"\n" if str(source.relative_to(root)) == name else b""
                target.write_bytes(source.read_bytes() + more)
        monkeypatch.setattr(actors, "__file__", str(copy / "__init__.py"))
        digests.add(code_digest.__wrapped__())
    assert len(digests) == 5
    assert code_digest() in digests


def test_damage_anywhere_is_noticed(file: SnapshotFile) -> None:
    whole = file.path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 200)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x20
        file.path.write_bytes(damaged)
        with pytest.raises(SnapshotUnusable):
            file.load(key_of)
    for length in range(0, len(whole), max(1, len(whole) // 50)):
        file.path.write_bytes(whole[:length])
        with pytest.raises(SnapshotUnusable):
            file.load(key_of)


def test_a_missing_or_unreadable_one_is_not_used(tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "cairn.db")
    with pytest.raises(SnapshotUnusable, match="cannot be read"):
        file.load(key_of)
    file.path.mkdir()
    with pytest.raises(SnapshotUnusable, match="cannot be read"):
        file.load(key_of)


def test_a_writing_that_fails_leaves_the_old_one(file: SnapshotFile, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    try:
        with pytest.raises(SnapshotFailed, match="cannot be written"):
            file.save(folded(19), KEY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert is_same(file.load(key_of), 20)
    assert names(tmp_path) == ["cairn.db.snapshot"]


def test_a_crash_before_the_renaming_leaves_the_old_one(
    file: SnapshotFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = os.fork()
    if not child:
        monkeypatch.setattr(os, "fsync", lambda _: os._exit(7))
        file.save(folded(19), KEY)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert names(tmp_path) == ["cairn.db.snapshot", "cairn.db.snapshot.partial"]
    assert is_same(file.load(key_of), 20)
    file.save(folded(18), KEY)
    assert is_same(file.load(key_of), 18)
    assert names(tmp_path) == ["cairn.db.snapshot"]


def test_two_processes_do_not_write_at_once(file: SnapshotFile) -> None:
    with (file.path.parent / "cairn.db.snapshot.partial").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SnapshotFailed, match="another process"):
            file.save(folded(19), KEY)
    assert is_same(file.load(key_of), 20)


def test_what_has_become_the_snapshot_meanwhile_is_not_written_to(
    file: SnapshotFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = file.path.with_name("cairn.db.snapshot.partial")
    draft.write_bytes(b"")
    monkeypatch.setattr(fcntl, "flock", lambda *_: draft.rename(file.path))
    with pytest.raises(SnapshotFailed, match="just made"):
        file.save(folded(19), KEY)


def test_the_last_room_on_the_disk_is_the_journals(
    file: SnapshotFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_file, "SPARE_BYTES", 1 << 62)
    with pytest.raises(SnapshotFailed, match="too little room"):
        file.save(folded(19), KEY)
    assert is_same(file.load(key_of), 20)


def test_removing_leaves_nothing(file: SnapshotFile, tmp_path: Path) -> None:
    (tmp_path / "cairn.db.snapshot.partial").write_bytes(b"half of one")
    file.remove()
    file.remove()
    assert names(tmp_path) == []
