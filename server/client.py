"""Cairn's own client: an asyncio shell around the rules of `server.client_queue`.

    async with Client("ws://127.0.0.1:8765", join("K7QX3M2P", "Ada")) as client:
        answer = await client.request({"t": "claim", "location": "pier", "code": "LUMEN"})
        await client.saved(answer["n"])
        async for push in client.pushes():
            ...

It numbers requests, keeps each until it is saved, reconnects with growing pauses, resumes the
session and sends again what the server does not have, until a close code of 4500 or above.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from server.client_line import Line, LineClosed, Unreachable
from server.client_openings import Openings, Return, game_master, join, resume, watch
from server.client_queue import ActionQueue, Message
from server.client_waiters import ClientClosed, Waiters
from server.protocol import JSON_SUBPROTOCOL

__all__ = ["CannotConnect", "Client", "ClientClosed", "game_master", "join", "resume", "watch"]

RECONNECT_MIN_S = 0.25
"""Pause before the first try to reconnect, in seconds: a restarted server is back by then."""

RECONNECT_MAX_S = 10.0
"""Longest pause between two tries, in seconds. Players look at their phones for longer."""

PUSHES_MAX = 1_000
"""Pushes kept for `pushes()`. Beyond it the oldest are dropped, as a phone that wakes up would
not read them either: the newest of each kind counts."""


class CannotConnect(ClientClosed):
    """There was no first connection; the text says what to check."""


class Client:
    """One session with a server, over as many connections as it takes."""

    def __init__(
        self,
        server: str,
        opening: Mapping[str, Any],
        *,
        subprotocol: str = JSON_SUBPROTOCOL,
        on_push: Callable[[Message], None] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            server: `ws://host:port`, with or without `/ws`.
            opening: The first message; see `join`, `resume`, `game_master` and `watch`.
            subprotocol: How messages are encoded.
            on_push: Is given every message that answers nothing, welcomes included. Without it
                they wait for `pushes`.
            rng: Draws the pauses between two connections.
        """
        self._url = server if urlsplit(server).path not in ("", "/") else server.rstrip("/") + "/ws"
        self._openings = Openings(opening)
        self._subprotocol = subprotocol
        self._on_push = on_push or self._keep
        self._rng = rng or random.Random()
        self._queue = ActionQueue()
        self._waiters = Waiters()
        self._unnumbered: list[Message] = []
        self._pushes: asyncio.Queue[Message | None] = asyncio.Queue(PUSHES_MAX)
        self._wake = asyncio.Event()
        self._line: Line | None = None
        self._running: asyncio.Task[None] | None = None
        self._last_words = ""
        self.welcome: Message = {}
        """The newest welcome: a whole fresh snapshot."""
        self.closed: ClientClosed | None = None
        """Why the client ended; None while it lives."""
        self.connections = 0
        """Welcomes so far: 1 at first, one more with every reconnect."""

    # Life -----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> Message:
        """Connect and return the welcome.

        Raises:
            CannotConnect: nobody answered, or the server said no.
        """
        try:
            line = await self._connect()
        except Unreachable as error:
            raise CannotConnect(0, str(error)) from error
        except LineClosed as error:
            raise CannotConnect(error.code, self._last_words or "the server hung up") from error
        self._running = asyncio.create_task(self._run(line))
        return self.welcome

    async def close(self) -> None:
        """End the client at once, whatever is still open; call `saved` first to be sure of it."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        self.drop_connection()  # A task that was cancelled before its first step has not.
        self._end(ClientClosed(0, "the client was closed"))

    def drop_connection(self) -> None:
        """Cut the connection without a word, like a phone in a tunnel; the client reconnects."""
        if self._line is not None:
            self._line.cut()

    # Requests -------------------------------------------------------------------------------

    def submit(self, request: Mapping[str, Any]) -> int:
        """Number a request, keep it until it is saved, send it when possible; returns `n`.

        Raises:
            ClientClosed: the client ended.
        """
        if self.closed is not None:
            raise self.closed
        n = self._queue.add(request)
        self._waiters.expect(n)
        self._wake.set()
        return n

    async def answer(self, n: int) -> Message:
        """The answer to the request that `submit` called `n`; may be awaited once.

        When the answer was lost with a connection it is `refused`, `already_applied`: the newest
        `welcome` shows what the request did.

        Raises:
            ClientClosed: the client ended first.
        """
        return await self._waiters.answer(n)

    async def request(self, request: Mapping[str, Any]) -> Message:
        """`submit`, then `answer`."""
        return await self.answer(self.submit(request))

    async def saved(self, n: int | None = None) -> None:
        """Wait until everything up to `n` (without it: everything so far) is on the disk.

        Raises:
            ClientClosed: the client ended first.
        """
        wanted = self._queue.last if n is None else n
        if wanted <= self._queue.saved or (n is None and not self._queue):
            return
        if self.closed is not None:
            raise self.closed
        await self._waiters.saved(wanted)

    @property
    def unsaved(self) -> int:
        """How many requests are not saved yet."""
        return len(self._queue)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send something without a number, such as a `position`, now or not at all."""
        if self._line is not None:
            self._unnumbered.append(dict(message))
            self._wake.set()

    async def pushes(self) -> AsyncIterator[Message]:
        """Every message that answers nothing, until the client ends."""
        while (push := await self._pushes.get()) is not None:
            yield push

    # Connections ----------------------------------------------------------------------------

    async def _run(self, line: Line) -> None:
        try:
            while True:
                line = await self._reconnect(await self._converse(line))
        except ClientClosed as error:
            self._end(error)
        except Exception as error:
            self._end(ClientClosed(0, f"the client failed: {error!r}"))
            raise

    async def _reconnect(self, code: int) -> Line:
        """Try until there is a welcome.

        Raises:
            ClientClosed: the server does not want this client again.
        """
        pause_s = RECONNECT_MIN_S
        while True:
            match self._openings.after(code, self._queue.saved):
                case Return.NEVER:
                    raise ClientClosed(code, self._last_words or "the server hung up")
                case Return.AFRESH:
                    self._waiters.fail(ClientClosed(code, "the hunt was set up anew"))
                    self._queue = ActionQueue()
            await asyncio.sleep(pause_s * self._rng.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, RECONNECT_MAX_S)
            try:
                return await self._connect()
            except LineClosed as error:
                code = error.code
            except Unreachable:
                code = 0

    async def _connect(self) -> Line:
        """One try; returns after the welcome.

        Raises:
            LineClosed: the server hung up instead of welcoming.
            Unreachable: it is not there.
        """
        self._last_words = ""
        line = await Line.open(self._url, self._subprotocol, self._openings.next)
        try:
            welcomes = self.connections
            while self.connections == welcomes:
                self._take(await line.receive_greeting())
        except BaseException:
            line.cut()
            raise
        self._line = line
        return line

    async def _converse(self, line: Line) -> int:
        """Send and receive until the connection closes; returns its close code."""
        writing = asyncio.create_task(self._write(line))
        try:
            while True:
                self._take(await line.receive())
        except LineClosed as error:
            return error.code
        except Unreachable:
            return 0
        finally:
            writing.cancel()
            line.cut()
            self._line = None
            self._unnumbered.clear()
            self._queue.on_disconnected()

    async def _write(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            unnumbered, self._unnumbered = self._unnumbered, []
            try:
                for message in [*self._queue.take(loop.time()), *unnumbered]:
                    await line.send(message)
            except LineClosed:
                return  # The reader sees it too, and reconnects.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._queue.wake_at):
                    await self._wake.wait()

    # Messages -------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        """Take in one message."""
        kind = message.get("t")
        if kind == "welcome":
            self._on_welcome(message)
        elif kind == "error":
            self._last_words = str(message.get("message", ""))
        answer = self._queue.on_message(message, asyncio.get_running_loop().time())
        if answer is not None:
            self._waiters.deliver(answer)
        self._waiters.note_saved(self._queue.saved)
        if kind in ("accepted", "refused", "saved"):
            self._wake.set()
        else:
            self._on_push(message)

    def _on_welcome(self, welcome: Message) -> None:
        self.welcome = welcome
        self.connections += 1
        self._openings.on_welcome(welcome.get("session"))
        for answer in self._queue.on_welcome(int(welcome.get("applied", 0))):
            self._waiters.deliver(answer)

    def _keep(self, message: Message | None) -> None:
        if self._pushes.full():
            self._pushes.get_nowait()
        self._pushes.put_nowait(message)

    def _end(self, error: ClientClosed) -> None:
        if self.closed is None:
            self.closed = error
            self._waiters.fail(error)
            self._keep(None)
