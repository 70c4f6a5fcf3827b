"""A load generator: raw sockets, one epoll, frames made beforehand, answers counted by header.

It asks as little of its core as Python allows, so that it is the server that gets busy first. It
knows just enough of the protocol: every connection is a player of a team of its own, and claims
one location after the other, each of which must be accepted. For other loads an external
generator does as well: the protocol is plain.
"""

import gc
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from scripts.load_connection import Connection, LoadFailed, Measured, shake_hands
from scripts.load_frames import PING, PONG, Claims, Encoding, masked

RECEIVE_BYTES = 16_384
"""Bytes read at once: many answers, while a buffer that large is still cheap to allocate."""

DRAIN_S = 15.0
"""Seconds that answers, and their `saved`, may take after the last claim."""

QUIET_S = 0.5
"""Seconds without a message after which the server counts as idle."""

OFFSET = 7_919
"""Locations between the first ones of two teams: a prime, so that teams spread over the map."""

_EVENTS_MAX = 4_096


class Load:
    """All connections to one server."""

    drain_s = DRAIN_S
    """What a load that expects a slow server sets higher."""

    def __init__(self, address: tuple[str, int], encoding: Encoding, claims: Claims) -> None:
        self._address = address
        self._encoding = encoding
        self._claims = claims
        self._epoll = select.epoll()
        self._connections: list[Connection] = []
        self._by_descriptor: dict[int, Connection] = {}
        self._measured = Measured()
        self._answers = (b"ac", b"re")
        self.awaited = b""
        """How the type of another message begins whose arrival is to be noted in `heard`."""
        self.heard: list[float] = []
        """When such messages came, on the clock of `time.perf_counter`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._epoll.close()
        for connection in self._connections:
            connection.socket.close()

    @property
    def claims_sent(self) -> int:
        """Claims sent so far; after a phase that ended well, all were answered."""
        return sum(connection.sent for connection in self._connections)

    # Connecting -----------------------------------------------------------------------------

    def connect(self, codes: Sequence[str], path: str, on_each: Callable[[], None]) -> None:
        """Open a connection for each join code and wait for its welcome.

        Raises:
            LoadFailed: the server did not welcome.
        """
        for index, code in enumerate(codes):
            sock = shake_hands(self._address, path, self._encoding.subprotocol)
            sock.sendall(self._encoding.opening(code))
            self._await_first(self._add(sock, index))
            on_each()

    def connect_to_echo(self, count: int, on_each: Callable[[], None]) -> None:
        """Open connections to a server that sends everything back."""
        self._answers = (b"cl", b"cl")
        for index in range(count):
            sock = shake_hands(self._address, "/", self._encoding.subprotocol)
            self._add(sock, index)
            on_each()

    def _add(self, sock: socket.socket, index: int) -> Connection:
        connection = Connection(sock, index * OFFSET)
        self._connections.append(connection)
        self._by_descriptor[sock.fileno()] = connection
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        return connection

    def _await_first(self, connection: Connection) -> None:
        """Wait for the welcome, which is whatever comes first and is no error."""
        data = b""
        while len(data) < 32 and b"welcome" not in data:
            more = connection.socket.recv(RECEIVE_BYTES)
            if not more:
                raise LoadFailed("the server closed a connection instead of welcoming")
            data += more
        if b"welcome" not in data[:32]:
            raise LoadFailed(f"expected a welcome, found {data[:200]!r}")
        self._take(connection, data, 0.0)

    # Load -----------------------------------------------------------------------------------

    def closed_loop(self, depth: int, seconds: float) -> Measured:
        """Keep so many claims of every connection on their way for so long.

        Raises:
            LoadFailed: answers stayed away.
        """
        with self._measuring() as measured:
            started = time.perf_counter()
            until = started + seconds
            for connection in self._connections:
                self._send(connection, depth, time.perf_counter())
            while (now := time.perf_counter()) < until:
                self._pump(until - now, until)
            measured.seconds = time.perf_counter() - started
            measured.answered = len(measured.answer_s)
            measured.drain_s = self._drain()
        measured.exhausted = sum(one.sent == len(self._claims) for one in self._connections)
        return measured

    def open_loop(self, per_s: float, seconds: float) -> Measured:
        """Send so many claims a second at planned times, whether or not answers come.

        Answers count from the planned time: a server that stalls cannot slow the questions.

        Raises:
            LoadFailed: answers stayed away.
        """
        with self._measuring() as measured:
            count = int(per_s * seconds)
            connections = self._connections
            started = time.perf_counter()
            sent = 0
            while sent < count:
                now = time.perf_counter()
                while sent < count and (planned := started + sent / per_s) <= now:
                    self._send(connections[sent % len(connections)], 1, planned)
                    sent += 1
                self._pump(max(0.0, started + sent / per_s - time.perf_counter()), 0.0)
            measured.seconds = time.perf_counter() - started
            measured.answered = len(measured.answer_s)
            measured.drain_s = self._drain()
        return measured

    @contextmanager
    def _measuring(self) -> Iterator[Measured]:
        """Start with empty figures, and without the garbage collector's pauses."""
        self.quieten()
        for connection in self._connections:
            connection.accepted_at.clear()
        measured = self._measured = Measured(answer_s=[], saved_s=[])
        gc.collect()
        gc.disable()
        try:
            yield measured
        finally:
            gc.enable()

    def quieten(self) -> None:
        """Read until the server has nothing more to say."""
        until = time.perf_counter() + DRAIN_S
        while self._pump(QUIET_S, 0.0):
            if time.perf_counter() > until:
                return  # Leaderboards of a big hunt may never pause for so long.

    def _drain(self) -> float:
        """Wait for the answers and the `saved` still under way; returns how long, in seconds."""
        started = time.perf_counter()
        is_echo = self._answers[0] == self._answers[1]
        while any(one.sent_at or (one.accepted_at and not is_echo) for one in self._connections):
            if time.perf_counter() > started + self.drain_s:
                open_ = sum(len(one.sent_at) for one in self._connections)
                unsaved = sum(len(one.accepted_at) for one in self._connections)
                raise LoadFailed(f"{open_} claims were not answered, {unsaved} not saved in time")
            self._pump(0.1, 0.0)
        return time.perf_counter() - started

    def _send(self, connection: Connection, count: int, at: float) -> None:
        n, claims = connection.sent, self._claims
        count = min(count, len(claims) - n)
        if count == 1:
            data = claims.frame(n + 1, connection.offset)
        elif count > 1:
            frames = (claims.frame(n + 1 + i, connection.offset) for i in range(count))
            data = b"".join(frames)
        else:
            return  # Everything is found; the phase says so.
        connection.sent = n + count
        connection.sent_at.extend([at] * count)
        connection.socket.sendall(data)

    def _pump(self, wait_s: float, refill_until: float) -> bool:
        """Read what came in; until the given time, replace every answered claim by another."""
        events = self._epoll.poll(wait_s, _EVENTS_MAX)
        for descriptor, _ in events:
            connection = self._by_descriptor[descriptor]
            data = connection.socket.recv(RECEIVE_BYTES)
            if not data:
                raise LoadFailed("the server closed a connection")
            now = time.perf_counter()
            answered = self._take(connection, data, now)
            if answered and now < refill_until:
                self._send(connection, answered, now)
        return bool(events)

    def _take(self, connection: Connection, data: bytes, now: float) -> int:
        """Look through bytes that came at `now`; returns how many answers were among them."""
        if connection.rest:
            data = connection.rest + data
        position, end, answers = 0, len(data), 0
        encoding, letters = self._encoding, self._answers
        while end - position >= 2:
            length, start = data[position + 1], position + 2
            if length >= 126:
                width = 2 if length == 126 else 8
                length = int.from_bytes(data[start : start + width], "big")
                start += width
            stop = start + length
            if stop > end or start > end:
                break
            kind = data[start + encoding.kind_offset : start + encoding.kind_offset + 2]
            if kind == letters[0] or kind == letters[1]:
                answers += 1
                self._note_answer(connection, kind, now)
                riding = data.rfind(encoding.riding, stop - encoding.riding_bytes_max, stop)
                if riding >= 0:
                    self._note_saved(connection, data[riding + len(encoding.riding) : stop], now)
            elif kind == b"sa":
                self._note_saved(connection, data[start + encoding.own_saved_offset : stop], now)
            elif data[position] == PING:
                connection.socket.sendall(masked(PONG, data[start:stop]))
            elif kind == self.awaited:
                self.heard.append(now)
            position = stop
        connection.rest = data[position:]
        return answers

    def _note_answer(self, connection: Connection, kind: bytes, now: float) -> None:
        measured = self._measured
        measured.answer_s.append(now - connection.sent_at.popleft())
        connection.accepted_at.append(now)
        if kind == b"re":
            measured.refused += 1
        else:
            measured.accepted += 1

    def _note_saved(self, connection: Connection, number: bytes, now: float) -> None:
        n, lags = self._encoding.number(number), self._measured.saved_s
        waiting = connection.accepted_at
        while connection.saved < n and waiting:
            lags.append(now - waiting.popleft())
            connection.saved += 1
