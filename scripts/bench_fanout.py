"""`bench.py fanout`: an announcement to everybody, beside a bare loop of the same writes."""

import argparse
import asyncio
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from scripts.bench_children import (
    GM_TOKEN,
    ROOT,
    Child,
    cairn,
    compiled,
    cores,
    on_core,
    running,
)
from scripts.bench_claims import HUNT, seed_hunt, start_hunt
from scripts.bench_command import (
    Benchmark,
    Column,
    Summary,
    Tell,
    correct,
    count_to,
    ratio,
    target,
)
from scripts.bench_connections import plan
from scripts.bench_panels import Bars, bars, share_of
from scripts.load import RECEIVE_BYTES, Load
from scripts.load_connection import SOCKET_S, LoadFailed, Measured, shake_hands
from scripts.load_figures import percentile
from scripts.load_frames import PING, PONG, Claims, JsonEncoding, masked
from server.limits import raise_descriptor_limit

TEXT = """\
So many players join a hunt, each in a team of its own. A game master announces something to all of
them, again and again; counted is the time from sending the announcement until the last player has
it. Meanwhile players claim locations at planned times, and their answers are timed as well.

Beside it, in the same run on the same core, a bare loop that does nothing but write a message of
the same size to as many connections: in C where there is a compiler (cc or gcc), else in Python.
The load generator reads all of them in one thread on another core: where it is the limit, it is so
for both, and the ratio is nearer to 1 than the servers are to each other.
"""

LOOP_RATIO_MAX = 1.4
"""How many times the bare loop's time the announcement may take."""

CLAIMS_P99_MS_MAX = 25.0

PAUSE_S = 0.5
"""Seconds from one announcement to the next, in which everything calms down."""

PATIENCE_S = 20.0

LOCATIONS = 200
"""More than any player finds meanwhile."""

TEXT_SAID = "A thunderstorm is coming. Please go inside, wherever you are, until we say more."

COLUMNS = (
    Column("what", "what"),
    Column("phones", "phones", ",d"),
    Column("rounds", "rounds", ",d"),
    Column("median_ms", "last one reached, ms", ",.1f"),
    Column("worst_ms", "worst, ms", ",.1f"),
    Column("claims", "claims", ",d"),
    Column("claims_p99_ms", "claims' p99, ms", ",.2f"),
)


