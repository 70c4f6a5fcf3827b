"""Server processes for the proofs: the real one or a broken one, and what it uses."""

import asyncio
import json
import resource
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.integration.clients import PATIENCE_S, Message
from tests.integration.games import Game
from tests.integration.harness import ServerProcess
from tests.proofs.ledger import Proof

_PAGE = resource.getpagesize()


class WatchedServer(ServerProcess):
    """`python -m server`, or the same with a planted fault; its memory and files can be looked at."""

    def __init__(self, db: Path, fault: str = "", *details: str) -> None:
        super().__init__(db)
        broken = ("tests.proofs.broken_server", fault, *details)
        self._module = broken if fault else ("server",)

    async def start(
        self, commit_s: float = 0.0, module: Sequence[str] = (), before: Sequence[str] = ()
    ) -> None:
        await super().start(commit_s, module or self._module, before)

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def rss_bytes(self) -> int:
        """Memory that the process holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE

    def descriptors(self) -> int:
        """Open files and sockets."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    async def health(self) -> dict[str, Any]:
        """What `/healthz` says."""

        def ask() -> dict[str, Any]:
            url = f"http://127.0.0.1:{self.port}/healthz"
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                found: dict[str, Any] = json.load(answer)
                return found

        return await asyncio.to_thread(ask)

    async def connections(self, at_most: int, patience_s: float) -> int:
        """Wait until the server has no more connections than this; returns how many it has."""
        deadline = asyncio.get_running_loop().time() + patience_s
        while True:
            count = int((await self.health())["connections"])
            if count <= at_most or asyncio.get_running_loop().time() > deadline:
                return count
            await asyncio.sleep(0.1)

    async def connections_reach(self, count: int) -> None:
        """Wait until the server has so many connections."""
        async with asyncio.timeout(PATIENCE_S):
            while int((await self.health())["connections"]) < count:  # noqa: ASYNC110 - it is in another process.
                await asyncio.sleep(0.05)


async def open_hunt(server: WatchedServer, document: Message) -> Game:
    """Seed a hunt beside others, start it, and watch it as its game master."""
    admin = await server.game_master()
    seeded = await admin.done("seed", plan=document)
    await admin.done("start", hunt=document["hunt"])
    await admin.leave()
    return Game(server, await server.game_master(str(document["hunt"])), seeded)


def has_files(proof: Proof, wanted: int) -> bool:
    """Let this process and its children open so many files, or skip the proof."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        proof.skipped(f"only {hard} open files are allowed here, {wanted} are needed (ulimit -n)")
        return False
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return True


def worse(before_s: float, during_s: float) -> float:
    """How many times slower; what is below 2 ms is noise and counts as 2 ms."""
    return during_s / max(before_s, 0.002)
