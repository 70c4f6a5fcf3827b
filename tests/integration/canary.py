"""A game in which every secret is a word of its own, and where those words turn up afterwards."""

import asyncio
import json
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL
from tests.integration.clients import PATIENCE_S, Client, Message
from tests.integration.games import location, plan
from tests.integration.harness import REPOSITORY
from tests.integration.raw_http import exchange, handshake, request

PLAN_SECRETS = ("CODECANARY", "ANSWERCANARY", "VAULTCANARY", "HINTCANARY", "NEARCANARY")
"""What only the plan's author knows: in the database, and nowhere else."""

TYPED = ("WRONGCODECANARY", "wrong-token-canary", "guess-canary", "say-canary", "Name-Canary")
"""What people typed; a wrong code is often a right one with a typing mistake. Not in any log."""

HARBOUR = plan(
    [
        location("pier", code=PLAN_SECRETS[0], hints=[{"text": PLAN_SECRETS[3], "cost": 1}]),
        location(
            "mill", proof=["answer"], answers=[PLAN_SECRETS[1]], near_misses={"x": PLAN_SECRETS[4]}
        ),
        location("vault", code=PLAN_SECRETS[2], requires=["pier"]),
    ]
)

_TOKEN_LINE = re.compile(r"shown only this once: (\w+)")

_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+: |  \| ")


class Traces(Struct):
    """Everything a server left behind, and the secrets that must not be in it."""

    keys: list[str] = field(default_factory=list)
    """Join codes, session tokens, the game master's token, the key file's secret."""
    output: str = ""
    """Standard output, without the line that shows the new token once."""
    log: str = ""
    pages: str = ""
    shown: str = ""
    """What players and watchers were sent."""
    database: bytes = b""
    """File and write-ahead log, while the server ran and after it stopped."""
    modes: dict[str, int] = field(default_factory=dict)


class Listening(Client):
    """A client that keeps all it was ever sent."""

    def __init__(self, socket: ClientConnection) -> None:
        self.heard: list[Message] = []
        super().__init__(socket)

    def _receive(self, message: Message) -> None:
        self.heard.append(message)
        super()._receive(message)


class Watched:
    """A server process whose every word is kept."""

    def __init__(self, folder: Path, module: str, options: Sequence[str]) -> None:
        self.db = folder / "cairn.db"
        self.port = 0
        self._log = folder / "server.log"
        self._module = module
        self._options = options
        self._output = ""
        self._reading: asyncio.Task[None] | None = None
        self.clients: list[Listening] = []

    async def start(self) -> str:
        """Start it; the lines that it begins with."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_")}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._module, "--db", str(self.db)),
                *("--port", str(self.port), "--log-level", "debug", *self._options),
                cwd=REPOSITORY,
                env=environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            first = (await self._process.stdout.readline()).decode()
        assert "listens on" in first, self._log.read_text()
        self.port = int(first.split("http://", 1)[1].split("/", 1)[0].rsplit(":", 1)[1])
        self._output += first
        self._reading = asyncio.create_task(self._read())
        return first

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self._output += line.decode()

    async def new_token(self) -> str:
        """The game master's token, shown at the first start."""
        async with asyncio.timeout(PATIENCE_S):
            while (shown := _TOKEN_LINE.search(self._output)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0)
        return shown[1]

    async def stop(self, is_kill: bool = False) -> None:
        if is_kill:
            self._process.kill()
        else:
            self._process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            await self._process.wait()
            if self._reading is not None:
                await self._reading

    async def connect(self, subprotocol: str = JSON_SUBPROTOCOL, path: str = "/ws") -> Listening:
        socket = await connect(
            f"ws://127.0.0.1:{self.port}{path}",
            subprotocols=[Subprotocol(subprotocol)],
            compression=None,
            ping_interval=None,
            proxy=None,
            max_size=None,
        )
        self.clients.append(Listening(socket))
        return self.clients[-1]

    async def open(self, opening: Message) -> Listening:
        client = await self.connect()
        await client.send(opening)
        client.welcome = await client.take("welcome")
        return client

    def database(self) -> bytes:
        files = sorted(self.db.parent.glob("cairn.db*"))
        return b"".join(one.read_bytes() for one in files if one.suffix not in (".key", ".lock"))

    def output(self) -> str:
        lines = self._output.splitlines()
        return "\n".join(line for line in lines if not _TOKEN_LINE.search(line))

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="backslashreplace")


