"""Phones by the thousand: raw websockets in one process, each with the shipped action queue."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, cast

import msgspec

from scripts.load_frames import PONG, TEXT, masked
from server.client_queue import ActionQueue
from tests.integration.clients import PATIENCE_S, Message

CONNECTING_AT_ONCE = 256
"""Handshakes on their way at the same time: the server's backlog is never the limit."""

_decode = msgspec.json.decode


def handshake(port: int, subprotocol: str = "cairn.v1.json") -> bytes:
    """The HTTP request that opens a websocket."""
    return (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: Q2Fpcm4ncyBsb2FkIGdlbg==\r\n"
        f"Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
    ).encode()


def text(message: Message) -> bytes:
    """A message as a client's frame."""
    return masked(TEXT, json.dumps(message).encode())


def split_frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames of a server's bytes, as first byte and payload, and what is left over."""
    frames, at, end = [], 0, len(data)
    while end - at >= 2:
        length, start = data[at + 1], at + 2
        if length >= 126:
            width = 2 if length == 126 else 8
            length = int.from_bytes(data[start : start + width], "big")
            start += width
        if start + length > end:
            break
        frames.append((data[at], data[start : start + length]))
        at = start + length
    return frames, data[at:]


class Line(asyncio.Protocol):
    """One connection: shakes hands, says the first message, hands on what comes."""

    def __init__(self, port: int, opening: Message, take: Callable[[Message], None]) -> None:
        self._hello = handshake(port)
        self._opening = text(opening)
        self._take = take
        self._rest = b""
        self._is_open = False
        self.transport: asyncio.Transport | None = None
        self.close_code: int | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        if not self._is_open:
            head, found, rest = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = data
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open, data = True, rest
            self.send(self._opening)
        frames, self._rest = split_frames(data)
        for first, payload in frames:
            if first == TEXT:
                self._take(_decode(payload))
            else:
                self._control(first & 0x0F, payload)

    def _control(self, opcode: int, payload: bytes) -> None:
        assert self.transport is not None
        if opcode == 0x9:
            self.send(masked(PONG, payload))
        elif opcode == 0x8:
            self.close_code = int.from_bytes(payload[:2], "big")
            self.transport.close()

    def send(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


class Phone:
    """One player: keeps its actions until they are saved, whatever becomes of its connections."""

    def __init__(self, opening: Message) -> None:
        self.opening = opening
        self.queue = ActionQueue()
        self.line: Line | None = None
        self.welcome: Message = {}
        self.answers: dict[int, Message] = {}
        """The first answer to each number that was no `busy`."""
        self.answers_seen = 0
        self.errors: list[Message] = []
        self.welcomed: asyncio.Event = asyncio.Event()
        self._news = asyncio.Event()
        self.on_push: Callable[[Message], None] = lambda _push: None
        self.on_answer: Callable[[Message], None] = lambda _answer: None

    async def connect(self, port: int) -> None:
        """Connect, or connect again; returns with the welcome."""
        self.welcomed.clear()
        loop = asyncio.get_running_loop()
        line = Line(port, self.opening, self._take)
        self.line = line
        await loop.create_connection(lambda: line, "127.0.0.1", port)
        async with asyncio.timeout(PATIENCE_S):
            waiting = asyncio.ensure_future(self.welcomed.wait())
            both: list[asyncio.Future[Any]] = [waiting, line.closed]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not self.welcomed.is_set():
            waiting.cancel()
            raise ConnectionError(f"no welcome, closed with {line.close_code}: {self.errors[-1:]}")

    def _take(self, message: Message) -> None:
        kind = message["t"]
        if kind == "welcome":
            self.welcome = message
            before = self.opening if self.opening["t"] == "gm" else {"t": "join"}
            self.opening = before | {"session": message["session"]}
            for lost in self.queue.on_welcome(message.get("applied", 0)):
                self.on_answer(lost)
            self.welcomed.set()
        elif kind == "error":
            self.errors.append(message)
        elif kind in ("accepted", "refused"):
            self.answers_seen += 1
            answer = self.queue.on_message(message, time.monotonic())
            if answer is not None:
                self.answers.setdefault(answer["n"], answer)
                self.on_answer(answer)
        elif kind == "saved":
            self.queue.on_message(message, time.monotonic())
        else:
            self.on_push(message)
            return
        self._news.set()
        self.pump()

    def act(self, **request: Any) -> int:
        """Queue a numbered request, and send what may be sent."""
        n = self.queue.add(request)
        self.pump()
        return n

    def pump(self) -> None:
        """Send what the queue hands out; again when a `busy` is over."""
        now = time.monotonic()
        messages = self.queue.take(now)
        if messages and self.line is not None:
            self.line.send(b"".join(map(text, messages)))
        wake_at = self.queue.wake_at
        if wake_at is not None:
            asyncio.get_running_loop().call_later(max(0.001, wake_at - now), self.pump)

    async def settled(self, patience_s: float = PATIENCE_S) -> bool:
        """Wait until nothing is kept any more; False when that does not come to pass."""
        try:
            async with asyncio.timeout(patience_s):
                while len(self.queue):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def vanish(self) -> None:
        """Lose the connection without a word."""
        self.queue.on_disconnected()
        if self.line is not None:
            self.line.hang_up()
            self.line = None


async def side_by_side(jobs: Iterable[Awaitable[None]], limit: int = CONNECTING_AT_ONCE) -> None:
    """Do all of it, so many at a time."""
    gate = asyncio.Semaphore(limit)

    async def one(job: Awaitable[None]) -> None:
        async with gate:
            await job

    await asyncio.gather(*map(one, jobs))


async def connect_all(phones: Sequence[Phone], port: int) -> None:
    """Everybody connects and is welcomed."""
    await side_by_side(phone.connect(port) for phone in phones)


async def settle_all(phones: Sequence[Phone], patience_s: float = PATIENCE_S) -> int:
    """Wait until every queue is empty; returns how many are not."""
    done = await asyncio.gather(*(phone.settled(patience_s) for phone in phones))
    return len(done) - sum(done)


async def leave_all(phones: Iterable[Phone]) -> None:
    """Everybody hangs up."""
    lines = [phone.line for phone in phones if phone.line is not None]
    for line in lines:
        line.hang_up()
    await asyncio.gather(*(line.closed for line in lines))
