"""The newest snapshot of a recovery, in a file beside the database.

It is made from committed records alone, is never needed, and is never believed blindly: it names
the code that folded it, the journal and the position, and has a checksum. Whoever finds anything
else folds the whole journal instead. It is replaced by renaming, so a crash leaves the old one.
"""

import fcntl
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

import actors
from actors.recovery import Recovery
from actors.snapshot import UnreadableSnapshot, decode, encode

MAGIC = b"cairn snapshot\n"

LENGTH_BYTES = 4
"""Of the number that says how long the header is."""

HEADER_BYTES_MAX = 4_096
"""A header is 200 bytes; what claims to be longer is none."""

SPARE_BYTES = 256 * 1024 * 1024
"""Room on the disk that a snapshot leaves to the journal: two million finds."""

FOLDING = ("domain/*.py", "applied.py", "recovery.py", "snapshot.py")
"""The code under `actors/` that decides what a recovery is."""


class SnapshotUnusable(Exception):
    """Recovery must fold everything; the message says why."""


class SnapshotFailed(Exception):
    """No snapshot was made; the old one, if any, still is there."""


class Header(Struct, frozen=True, array_like=True):
    """What a snapshot says about itself."""

    code: str
    """`code_digest` of who made it."""
    journal: str
    """`journal_key` at the position."""
    position: int
    size: int
    """Bytes that follow."""
    checksum: int
    """CRC-32 of them: against damage, not against somebody who may write to the file."""


_header_decoder = msgspec.msgpack.Decoder(Header)


@cache
def code_digest() -> str:
    """What changes whenever a recovery might be folded or encoded in another way.

    It goes by the text of the code: a new field changes it, and so does a rule that was mended.
    """
    root = Path(actors.__file__).parent
    digest = hashlib.sha256(msgspec.__version__.encode())
    for pattern in FOLDING:
        for file in sorted(root.glob(pattern)):
            digest.update(file.read_bytes())
    return digest.hexdigest()


class SnapshotFile:
    """`<database>.snapshot`. For its owner only: it holds what the database holds."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".snapshot")
        self._draft = self.path.with_name(self.path.name + ".partial")

    def exists(self) -> bool:
        """Whether there is a snapshot, usable or not."""
        return self.path.exists()

    def load(self, journal_key: Callable[[int], str | None]) -> Recovery:
        """The recovery that the snapshot holds.

        Args:
            journal_key: What the journal beside it has at a position, None when nothing.

        Raises:
            SnapshotUnusable: it is damaged, or not of this code and this journal.
        """
        try:
            with self.path.open("rb") as file:
                header = _read_header(file.read(len(MAGIC) + LENGTH_BYTES), file.read)
                if header.code != code_digest():
                    raise SnapshotUnusable("it is of another version of Cairn")
                if header.journal != journal_key(header.position):
                    raise SnapshotUnusable("it is of another journal")
                data = file.read()
        except OSError as error:
            raise SnapshotUnusable(f"it cannot be read: {error.strerror}") from error
        if len(data) != header.size or zlib.crc32(data) != header.checksum:
            raise SnapshotUnusable("it is damaged")
        return _decoded(data, header.position)

    def save(self, recovery: Recovery, journal_key: str) -> int:
        """Replace the snapshot; it is on the disk when this returns. Returns its bytes.

        Raises:
            SnapshotFailed: it is not there; another process makes one, or the disk has no room.
        """
        data = encode(recovery)
        position, checksum = recovery.last_position, zlib.crc32(data)
        header = msgspec.msgpack.encode(
            Header(code_digest(), journal_key, position, len(data), checksum)
        )
        try:
            self._check_room(len(data))
            with self._drafting() as descriptor:
                with os.fdopen(os.dup(descriptor), "wb") as file:
                    file.write(MAGIC + len(header).to_bytes(LENGTH_BYTES, "big") + header)
                    file.write(data)
                os.fsync(descriptor)
                self._draft.rename(self.path)
            _sync_directory(self.path.parent)
        except OSError as error:
            raise SnapshotFailed(f"the snapshot cannot be written: {error.strerror}") from error
        return len(data)

    def remove(self) -> None:
        """Leave no snapshot, nor what an interrupted writing left of one."""
        for path in (self.path, self._draft):
            with suppress(FileNotFoundError):
                path.unlink()
        _sync_directory(self.path.parent)

    def _check_room(self, size: int) -> None:
        disk = os.statvfs(self.path.parent)
        if disk.f_bavail * disk.f_frsize < size + SPARE_BYTES:
            raise SnapshotFailed("the disk has too little room for a snapshot")

    @contextmanager
    def _drafting(self) -> Iterator[int]:
        """A file that nobody else writes to; gone afterwards unless it was renamed."""
        descriptor = os.open(self._draft, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SnapshotFailed("another process makes a snapshot") from None
            self._check_is_draft(descriptor)
            try:
                os.fchmod(descriptor, 0o600)
                os.ftruncate(descriptor, 0)  # What an interrupted one left.
                yield descriptor
            finally:
                self._draft.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def _check_is_draft(self, descriptor: int) -> None:
        """Whoever waited a moment may have opened what has become the snapshot since."""
        with suppress(FileNotFoundError):
            if self._draft.stat().st_ino == os.fstat(descriptor).st_ino:
                return
        raise SnapshotFailed("another process has just made a snapshot")


def _read_header(start: bytes, read: Callable[[int], bytes]) -> Header:
    length = int.from_bytes(start[len(MAGIC) :], "big")
    if not start.startswith(MAGIC) or not 0 < length <= HEADER_BYTES_MAX:
        raise SnapshotUnusable("it is no snapshot")
    try:
        return _header_decoder.decode(read(length))
    except msgspec.DecodeError as error:
        raise SnapshotUnusable("it is damaged") from error


def _decoded(data: bytes, position: int) -> Recovery:
    try:
        recovery = decode(data)
    except UnreadableSnapshot as error:
        raise SnapshotUnusable(f"it cannot be read: {error}") from error
    if recovery.last_position != position:
        raise SnapshotUnusable("it is damaged")
    return recovery


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