class Crowd(Load):
    """Players who claim at planned times while somebody tells all of them something."""

    staff: socket.socket | None = None
    """Of whoever tells; what comes there is read and dropped, or the server would hang up."""
    told = b""
    """The last that came there."""

    def announcements(
        self, say: Callable[[int], None], rounds: int, claims_per_s: float
    ) -> tuple[list[float], Measured]:
        """Let `say` speak so many times; the seconds until all had heard, and the claims.

        Raises:
            LoadFailed: somebody did not hear it.
        """
        self.awaited = b"an"
        took_s = []
        with self._measuring() as measured:
            self._started, self._planned = time.perf_counter(), 0
            for number in range(rounds):
                self.heard.clear()
                said = time.perf_counter()
                say(number)
                while len(self.heard) < len(self._connections):
                    if time.perf_counter() > said + PATIENCE_S:
                        raise LoadFailed(f"only {len(self.heard)} heard an announcement")
                    self._claim_and_read(claims_per_s)
                took_s.append(self.heard[-1] - said)
                until = time.perf_counter() + PAUSE_S
                while time.perf_counter() < until:
                    self._claim_and_read(claims_per_s)
            measured.drain_s = self._drain() if claims_per_s else 0.0
        return took_s, measured

    def adopt(self, sock: socket.socket) -> None:
        """Take over a connection without a handshake."""
        self._add(sock, 0)

    def _claim_and_read(self, per_s: float) -> None:
        now = time.perf_counter()
        wait_s = 0.01
        if per_s:
            while (planned := self._started + self._planned / per_s) <= now:
                self._send(self._connections[self._planned % len(self._connections)], 1, planned)
                self._planned += 1
            wait_s = max(0.0, planned - time.perf_counter())
        self._pump(wait_s, 0.0)

    def _pump(self, wait_s: float, refill_until: float) -> bool:
        if self.staff is not None:
            with suppress(BlockingIOError):
                while said := self.staff.recv(RECEIVE_BYTES):
                    self.told = said
                    # At no hunt's console only headers of frames are no ASCII.
                    if (ping := said.find(PING)) >= 0:
                        data = said[ping + 2 : ping + 2 + said[ping + 1]]
                        self.staff.sendall(masked(PONG, data))
                raise LoadFailed(f"the game master's connection was closed: {self.told[-100:]!r}")
        return super()._pump(wait_s, refill_until)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fanout`."""
    text = "default: %(default)s"
    parser.add_argument("--phones", type=count_to(10_000), default=5_000, metavar="N", help=text)
    parser.add_argument("--rounds", type=count_to(100), default=15, metavar="N", help=text)
    parser.add_argument(
        "--rate", type=count_to(5_000), default=500, help=f"claims/s meanwhile; {text}"
    )


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure once.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    phones, rounds, rate = options.phones, options.rounds, options.rate
    if options.quick:
        phones, rounds, rate = min(phones, 100), min(rounds, 3), min(rate, 50)
    raise_descriptor_limit(phones + 10)
    with on_core(cores()[1]), tempfile.TemporaryDirectory(dir=options.folder) as name:
        tell("Cairn", 0.0)
        row, size = _cairn(Path(name), phones, rounds, rate)
        tell("A bare loop", 0.6)
        rows = [row, _loop(Path(name), phones, rounds, size)]
    one, other = (row["median_ms"] for row in rows)
    return {
        "message_bytes": size,
        "rows": rows,
        "targets": [
            target("Cairn / the bare loop", ratio(one, other), 0, LOOP_RATIO_MAX),
            target("claims' p99, ms, absolute", row["claims_p99_ms"], 0, CLAIMS_P99_MS_MAX),
        ],
        "correct": correct(
            row["refused"] == 0,
            f"Every one of {phones:,} phones had each announcement, {row['refused']} claims refused.",
        ),
    }


def _cairn(folder: Path, phones: int, rounds: int, rate: int) -> tuple[Summary, int]:
    """The row, and the bytes of an announcement on the wire."""
    with cairn(folder) as child:
        with gathered(child, phones) as (load, say):
            took_s, measured = load.announcements(say, rounds, rate)
        child.kill()  # Nothing is looked up in its database, and 5,000 farewells take a while.
    answers = sorted(measured.answer_s)
    p99_s = percentile(answers, 0.99)
    row = _row("cairn", phones, took_s) | {
        "claims": len(answers),
        "claims_p99_ms": None if p99_s is None else 1_000 * p99_s,
        "refused": measured.refused,
    }
    return row, _frame_bytes()


@contextmanager
def gathered(child: Child, phones: int) -> Iterator[tuple[Crowd, Callable[[int], None]]]:
    """So many phones at a server of Cairn, and how to announce something to them, numbered from 0."""
    encoding = JsonEncoding()
    url = f"ws://{child.address[0]}:{child.address[1]}"
    codes = asyncio.run(seed_hunt(url, plan(phones, LOCATIONS)))
    asyncio.run(start_hunt(url))
    with Crowd(child.address, encoding, Claims(encoding, LOCATIONS)) as load:
        load.connect(codes, "/ws", lambda: None)
        with closing(shake_hands(child.address, "/ws", encoding.subprotocol)) as staff:
            staff.setblocking(False)  # With a timeout, Python waits for what comes.
            load.staff = staff
            # At no hunt's console: what one is shown of 5,000 teams is not measured here.
            _say(staff, {"t": "gm", "token": GM_TOKEN})
            _announce(staff, 1)  # Before anything is measured.
            load.quieten()
            yield load, lambda number: _announce(staff, number + 2)


def _frame_bytes() -> int:
    """Bytes of the announcement as phones get it."""
    body = {"id": 1, "text": TEXT_SAID, "to": None, "level": "urgent", "at": 1_795_425_810.1234567}
    text = json.dumps({"t": "announcement", "announcement": body}, separators=(",", ":"))
    return len(text) + 4  # The header of a frame of this length.


def _announce(staff: socket.socket, n: int) -> None:
    said = {"t": "announce", "n": n, "hunt": HUNT, "text": TEXT_SAID, "to": "all"}
    _say(staff, said | {"level": "urgent"})


def _say(staff: socket.socket, message: Summary) -> None:
    encoding = JsonEncoding()
    staff.sendall(masked(encoding.opcode, json.dumps(message).encode()))


def _loop(folder: Path, phones: int, rounds: int, size: int) -> Summary:
    encoding = JsonEncoding()
    with _yardstick(folder, phones, size) as (name, child):
        with Crowd(child.address, encoding, Claims(encoding, 1)) as load:
            for _ in range(phones):
                load.adopt(socket.create_connection(child.address, timeout=SOCKET_S))
            with closing(socket.create_connection(child.address, timeout=SOCKET_S)) as wishes:
                took_s, _ = load.announcements(lambda _: wishes.sendall(b"!"), rounds, 0)
        child.kill()
    return _row(name, phones, took_s)


@contextmanager
def _yardstick(folder: Path, phones: int, size: int) -> Iterator[tuple[str, Child]]:
    name, command = (
        "bare loop, Python",
        [sys.executable, str(ROOT / "scripts/bench_fanout_loop.py")],
    )
    if (program := compiled("bench_fanout.c", folder)) is not None:
        name, command = "bare loop, C", [str(program)]
    with running([*command, str(phones), str(size)], os.environ, folder / "loop.log") as child:
        yield name, child


def _row(what: str, phones: int, took_s: list[float]) -> Summary:
    return {
        "what": what,
        "phones": phones,
        "rounds": len(took_s),
        "median_ms": 1_000 * statistics.median(took_s),
        "worst_ms": 1_000 * max(took_s),
    }


def panels(summary: Summary) -> list[Bars]:
    """When the last phone has an announcement: as a rule, and at worst."""
    rows = summary["rows"]
    phones = f"{rows[0]['phones']:,} phones"
    most = share_of(rows, "median_ms", -1, LOOP_RATIO_MAX, f"target: {LOOP_RATIO_MAX:g} bare loops")
    title = f"An announcement reaches the last of {phones} (median)"
    return [
        bars(rows, "median_ms", title, "ms", line=most),
        bars(rows, "worst_ms", "The slowest round", "ms"),
    ]


FANOUT = Benchmark(
    "fanout",
    "an announcement to thousands of phones",
    TEXT,
    "An announcement to all, beside a bare loop of the same writes",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)
