#!/usr/bin/env python3
"""What a journaled claim costs at the least: echo servers made of Cairn's own parts, with no rule.

Each step sends back what came, as the bare echoes do, on Cairn's event loop, and does more than the
one before:

  frames   takes frames apart and puts them together as Cairn does, and writes once a turn
  wire     also reads the claim, and encodes the answer that Cairn would give
  journal  also has a find committed for every claim, as Cairn does, and notes which are saved

What Cairn takes beyond `journal` are its actors, its rules, sessions, and what it shows to others.
It prints its port and runs until it is told to stop.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

import uvloop
from websockets.http11 import Request
from websockets.server import ServerProtocol

from actors.domain.events import LocationFound
from actors.domain.ids import HuntId, PlayerId, SessionId, TeamId
from actors.journal import Journal
from actors.persistence import Committed, PersistenceActor, PersistenceReport
from scripts.bench_echo import BACKLOG, CONNECTIONS_MAX, HOST
from server.access import digest
from server.acks import Acks
from server.core import JournalWriter
from server.frame_reader import FrameReader
from server.framing import frame
from server.interpreter import calm_collector, switch_often
from server.limits import raise_descriptor_limit
from server.loop import LoopBridge, LoopDispatcher
from server.outbox import Flusher, Outbox
from server.protocol import FRAME_BYTES_MAX, JsonWire, MsgpackWire, Wire
from server.replies import Accepted, Saved
from server.requests import Claim, PlayerRequest
from server.store import SqliteStore

STEPS = ("frames", "wire", "journal")
"""What is done for each message, the cheapest first; each includes those before it."""

HUNT = HuntId("floor")

PENDING_MAX = 4_000
"""Records, two of the largest commits, that may wait for the disk. What waits is not measured, and an echo
takes so little that it would run away from its own journal."""

POINTS, BONUS, RANK, SCORE = 10, 5, 3, 1_000
"""Of every find: nothing decides here."""


class Floor:
    """One server: what its connections share."""

    def __init__(self, step: str, db: Path | None) -> None:
        """To be made where the event loop runs; `db` is the file of the step `journal`."""
        loop = asyncio.get_running_loop()
        self.dispatcher = LoopDispatcher(loop)
        self._bridge = LoopBridge(loop)
        self._writer = JournalWriter(self._bridge.call)
        self.journal = Journal(self._writer, 0, self.dispatcher)
        self.acks = Acks(self.dispatcher.call_later)
        self.journal.listen(self.acks.on_commit)
        self.flusher = Flusher(lambda flush: loop.call_soon(self._end_turn, flush))
        self.reads, self.commits = step != "frames", step == "journal"
        self.wires = {True: JsonWire(), False: MsgpackWire()}
        self.sessions = count(1)
        self.failure: str | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._waiting: list[asyncio.Transport] = []
        """Connections that are not read until the disk has caught up."""
        if self.commits:
            assert db is not None
            self._writer.ref = PersistenceActor.start(SqliteStore(db), self._on_report)

    def _end_turn(self, flush: Callable[[], None]) -> None:
        """As Cairn: the journal's writer has everything before an answer leaves."""
        self.journal.flush()
        flush()

    def _on_report(self, report: PersistenceReport) -> None:
        """In the persistence actor's thread."""
        if isinstance(report, Committed):
            self._bridge.call(partial(self._tell_committed, report.position))
        else:
            self._bridge.call(partial(self.fail, report.message))

    def fail(self, message: str) -> None:
        """What is measured from now on would be another thing: end."""
        self.failure = self.failure or message
        self.on_failure()

    def _tell_committed(self, position: int) -> None:
        if self.journal.committed(position):
            self.dispatcher.call_soon(partial(self._tell_committed, position))
        if self._waiting and self.journal.pending < PENDING_MAX // 2:
            waiting, self._waiting = self._waiting, []
            for transport in waiting:
                if not transport.is_closing():
                    transport.resume_reading()

    def hold_back(self, transport: asyncio.Transport) -> None:
        """Read no more of a connection while the disk is behind."""
        if self.journal.pending >= PENDING_MAX:
            transport.pause_reading()
            self._waiting.append(transport)

    def stop(self) -> None:
        """Have everything committed."""
        if self._writer.ref is not None:
            self._writer.ref.stop()


