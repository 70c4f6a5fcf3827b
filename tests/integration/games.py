"""Hunts to play in the tests, and games of them on real servers."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from actors.persistence import JournalStore
from server.shedding import SHED_POLICY, ShedPolicy
from tests.integration.clients import Client, Message
from tests.integration.harness import InProcessServer, Server


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


SIMPLE = plan([location("pier"), location("mill")])

HINTS = [{"text": "It floats.", "cost": 10}, {"text": "Look down.", "cost": 5, "after": "10m"}]
MILL = {"proof": ["answer"], "answers": ["flour", {"regex": "wheat ?flour"}], "points": 30}
LIGHT = {"proof": ["position"], "at": [57.7072, 11.9668], "radius_m": 40, "points": 40}
HARBOUR = plan(
    [
        location("pier", code="LUMEN", points=50, hints=HINTS, clue="Where the ferry sleeps"),
        location("mill", **MILL, near_misses={"bread": "Close. Earlier."}),
        location("light", **LIGHT),
        location("vault", code="OPEN SESAME", requires=["pier"], clue="Behind the ferry"),
    ],
    {"names": ["Otters", "Terns", "Seals"]},
    scoring={"finder_bonus": [20, 10, 5], "wrong_claim": -1},
)


class Game:
    """A seeded hunt on a running server, with a game master at the console."""

    def __init__(self, server: Server, gm: Client, seeded: Message) -> None:
        self.server = server
        self.gm = gm
        self.hunt: str = seeded["hunt"]
        self.teams: list[Message] = seeded["teams"]
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
    policy: ShedPolicy = SHED_POLICY,
) -> AsyncIterator[tuple[Game, InProcessServer]]:
    """A game on a server in the test's own loop."""
    async with InProcessServer(db, wrap_store, policy) as server:
        yield await seed(server, document, start), server


def scores(rows: list[Message]) -> dict[str, int]:
    return {row["team"]: row["score"] for row in rows}


class Healthy:
    """A player who minds the rules, and must never notice those who do not."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def plays_on(self) -> None:
        await self._client.done("say", text="I notice nothing.")
        assert not self._client.has("error")


@asynccontextmanager
async def healthy_game(db: Path) -> AsyncIterator[tuple[Game, InProcessServer, Healthy]]:
    """A game in which a healthy player gets through before and after the abuse."""
    async with playing(db, SIMPLE) as (game, server):
        healthy = Healthy(await game.join("terns", "Bob"))
        await healthy.plays_on()
        yield game, server, healthy
        await healthy.plays_on()
        assert server.app.core.health.look().actor_failures == 0


def write_at_once(client: Client, messages: list[Message]) -> None:
    """Several frames in one write, so that they arrive together."""
    protocol = client.socket.protocol
    for message in messages:
        protocol.send_text(json.dumps(message).encode())
    client.socket.transport.write(b"".join(protocol.data_to_send()))
