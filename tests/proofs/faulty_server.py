"""`python -m server` with something planted: `python -m tests.proofs.faulty_server WHAT FLAGS…`.

A proof that cannot fail proves nothing. Each fault here is one that a server could really have,
and the proofs must find it with the same checks as they make of the real one.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from actors.domain.events import Record
from actors.domain.ids import HuntId
from actors.persistence import CommitFailed, Committed, JournalStore
from server import __main__ as command
from server.app import App
from server.config import Config
from server.core import JournalWriter
from server.store import SqliteStore


class Wrapped:
    """The real store, to be bent in one place."""

    def __init__(self, store: JournalStore) -> None:
        assert isinstance(store, SqliteStore)
        self.store = store

    def open(self) -> None:
        self.store.open()

    def commit(self, batch: Sequence[Record]) -> None:
        self.store.commit(batch)

    def read_hunt(self, hunt: HuntId) -> list[Record]:
        return self.store.read_hunt(hunt)

    def close(self) -> None:
        self.store.close()

    def configure(self, pragma: str) -> None:
        """Set something on the store's own connection."""
        self.store._connection.execute(f"PRAGMA {pragma}").fetchone()


class Early(Wrapped):
    """Says that a batch is saved while it is still in memory: answer before append."""

    held: Sequence[Record] = ()

    def commit(self, batch: Sequence[Record]) -> None:
        self.store.commit(self.held)
        self.held = batch

    def close(self) -> None:
        self.store.commit(self.held)
        self.store.close()


class Normal(Wrapped):
    """`synchronous=NORMAL`, as most advice has it: a commit is not flushed."""

    def open(self) -> None:
        self.store.open()
        self.configure("synchronous = NORMAL")


class Often(Wrapped):
    """No fault: a log that is moved into the file every few commits, to meet that in between."""

    def open(self) -> None:
        self.store.open()
        self.configure("wal_autocheckpoint = 40")


class NormalOften(Often):
    """Both."""

    def open(self) -> None:
        super().open()
        self.configure("synchronous = NORMAL")


class Deaf(Wrapped):
    """Takes a failed commit for a successful one."""

    def commit(self, batch: Sequence[Record]) -> None:
        try:
            self.store.commit(batch)
        except CommitFailed:
            self.store._last_position = batch[-1].position


class LoopWriter(JournalWriter):
    """Commits on the event loop: every answer waits for the disk."""

    def __init__(self, store: JournalStore, call_back: Callable[[Callable[[], None]], None]):
        super().__init__(call_back)
        self._store = store
        self._report = call_back
        self.app: Any = None

    def append(self, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        self._store.commit(records)
        report = Committed(records[-1].position, time.perf_counter() - started, len(records))
        self._report(lambda: self.app.core.take_report(report))


class LoopApp(App):
    """Wired to that writer."""

    def _start_actors(self) -> None:
        super()._start_actors()
        writer = LoopWriter(self._store, self._bridge.call)
        writer.app, writer.ref = self, self._writer.ref
        self.core.journal._writer = writer


def slow(seconds: float) -> type[Wrapped]:
    """Early, on a disk that takes so long for a commit."""

    class SlowEarly(Early):
        def commit(self, batch: Sequence[Record]) -> None:
            time.sleep(seconds)  # The slow disk.
            super().commit(batch)

    return SlowEarly


VARIANTS: dict[str, type[Wrapped]] = {
    "early": Early,
    "slow-early": slow(0.03),
    "normal": Normal,
    "often": Often,
    "normal-often": NormalOften,
    "deaf": Deaf,
}


def main(arguments: Sequence[str]) -> int:
    what = arguments[0]

    def make_app(config: Config) -> App:
        if what == "on-loop":
            return LoopApp(config)
        return App(config, VARIANTS[what])

    return command.main(arguments[1:], make_app)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
