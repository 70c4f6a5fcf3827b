"""A run's fingerprint: two runs with the same trace did the same things in the same order."""

import hashlib

PORTION = 4_096
"""Notes hashed at a time; it only makes hashing cheap."""


class Trace:
    """A running hash over everything that happened."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self._notes: list[bytes] = []

    def note(self, what: bytes) -> None:
        """Something happened."""
        self._notes.append(what)
        if len(self._notes) >= PORTION:
            self._fold()

    def digest(self) -> str:
        """The fingerprint so far, in hex."""
        self._fold()
        return self._hash.copy().hexdigest()

    def _fold(self) -> None:
        self._hash.update(b"\n".join(self._notes))
        self._notes.clear()
