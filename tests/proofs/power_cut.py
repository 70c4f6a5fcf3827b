"""What a disk may hold after a power cut, made from the record of what was written to it.

Only what a finished flush covered is certain. Every 512-byte sector that was written since may
have reached the disk or not, each by itself and in any of the states that it was written in; so
may a changed length of the file, a new name and a removed one. Sectors of a flush that *failed*
stay uncertain for good, unless they are written again: the operating system takes them for clean.
"""

import random
from collections.abc import Iterator

from tests.proofs.tracing import Step, SyncBegun, SyncEnded, Truncate, Unlink, Write

SECTOR_BYTES = 512


class File:
    """One file: in the cache, on the disk, and what lies between the two."""

    def __init__(self) -> None:
        self.cache = bytearray()
        self.durable = bytearray()
        self.pending: list[tuple[int, bytes] | int] = []
        """Sectors with their content, and new lengths, in the order they were written."""
        self.limbo: dict[int, bytes] = {}
        """Sectors of a flush that failed."""
        self.is_named = False
        """Its name is on the disk."""
        self.was_removed = False

    def write(self, offset: int, data: bytes) -> None:
        end = offset + len(data)
        if len(self.cache) < end:
            self.cache.extend(bytes(end - len(self.cache)))
        self.cache[offset:end] = data
        first, last = offset // SECTOR_BYTES, (end - 1) // SECTOR_BYTES
        for sector in range(first, last + 1):
            start = sector * SECTOR_BYTES
            self.pending.append((sector, bytes(self.cache[start : start + SECTOR_BYTES])))

    def truncate(self, size: int) -> None:
        del self.cache[size:]
        self.cache.extend(bytes(size - len(self.cache)))
        self.pending.append(size)

    def flushed(self, count: int, is_done: bool) -> None:
        """A flush of the first `count` pending changes ended."""
        changes, self.pending = self.pending[:count], self.pending[count:]
        for change in changes:
            if isinstance(change, int):
                _resize(self.durable, change)
                beyond = [s for s in self.limbo if s * SECTOR_BYTES >= change]
                for sector in beyond:
                    del self.limbo[sector]
            elif is_done:
                _put(self.durable, *change)
                self.limbo.pop(change[0], None)
            else:
                self.limbo[change[0]] = change[1]

    def image(self, chance: random.Random, kept: float) -> bytearray:
        """What may be left, when a change survives with this probability."""
        left = bytearray(self.durable)
        for sector, data in self.limbo.items():
            if chance.random() < kept:
                _put(left, sector, data)
        shrinks = False
        for change in self.pending:
            if chance.random() >= kept:
                continue
            if isinstance(change, int):
                _resize(left, change)
                shrinks = True
            else:
                _put(left, *change)
        if not shrinks and len(left) > len(self.durable) and chance.random() < 0.25:
            del left[chance.randint(len(self.durable), len(left)) :]  # The length lags behind.
        return left


def _put(content: bytearray, sector: int, data: bytes) -> None:
    start = sector * SECTOR_BYTES
    if len(content) < start:
        content.extend(bytes(start - len(content)))
    content[start : start + len(data)] = data


def _resize(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


class Disk:
    """The files of a directory, as the record goes on."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.removed: dict[str, File] = {}
        """Files whose removal is not certain yet."""
        self._syncs: dict[str, dict[str, int]] = {}

    def take(self, step: Step) -> None:
        """One more step of the record."""
        match step:
            case Write(path=path, offset=offset, data=data):
                self._file(path).write(offset, data)
            case Truncate(path=path, size=size):
                self._file(path).truncate(size)
            case Unlink(path=path):
                if path in self.files:
                    self.removed[path] = self.files.pop(path)
            case SyncBegun(thread=thread):
                self._syncs[thread] = {name: len(file.pending) for name, file in self.files.items()}
            case SyncEnded(path=path, thread=thread, is_done=is_done):
                covered = self._syncs.pop(thread, {})
                if path in self.files:
                    self.files[path].flushed(covered.get(path, 0), is_done)
                elif is_done and any(name.startswith(path + "/") for name in self.files):
                    self._flush_names()

    def _file(self, path: str) -> File:
        if path not in self.files:
            self.files[path] = File()
        return self.files[path]

    def _flush_names(self) -> None:
        """The directory is on the disk."""
        for file in self.files.values():
            file.is_named = True
        self.removed.clear()

    def image(self, chance: random.Random) -> Iterator[tuple[str, bytearray]]:
        """Files that may be there after a cut now."""
        kept = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for path, file in self.files.items():
            if file.is_named or chance.random() < kept:
                yield path, file.image(chance, kept)
        for path, file in self.removed.items():
            if path not in self.files and chance.random() >= kept:
                yield path, file.image(chance, kept)
