"""A flood of wrong join codes from one address, and honest people who join from there meanwhile."""

import asyncio
import random
import time
from pathlib import Path

from msgspec import Struct, field

from server.access import CODE_ALPHABET, CODE_LENGTH
from tests.integration.games import Game, location, plan, seed
from tests.integration.harness import Server, ServerProcess

TEAMS = 1_000
GUESSERS = 8
"""Connections that guess at the same time."""

HUNT = plan([location("pier")], {"count": TEAMS})


class Flood(Struct):
    """What came of it."""

    joined_s: list[float] = field(default_factory=list)
    """How long each honest join took, in seconds."""
    kept_out: int = 0
    """Honest joins with a code that were refused."""
    kept_out_long: int = 0
    """Honest joins with a long code that were refused."""
    looked_up: int = 0
    """Wrong codes that were looked up."""
    held_off: int = 0
    """Wrong codes that were not."""
    took_s: float = 0.0
    alerts: int = 0
    """Whether health said so, 0 or 1."""

    @property
    def guesses(self) -> int:
        return self.looked_up + self.held_off


async def flood(server: ServerProcess, seconds: float) -> Flood:
    """Guess and join for so long."""
    game = await seed(server, HUNT)
    found = Flood()
    until = time.monotonic() + seconds
    rng = random.Random(22)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(GUESSERS):
            tasks.create_task(_guess(server, until, rng, found))
        tasks.create_task(_join(server, game, until, found))
    found.took_s = time.monotonic() - until + seconds
    health = await game.gm.take(
        "health", lambda push: bool(push["health"]["failed_tries"] >= found.looked_up)
    )
    found.alerts = len(health["health"]["alerts"])
    await server.dismiss_clients()
    return found


async def _guess(server: Server, until: float, rng: random.Random, found: Flood) -> None:
    while time.monotonic() < until:
        client = await server.connect()
        code = "".join(rng.choices(CODE_ALPHABET, k=CODE_LENGTH))
        await client.send({"t": "join", "code": code, "name": "Eve"})
        error = await client.take("error")
        if error["code"] == "unknown_code":
            found.looked_up += 1
        else:
            found.held_off += 1
        await client.leave()
        server._clients.remove(client)


async def _join(server: Server, game: Game, until: float, found: Flood) -> None:
    """Phones join one after the other; every second one has scanned its team's long code."""
    number = 0
    while time.monotonic() < until:
        team = game.teams[number % TEAMS]
        is_long, number = number % 2 == 1, number + 1
        began = time.monotonic()
        client = await server.connect()
        code = team["long_code"] if is_long else team["code"]
        await client.send({"t": "join", "code": code, "name": "Ada"})
        answer = await client.take("welcome|error")
        if answer["t"] == "welcome":
            found.joined_s.append(time.monotonic() - began)
        elif is_long:
            found.kept_out_long += 1
        else:
            found.kept_out += 1
        await client.leave()
        server._clients.remove(client)


async def rush(server: ServerProcess, people: int) -> int:
    """Everybody of a school joins in the same moment; how many got in."""
    game = await seed(server, HUNT)
    codes = list(game.codes.values())

    async def one(number: int) -> bool:
        client = await server.connect()
        await client.send({"t": "join", "code": codes[number % TEAMS], "name": "Ada"})
        return bool((await client.take("welcome|error"))["t"] == "welcome")

    outcomes = await asyncio.gather(*(one(number) for number in range(people)))
    await server.dismiss_clients()
    return sum(outcomes)


def servers(folder: Path) -> tuple[ServerProcess, ServerProcess, ServerProcess]:
    """One for the flood, one for the rush, and one that locks out as servers often do."""
    for name in ("flood", "rush", "lockout"):
        (folder / name).mkdir()
    return (
        ServerProcess(folder / "flood" / "cairn.db"),
        ServerProcess(folder / "rush" / "cairn.db"),
        LockingOut(folder / "lockout" / "cairn.db"),
    )


class LockingOut(ServerProcess):
    """After 30 wrong codes an address has to wait for two seconds for each try."""

    program = "tests.proofs.locking_out_server"
