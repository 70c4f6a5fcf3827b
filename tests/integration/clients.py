"""A raw websocket client, and how a test's scenario is run. Nothing here knows the rules."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgpack  # type: ignore[import-untyped]
import uvloop
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from server.protocol import MSGPACK_SUBPROTOCOL

Message = dict[str, Any]
T = TypeVar("T")

PATIENCE_S = 20.0
"""How long a test waits for what must happen: far longer than it takes on a busy machine."""


def run(scenario: Coroutine[Any, Any, T], limit_s: float = 60.0) -> T:
    """Run a test's scenario on the production loop, bounded in time."""

    async def bounded() -> T:
        async with asyncio.timeout(limit_s):
            return await scenario

    return uvloop.run(bounded())


class Closed(AssertionError):
    """The server closed the connection while something was expected of it."""


class Client:
    """One raw websocket: sends maps, keeps what comes in until a test takes it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.is_text = socket.subprotocol != MSGPACK_SUBPROTOCOL
        self.inbox: list[Message] = []
        self.welcome: Message = {}
        self.saved_seen = [0]
        """Every `saved`, in its own frame or riding on an answer, in the order they came."""
        self._numbers = itertools.count(1)
        self._news = asyncio.Event()
        self._is_closed = False
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in self.socket:
                self._receive(json.loads(data) if self.is_text else msgpack.unpackb(data))
                self._news.set()
        self._is_closed = True
        self._news.set()

    def _receive(self, message: Message) -> None:
        if message["t"] == "saved":
            self.saved_seen.append(message["n"])
            return
        if "saved" in message:
            self.saved_seen.append(message["saved"])
        self.inbox.append(message)

    async def send(self, message: Message) -> None:
        packed = json.dumps(message) if self.is_text else msgpack.packb(message)
        await self.socket.send(packed)

    def has(self, kind: str, **fields: object) -> bool:
        """Whether such a message has come and was not taken."""
        return any(_matches(one, kind, fields, None) for one in self.inbox)

    async def take(
        self, kind: str, where: Callable[[Message], bool] | None = None, **fields: object
    ) -> Message:
        """Wait for the first message of a kind (kinds: "a|b") that fits, and take it."""
        return await self._wait(lambda: self._find(kind, where, fields), f"{kind} {fields}")

    def _find(
        self, kind: str, where: Callable[[Message], bool] | None, fields: Message
    ) -> Message | None:
        for index, one in enumerate(self.inbox):
            if _matches(one, kind, fields, where):
                return self.inbox.pop(index)
        return None

    async def _wait(self, look: Callable[[], T | None], expected: str) -> T:
        """Look at the inbox, and again whenever something came, until there is a result."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (found := look()) is None:
                    if self._is_closed:
                        raise Closed(f"{self._state()}; expected {expected}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{self._state()}; expected {expected}") from None
        return found

    def _state(self) -> str:
        code = self.socket.close_code if self._is_closed else None
        return f"close code {code}, inbox {str(self.inbox[-8:])[:1500]}"

    async def ask(self, kind: str, **fields: object) -> Message:
        """Send a numbered request and return its answer."""
        n = next(self._numbers)
        await self.send({"t": kind, "n": n, **fields})
        return await self.take("accepted|refused", n=n)

    async def done(self, kind: str, **fields: object) -> Message:
        """The same; it must be accepted."""
        answer = await self.ask(kind, **fields)
        assert answer["t"] == "accepted", answer
        return answer

    async def saved(self, n: int) -> None:
        """Wait until everything up to `n` is final."""
        await self._wait(lambda: True if self.saved_seen[-1] >= n else None, f"saved {n}")

    async def leaderboard(self, **scores: int) -> list[Message]:
        """Wait for a pushed leaderboard on which the teams have these scores."""

        def fits(push: Message) -> bool:
            shown = {row["team"]: row["score"] for row in push["leaderboard"]}
            return all(shown.get(team) == score for team, score in scores.items())

        rows: list[Message] = (await self.take("leaderboard", fits))["leaderboard"]
        return rows

    async def close_code(self) -> int | None:
        """Wait until the server has closed; the code it gave."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reader
            await self.socket.wait_closed()
        return self.socket.close_code

    def vanish(self) -> None:
        """Lose the connection without a word, as a phone in a tunnel does."""
        self.socket.transport.abort()

    async def leave(self) -> None:
        self.vanish()
        await self._reader


def _matches(
    one: Message, kind: str, fields: Message, where: Callable[[Message], bool] | None
) -> bool:
    if one.get("t") not in kind.split("|"):
        return False
    if any(one.get(name) != value for name, value in fields.items()):
        return False
    try:
        return where is None or where(one)
    except KeyError:
        return False
