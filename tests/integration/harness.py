"""Real servers for the tests of the promises: in the test's own loop, and as child processes."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from actors.domain.events import Record
from actors.persistence import JournalStore
from server.app import App
from server.config import Config
from server.protocol import JSON_SUBPROTOCOL
from server.shedding import SHED_POLICY, ShedPolicy
from tests.integration.clients import PATIENCE_S, Client, Message

GM_TOKEN = "integration-token-0123456789"
REPOSITORY = Path(__file__).resolve().parents[2]


class Server:
    """What tests do with a server, wherever it runs."""

    client_class: type[Client] = Client
    """What its connections are; a test may want to remember more of them."""

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
        client = self.client_class(socket)
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
        self,
        db: Path,
        wrap_store: Callable[[JournalStore], JournalStore] | None = None,
        policy: ShedPolicy = SHED_POLICY,
    ) -> None:
        super().__init__(db)
        config = Config("127.0.0.1", 0, db, None, 1_000, "warning", GM_TOKEN)
        self.app = App(config, wrap_store, policy)

    async def __aenter__(self) -> Self:
        self.port = await self.app.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dismiss_clients()
        await self.app.stop()


class ServerProcess(Server):
    """`python -m server` as a child process, to be killed and started again on the same file."""

    program = "server"
    """The module that is run; a variant of the server is another one."""

    def __init__(self, db: Path, log: Path | None = None, options: Sequence[str] = ()) -> None:
        """`log` is where its log goes, if not beside the database; `options` are the server's."""
        super().__init__(db)
        self.log = log or db.with_suffix(".log")
        self.options = options
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dismiss_clients()
        if self._process is not None:
            await self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(
        self, commit_s: float = 0.0, module: Sequence[str] = (), before: Sequence[str] = ()
    ) -> None:
        """Start it, again on the port it had, and wait until it listens.

        `commit_s` are the seconds that its disk takes for every commit, beside the real ones;
        `module` is run in place of the server's own, `before` is what its command line begins
        with: a tracer, say, that runs it.
        """
        if commit_s:
            module = ["tests.integration.slow_server", str(commit_s)]
        module = module or [self.program]
        self._process = process = await start_process(
            self.db, self.port, self.options, module=module, before=before, log=self.log
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = (await process.stdout.readline()).decode()
            assert "listens on http://" in line, f"the server did not start: {line!r}"
        except BaseException:
            await self.kill()
            raise
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
        assert self._process is not None
        self._process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            code = await self._process.wait()
        self._process = None
        return code


async def start_process(
    db: Path,
    port: int = 0,
    options: Sequence[str] = (),
    *,
    module: Sequence[str] = (),
    before: Sequence[str] = (),
    log: Path | None = None,
) -> asyncio.subprocess.Process:
    """`python -m server`; its log goes to a file beside the database unless told otherwise."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_")}
    with (log or db.with_suffix(".log")).open("ab") as file:
        return await asyncio.create_subprocess_exec(
            *(*before, sys.executable, "-m", *(module or ["server"])),
            *("--db", str(db), "--port", str(port), *options),
            cwd=REPOSITORY,
            env=environment | {"CAIRN_GM_TOKEN": GM_TOKEN},
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
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


class Disk:
    """Puts the server's store behind a gate; it opens at the end whatever happens."""

    def __init__(self) -> None:
        self._stores: list[HeldStore] = []

    def wrap(self, store: JournalStore) -> JournalStore:
        self._stores.append(HeldStore(store))
        return self._stores[-1]

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        self._stores[-1].hold()
        try:
            yield
        finally:
            self._stores[-1].release()
