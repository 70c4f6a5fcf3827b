"""T3: the write-ahead log cut at every byte, and bits of it turned over."""

import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from actors.domain.events import HuntSeeded, Record, TeamSpoke
from actors.domain.ids import PlayerId, SessionId
from server.schema import StoreUnusable
from server.store import SqliteStore
from tests.domain.given import HUNT, OTTERS, given_plan
from tests.integration.states import fold
from tests.proofs.ledger import Proof
from tests.proofs.test_power_cut import memory

pytestmark = pytest.mark.proof

BATCH = 3
FLIP_EVERY_BYTES = 37
FRAME_BYTES, LOG_HEADER_BYTES = 4_120, 32
"""Of SQLite's log (sqlite.org/fileformat2.html, 4.1)."""

NEAR_BYTES = 2
"""How far around the end of every frame each byte is tried, whatever the stride."""


class HalvesStore(SqliteStore):
    """The planted fault: two transactions for a batch."""

    def commit(self, batch: Sequence[Record]) -> None:
        super().commit(batch[:1])
        super().commit(batch[1:])


class Log(Struct):
    """A closed file, a log that belongs on top of it, and what each length of it holds."""

    file: bytes
    log: bytes
    ends: list[int]
    """Bytes of the log at the end of each batch, the empty log included."""
    records: list[Record]


def record(position: int) -> Record:
    if position == 1:
        return Record(1, HUNT, 1.0, HuntSeeded(given_plan()))
    said = TeamSpoke(OTTERS, PlayerId("ada"), f"hello {position}")
    return Record(position, HUNT, float(position), said, SessionId("a" * 32), position)


def make_log(folder: Path, batches: int, kind: Callable[[Path], SqliteStore]) -> Log:
    """Commit some batches; the files as they are before the log is moved."""
    path = folder / "made.db"
    empty = SqliteStore(path)
    empty.open()
    empty.close()
    store, log, ends, records = kind(path), folder / "made.db-wal", [0], list[Record]()
    store.open()
    for batch in range(batches):
        some = [record(batch * BATCH + number) for number in range(1, BATCH + 1)]
        store.commit(some)
        records += some
        ends.append(log.stat().st_size)
    made = Log(path.read_bytes(), log.read_bytes(), ends, records)
    store.close()
    return made


def fault_of(folder: Path, made: Log, log: bytes, whole_bytes: int) -> str | None:
    """Start on this log; it must give exactly the batches within its first bytes."""
    (folder / "cut.db").write_bytes(made.file)
    (folder / "cut.db-wal").write_bytes(log)
    store = SqliteStore(folder / "cut.db")
    try:
        store.open()
        found = list(store.recover())
        fold(found)
    except StoreUnusable as error:
        return f"the server would not start: {error}"
    finally:
        store.close()
    expected = (bisect_right(made.ends, whole_bytes) - 1) * BATCH
    if found != made.records[:expected]:
        return f"{len(found)} records instead of {expected}"
    return None


def cuts(made: Log, stride: int) -> Iterator[int]:
    """Lengths to try: every so many bytes, and all about the end of every frame."""
    size = len(made.log)
    near = {
        end + off
        for end in range(LOG_HEADER_BYTES, size + 1, FRAME_BYTES)
        for off in range(-NEAR_BYTES, NEAR_BYTES + 1)
    }
    yield from sorted({*range(0, size + 1, stride), *(cut for cut in near if cut <= size), size})


def frame_start(offset: int) -> int:
    """Where the frame begins that holds this byte; nothing is whole without the header."""
    if offset < LOG_HEADER_BYTES:
        return 0
    return offset - (offset - LOG_HEADER_BYTES) % FRAME_BYTES


def test_t3_a_log_cut_or_spoilt_anywhere_gives_the_commits_before(proof: Proof) -> None:
    proof.claims(
        "T3 log cut",
        "the write-ahead log cut at any byte, or a bit of it turned over: a start finds exactly "
        "the commits that are whole before that place",
    )
    with tempfile.TemporaryDirectory(dir=memory()) as scratch:
        folder = Path(scratch)
        made = make_log(folder, proof.size(ci=5, long=20), SqliteStore)
        stride = proof.size(ci=3, long=1)
        for cut in cuts(made, stride):
            fault = fault_of(folder, made, made.log[:cut], cut)
            proof.expect(fault is None, f"cut at {cut}: {fault}")
            proof.tried()
        for offset in range(0, len(made.log), FLIP_EVERY_BYTES):
            spoilt = bytearray(made.log)
            spoilt[offset] ^= 1 << offset % 8
            fault = fault_of(folder, made, bytes(spoilt), frame_start(offset))
            proof.expect(fault is None, f"bit turned at {offset}: {fault}")
            proof.tried()
        proof.figure(
            f"a log of {len(made.log):,} bytes and {len(made.ends) - 1} commits, cut every "
            f"{stride} bytes and about each frame's end, a bit turned every {FLIP_EVERY_BYTES}"
        )
        shutil.rmtree(folder / "halves", ignore_errors=True)
        (folder / "halves").mkdir()
        halves = make_log(folder / "halves", 3, HalvesStore)
        bad = sum(
            fault_of(folder, halves, halves.log[:cut], cut) is not None
            for cut in cuts(halves, FRAME_BYTES)
        )
        proof.bites("two transactions for a batch: half a batch survives a cut", bad > 0)