async def play(folder: Path, module: str = "server", options: Sequence[str] = ()) -> Traces:
    """A whole game, with everything that can go wrong with a secret, on a real server."""
    server, traces = Watched(folder, module, options), Traces()
    await server.start()
    try:
        token = await server.new_token()
        master = await server.open({"t": "gm", "token": token})
        seeded = await master.done("seed", plan=HARBOUR)
        await master.done("start")
        codes = [team["code"] for team in seeded["teams"]]
        invited = await _invite(server, master)
        ada = await server.open({"t": "join", "code": codes[0], "name": f"Ada {TYPED[4]}"})
        bob = await server.open({"t": "join", "code": codes[1], "name": "Bob"})
        tokens = [one.welcome["session"] for one in (ada, bob, master)]
        secret = server.db.with_name("cairn.db.key").read_text().strip()
        traces.keys = [token, *codes, *tokens, *invited, secret]
        await _act(ada, master)
        await _abuse(server, traces.keys)
        for page in ("/healthz", "/readyz", "/metrics", "/", f"/{token}", f"/ws?token={token}"):
            traces.pages += str(await exchange(server.port, request(f"GET {page} HTTP/1.1")))
        traces.database += server.database()
        await server.stop(is_kill=True)
        await server.start()
        await server.open({"t": "gm", "token": invited[0]})
        await _come_back(server, tokens, token)
        await server.stop()
        traces.database += server.database()
    finally:
        if server._process.returncode is None:
            await server.stop(is_kill=True)
    staff = (master, server.clients[-1])
    heard = [one.heard for one in server.clients if one not in staff]
    traces.shown = json.dumps(heard)
    traces.output, traces.log = server.output(), server.log()
    traces.modes = _modes(folder)
    return traces


async def _invite(server: Watched, master: Client) -> tuple[str, str]:
    """Let somebody help; the token of the invitation, and of the session at its console."""
    answer = await master.done("invite", name="Ben", role="station", location="pier")
    token: str = answer["staff"]["token"]
    station = await server.open({"t": "gm", "token": token})
    return token, station.welcome["session"]


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.glob("cairn.db*")}


async def _act(player: Client, master: Client) -> None:
    await player.ask("claim", location="pier", code=TYPED[2])
    await player.ask("claim", location="mill", answer=TYPED[2])
    await player.ask("claim", location="vault", code=PLAN_SECRETS[2])
    await player.ask("claim", location=PLAN_SECRETS[2], code=PLAN_SECRETS[2])
    await player.done("say", text=TYPED[3])
    await player.done("claim", location="pier", code=PLAN_SECRETS[0])
    adjusted = await master.done("adjust", team="terns", points=1, reason=TYPED[3])
    await master.saved(adjusted["n"])  # The server is killed later, and must know everybody then.


async def _abuse(server: Watched, keys: Sequence[str]) -> None:
    """Wrong codes and tokens, and right ones where they do not belong."""
    token, code = keys[0], keys[1]
    first: list[Message] = [
        {"t": "join", "code": TYPED[0], "name": "Eve"},
        {"t": "gm", "token": TYPED[1]},
        {"t": "join", "session": TYPED[1]},
        {"t": "watch", "hunt": token},
        {"t": "gm", "token": code},
        {"t": "gm", "token": keys[-3], "hunt": token},
        {"t": "gm", "token": keys[-3], "name": token * 2},
        {"t": token, "code": code},
        {"t": "gm", "token": [token]},
        {"t": "join", "code": code, "name": "\x1b[31m\n2026-01-01 00:00:00,000 INFO cairn: forged"},
    ]
    for opening in first:
        client = await server.connect()
        await client.send(opening)
        await client.take("error|welcome")
        await client.leave()
    for text in (f'{{"t":"gm","token":"{token}"', f"{token}{code}", f'"{token}"', f'["{code}"]'):
        client = await server.connect()
        await client.socket.send(text)
        await client.close_code()
        binary = await server.connect(MSGPACK_SUBPROTOCOL)
        await binary.socket.send(text.encode())
        await binary.close_code()
    client = await server.connect(path=f"/ws?token={token}&code={code}")
    await client.leave()
    for header in (f"Origin: http://{token}", f"Cookie: {code}", f"X-Forwarded-For: {token}"):
        await exchange(server.port, handshake(header, f"Authorization: Bearer {token}"))
    await exchange(server.port, f"GET /{token} {code} {token}\r\n\r\n".encode())
    await exchange(server.port, request("GET / HTTP/1.1", f"X: {token}\r\n{code}"))


async def _come_back(server: Watched, tokens: Sequence[str], token: str) -> None:
    for session in tokens[:2]:
        client = await server.open({"t": "join", "session": session})
        await client.ask("hint", location="mill", hint=0)
    master = await server.open({"t": "gm", "token": token, "session": tokens[2]})
    await master.ask("finish")


def leaks(traces: Traces) -> Iterator[tuple[str, bool]]:
    """Every place that was looked at for every secret, and whether it holds."""
    places = {"output": traces.output, "log": traces.log, "pages": traces.pages}
    for secret in (*traces.keys, *PLAN_SECRETS, *TYPED):
        for place, text in places.items():
            yield f"{secret[:4]}… is in the {place}", secret.lower() not in text.lower()
    stored = traces.database.lower()
    for key in traces.keys:
        yield f"{key[:4]}… is in the database", key.lower().encode() not in stored
    for secret in PLAN_SECRETS:
        yield f"{secret} was shown to players", secret.lower() not in traces.shown.lower()
        # The database is where plans are; were it not, this would be looking at nothing.
        yield f"{secret} is not in the database", secret.lower().encode() in stored
    for name, mode in traces.modes.items():
        yield f"others may read {name}", not mode & 0o077
    for line in traces.log.splitlines():
        yield f"somebody wrote into the log: {line[:80]!r}", _LOG_LINE.match(line) is not None
    yield "nothing was logged, so nothing was looked at", "recovered" in traces.log
