"""One server per database file, by a lock that the kernel drops when the process ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path


class FileLocked(Exception):
    """Another process holds the lock; the message names it."""


class FileLock:
    """An exclusive lock on `<path>.lock`.

    The lock file is never removed: a server that starts while it vanishes would lock a file that
    no other can see. After a crash it stays behind, unlocked, and does no harm.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock; without effect when it is held already by this object.

        Raises:
            FileLocked: when another server, or another `FileLock`, has it.
            OSError: when the lock file cannot be written.
        """
        if self._descriptor is not None:
            return
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise FileLocked(
                f"Another Cairn server uses this file (process {holder}). "
                "Stop it, or give this server another file with --db."
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        # Who holds it is only told to people: on a full disk the lock has to do without.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let others have the lock; without effect when it is not held."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        # A full disk may refuse to empty the file; the lock goes with the descriptor anyway.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
        os.close(descriptor)