class FloorConnection(FrameReader, asyncio.Protocol):
    """One client."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(FRAME_BYTES_MAX)
        self._floor = floor
        self._handshake: ServerProtocol | None = ServerProtocol()
        self._outbox = Outbox(self, floor.flusher)
        name = str(next(floor.sessions))
        self._team, self._session = TeamId("team-" + name), SessionId(digest(name))
        self._player = PlayerId("player")
        self._n = self._saved = self._saved_sent = 0
        self._is_saved_due = False
        self._wire: Wire = floor.wires[True]
        self.can_write = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance.

    def data_received(self, data: bytes) -> None:
        """Take bytes: of the handshake, then of frames."""
        if self._handshake is None:
            while self.feed(data):
                data = b""
            self._floor.hold_back(self._transport)
            return
        self._handshake.receive_data(data)
        for event in self._handshake.events_received():
            if isinstance(event, Request):
                self._handshake.send_response(self._handshake.accept(event))
        self._transport.write(b"".join(self._handshake.data_to_send()))
        self._handshake = None

    def on_message(self, payload: bytes, is_text: bool) -> None:
        """Do what the step says, then send back what came."""
        floor = self._floor
        if floor.reads:
            self._wire = floor.wires[is_text]
            self._claim(self._wire.player(payload))
        self._outbox.put(frame(payload, is_text))

    def _claim(self, claim: PlayerRequest) -> None:
        assert isinstance(claim, Claim)
        self._n += 1
        now, saved = self._floor.dispatcher.now(), None
        if self._floor.commits:
            self._append(claim, now)
        if self._saved > self._saved_sent:
            saved = self._saved_sent = self._saved
        # Not what is sent: the load wants its own words back.
        answer = Accepted(self._n, POINTS + BONUS, BONUS, RANK, SCORE, (), now, saved=saved)
        self._wire.encode(answer)

    def _append(self, claim: Claim, now: float) -> None:
        floor = self._floor
        event = LocationFound(self._team, claim.location, self._player, POINTS, BONUS, RANK)
        record = floor.journal.draft(HUNT, now, event, self._session, self._n)
        floor.journal.append(record)
        floor.acks.add(record.position, self, self._n)

    def pass_on(self, data: bytes) -> None:  # noqa: ARG002
        """Anything but a short whole message ends the connection: no load sends it."""
        self._transport.close()

    def write(self, data: bytes) -> None:
        """The outbox's bytes."""
        self._transport.write(data)

    def note_saved(self, n: int) -> bool:
        """As a session does."""
        if n <= self._saved:
            return False
        self._saved = n
        is_new, self._is_saved_due = not self._is_saved_due, True
        return is_new

    def send_saved(self) -> None:
        """As a session does, but for the sending: the load would not know what it is."""
        self._is_saved_due = False
        if self._saved > self._saved_sent:
            self._saved_sent = self._saved
            frame(self._wire.encode(Saved(self._saved)), self._wire.is_text)


async def main(step: str, db: Path | None) -> str | None:
    """Run until a signal comes; what went wrong, if anything did."""
    raise_descriptor_limit(CONNECTIONS_MAX)
    switch_often()
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    floor = Floor(step, db)
    floor.on_failure = stopping.set
    server = await loop.create_server(lambda: FloorConnection(floor), HOST, 0, backlog=BACKLOG)
    print(f"{step} listens on http://{HOST}:{next(iter(server.sockets)).getsockname()[1]}/")
    sys.stdout.flush()
    calm_collector()
    await stopping.wait()
    server.close()
    floor.stop()
    return floor.failure


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    shape = argparse.RawDescriptionHelpFormatter
    result = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    result.add_argument("step", choices=STEPS, help="what is done for each message")
    result.add_argument("--db", type=Path, help="where `journal` keeps its database")
    return result


if __name__ == "__main__":
    options = parser().parse_args()
    if options.step == "journal" and options.db is None:
        sys.exit("Say with --db where the step `journal` may keep its database.")
    sys.exit(uvloop.run(main(options.step, options.db)))
