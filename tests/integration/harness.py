"""Real servers and raw clients for the tests of the promises. Nothing here knows the rules."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import msgpack  # type: ignore[import-untyped]
import msgspec
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from actors.dispatch import mailbox_of
from actors.domain.events import Record
from actors.domain.ids import HuntId
from actors.messages import Ref
from actors.persistence import JournalStore
from actors.recovery import Recovery
from server.app import App
from server.config import Config
from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL
from server.store import SqliteStore

Message = dict[str, Any]
T = TypeVar("T")

GM_TOKEN = "integration-token-0123456789"  # noqa: S105 - of servers that live for one test.
REPOSITORY = Path(__file__).resolve().parents[2]

PATIENCE_S = 20.0
"""How long a test waits for what must happen: far longer than it takes on a busy machine."""


def run(scenario: Coroutine[Any, Any, T], limit_s: float = 60.0) -> T:
    """Run a test's scenario on the production loop, bounded in time."""

    async def bounded() -> T:
        async with asyncio.timeout(limit_s):
            return await scenario

    return uvloop.run(bounded())


# Clients ------------------------------------------------------------------------------------


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


# Servers ------------------------------------------------------------------------------------


class Server:
    """What tests do with a server, wherever it runs."""

    def __init__(self, db: Path) -> None:
        self.db = db
        self.port = 0
        self._clients: list[Client] = []

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    async def connect(self, subprotocol: str | None = JSON_SUBPROTOCOL, **more: Any) -> Client:
        """A connection that has said nothing yet."""
        socket = await connect(
            self.url,
            subprotocols=None if subprotocol is None else [Subprotocol(subprotocol)],
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=PATIENCE_S,
            proxy=None,
            **more,
        )
        client = Client(socket)
        self._clients.append(client)
        return client

    async def open(self, opening: Message, subprotocol: str | None = JSON_SUBPROTOCOL) -> Client:
        """A connection that got its welcome."""
        client = await self.connect(subprotocol)
        await client.send(opening)
        client.welcome = await client.take("welcome")
        return client

    async def join(self, code: str, name: str = "Ada") -> Client:
        return await self.open({"t": "join", "code": code, "name": name})

    async def resume(self, session: str) -> Client:
        return await self.open({"t": "join", "session": session})

    async def game_master(self, hunt: str | None = None, **more: object) -> Client:
        opening: Message = {"t": "gm", "token": GM_TOKEN, **more}
        return await self.open(opening if hunt is None else opening | {"hunt": hunt})

    async def watch(self, hunt: str) -> Client:
        return await self.open({"t": "watch", "hunt": hunt})

    async def dismiss_clients(self) -> None:
        clients, self._clients = self._clients, []
        for client in clients:
            await client.leave()


class InProcessServer(Server):
    """The real server in the test's own loop, so that its disk and actors can be got at."""

    def __init__(
        self, db: Path, wrap_store: Callable[[JournalStore], JournalStore] | None = None
    ) -> None:
        super().__init__(db)
        config = Config("127.0.0.1", 0, db, None, 1_000, "warning", GM_TOKEN)
        self.app = App(config, wrap_store)

    async def __aenter__(self) -> Self:
        self.port = await self.app.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dismiss_clients()
        await self.app.stop()


class ServerProcess(Server):
    """`python -m server` as a child process, to be killed and started again on the same file."""

    def __init__(self, db: Path) -> None:
        super().__init__(db)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dismiss_clients()
        if self._process is not None:
            await self.kill()

    async def start(self) -> None:
        """Start it, again on the port it had, and wait until it listens."""
        self._process = await start_process(self.db, self.port)
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = (await self._process.stdout.readline()).decode()
        assert "listens on http://" in line, f"the server did not start: {line!r}"
        self.port = int(line.split("http://", 1)[1].split("/", 1)[0].rsplit(":", 1)[1])

    async def kill(self) -> None:
        """`kill -9`."""
        process, self._process = self._process, None
        assert process is not None
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def stop(self) -> int:
        """SIGTERM, and the exit code that follows."""
        process, self._process = self._process, None
        assert process is not None
        process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            return await process.wait()


async def start_process(db: Path, port: int = 0) -> asyncio.subprocess.Process:
    """`python -m server`; its log goes to a file beside the database."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_")}
    with db.with_suffix(".log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", "--db", str(db), "--port", str(port)),
            cwd=REPOSITORY,
            env=environment | {"CAIRN_GM_TOKEN": GM_TOKEN},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )


class HeldStore:
    """The real store behind a gate: while it is shut, commits wait as on a stalled disk."""

    def __init__(self, store: JournalStore) -> None:
        self._store = store
        self._gate = threading.Event()
        self._gate.set()
        self.open = store.open
        self.read_hunt = store.read_hunt
        self.close = store.close

    def hold(self) -> None:
        self._gate.clear()

    def release(self) -> None:
        self._gate.set()

    def commit(self, batch: Sequence[Record]) -> None:
        self._gate.wait(PATIENCE_S)
        self._store.commit(batch)


# The journal --------------------------------------------------------------------------------


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
        while not condition():
            await asyncio.sleep(0)


def state_of(ref: Ref) -> Any:
    """The state of an in-process server's actor, as it is now."""
    return mailbox_of(ref)._actor.state  # type: ignore[union-attr]
