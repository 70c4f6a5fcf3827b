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
from server.acks import Acks
from server.core import JournalWriter
from server.frame_reader import FrameReader
from server.framing import frame
from server.limits import raise_descriptor_limit
from server.loop import LoopBridge, LoopDispatcher
from server.outbox import Flusher, Outbox
from server.protocol import FRAME_BYTES_MAX, JsonWire, MsgpackWire
from server.replies import Accepted
from server.requests import Claim
from server.store import SqliteStore

STEPS = ("frames", "wire", "journal")
"""What is done for each message, the cheapest first; each includes those before it."""

HUNT = HuntId("floor")

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
            print(report.message, file=sys.stderr)

    def _tell_committed(self, position: int) -> None:
        if self.journal.committed(position):
            self.dispatcher.call_soon(partial(self._tell_committed, position))

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
        self._team, self._session = TeamId("team-" + name), SessionId("session-" + name)
        self._player = PlayerId("player")
        self._n = self._saved = 0
        self.can_write = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance.

    def data_received(self, data: bytes) -> None:
        """Take bytes: of the handshake, then of frames."""
        if self._handshake is None:
            while self.feed(data):
                data = b""
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
            wire = floor.wires[is_text]
            claim = wire.player(payload)
            assert isinstance(claim, Claim)
            self._n += 1
            now = floor.dispatcher.now()
            if floor.commits:
                self._append(claim, now)
            # Not what is sent: the load wants its own words back.
            answer = Accepted(
                self._n, POINTS + BONUS, BONUS, RANK, SCORE, (), now, saved=self._saved
            )
            frame(wire.encode(answer), is_text)
        self._outbox.put(frame(payload, is_text))

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
        """As a session that finds an answer to tell it with."""
        self._saved = n
        return False

    def send_saved(self) -> None:
        """Never asked for."""


async def main(step: str, db: Path | None) -> None:
    """Run until a signal comes."""
    raise_descriptor_limit(CONNECTIONS_MAX)
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    floor = Floor(step, db)
    server = await loop.create_server(lambda: FloorConnection(floor), HOST, 0, backlog=BACKLOG)
    print(f"{step} listens on http://{HOST}:{next(iter(server.sockets)).getsockname()[1]}/")
    sys.stdout.flush()
    await stopping.wait()
    server.close()
    floor.stop()


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
    uvloop.run(main(options.step, options.db))
