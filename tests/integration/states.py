"""Looking behind the scenes: what the journal holds, and what actors hold."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from actors.dispatch import mailbox_of
from actors.domain.events import Record
from actors.domain.ids import HuntId
from actors.messages import Ref
from actors.recovery import Recovery
from server.store import SqliteStore
from tests.integration.clients import PATIENCE_S, Message


def read_journal(db: Path) -> list[Record]:
    """Every record that a restart would find. Reads a copy, so that the server's own recovery
    after a kill still meets the file as the kill left it."""
    with tempfile.TemporaryDirectory() as scratch:
        for suffix in ("", "-wal"):
            source = db.with_name(db.name + suffix)
            if source.exists():
                shutil.copy(source, scratch)
        store = SqliteStore(Path(scratch) / db.name)
        store.open()
        try:
            return list(store.recover())
        finally:
            store.close()


def fold(records: Sequence[Record]) -> Recovery:
    """The state that these records stand for."""
    recovery = Recovery()
    for record in records:
        recovery.take(record)
    return recovery


def leaderboard_of(records: Sequence[Record], hunt: str) -> list[Message]:
    """The public leaderboard, as clients see it."""
    return plain(fold(records).hunts[HuntId(hunt)].image.board.rows(public=True))  # type: ignore[no-any-return]


def plain(value: object) -> Any:
    """A value as it looks after a journey over the wire."""
    return msgspec.json.decode(msgspec.json.encode(value))


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until something inside an in-process server has happened."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the server's own code sets no event for tests.
            await asyncio.sleep(0)


def state_of(ref: Ref) -> Any:
    """The state of an in-process server's actor, as it is now."""
    return mailbox_of(ref).owner.state  # type: ignore[union-attr]
