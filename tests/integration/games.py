"""Hunts to play in the tests, and games of them on real servers."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from actors.persistence import JournalStore
from tests.integration.harness import Client, InProcessServer, Message, Server


def location(place: str, **more: Any) -> Message:
    """A location that is found with its id, in capitals, as the code; unless told otherwise."""
    proof = {} if "proof" in more else {"code": place.upper()}
    return {"id": place, "name": place.title(), "points": 10} | proof | more


def plan(
    locations: Sequence[Message], teams: Message | None = None, hunt: str = "harbour", **more: Any
) -> Message:
    """A plan document; two teams unless told otherwise."""
    seats = teams or {"names": ["Otters", "Terns"]}
    return {
        "version": 1,
        "hunt": hunt,
        "title": hunt.title(),
        "teams": seats,
        "locations": list(locations),
    } | more


class Game:
    """A seeded hunt on a running server, with a game master at the console."""

    def __init__(self, server: Server, gm: Client, seeded: Message) -> None:
        self.server = server
        self.gm = gm
        self.hunt: str = seeded["hunt"]
        self.codes: dict[str, str] = {team["id"]: team["code"] for team in seeded["teams"]}

    async def join(self, team: str, name: str = "Ada") -> Client:
        return await self.server.join(self.codes[team], name)


async def seed(server: Server, document: Message, start: bool = True) -> Game:
    """Put a plan in force and, unless told otherwise, start the hunt."""
    gm = await server.game_master()
    game = Game(server, gm, await gm.done("seed", plan=document))
    if start:
        await gm.done("start")
    return game


@asynccontextmanager
async def playing(
    db: Path,
    document: Message,
    start: bool = True,
    wrap_store: Callable[[JournalStore], JournalStore] | None = None,
) -> AsyncIterator[tuple[Game, InProcessServer]]:
    """A game on a server in the test's own loop."""
    async with InProcessServer(db, wrap_store) as server:
        yield await seed(server, document, start), server
