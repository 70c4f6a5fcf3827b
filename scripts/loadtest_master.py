"""The game master of a load test: prepares the hunt, speaks, sees the server's health, clears up."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Self

from msgspec import Struct

from scripts.loadtest_plan import remains
from server.client import Client, ClientClosed, game_master
from server.client_queue import Message

SEED_S = 120.0
"""Seconds that a plan may take to be accepted and saved: 5,000 teams take a few."""

CLEAR_UP_S = 20.0
"""Seconds for each step of clearing up; a server in trouble need not be waited for longer."""

HUNTS_LOOKED_AT_MAX = 200
"""Hunts of a server that are looked at before the test; one with more is asked about with --yes."""

NAME = "Load test"
"""Who sits at the console, for the staff log."""


class NotPrepared(Exception):
    """The server did not take the hunt; the text says why."""


class Health(Struct, frozen=True):
    """What a load test looks at in one health push."""

    journal_fill: float = 0.0
    """Part of the hard limits of what waits for the disk that is used, 0 to 1."""
    journal_lag_s: float = 0.0
    """How long the oldest record has waited for the disk, in seconds."""
    loop_lag_s: float = 0.0
    """By how much the server's loop is late, in seconds."""
    mailbox_depth: int = 0
    connections: int = 0
    slow_clients: int = 0
    """Connections closed since the server's start because they did not read."""
    commit_failures: int = 0
    actor_failures: int = 0
    shed: frozenset[str] = frozenset()
    """Steps of the ladder that Cairn sheds by itself now."""
    accept_p99_s: float = 0.0
    """Within how many seconds the server itself made 99 of 100 answers, network left out."""


def health_of(push: Mapping[str, Any]) -> Health:
    """Read the `health` of a push; a field that an older or newer server leaves out is 0."""
    hard = push.get("journal_hard") or {}
    used = [
        push.get(f"journal_{key}", 0) / hard[limit]
        for key, limit in (("pending", "records"), ("bytes", "bytes"), ("lag_s", "age_s"))
        if hard.get(limit)
    ]
    shed = (step for step in push.get("shedding", ()) if step.get("active"))
    return Health(
        max(used, default=0.0),
        push.get("journal_lag_s", 0.0),
        push.get("loop_lag_s", 0.0),
        push.get("mailbox_depth", 0),
        push.get("connections", 0),
        push.get("slow_clients", 0),
        push.get("commit_failures", 0),
        push.get("actor_failures", 0),
        frozenset(str(one["step"]) for one in shed if one.get("why") != "game_master"),
        push.get("accept_p99_s", 0.0),
    )


async def players_in_running_hunts(server: str, token: str) -> dict[str, int]:
    """Running hunts that players are connected to, and how many of their phones are.

    Raises:
        CannotConnect: the server is not there, or does not know the token.
    """
    async with Client(server, game_master(token, name=NAME)) as staff:
        hunts = list(staff.welcome.get("hunts", ()))
    found: dict[str, int] = {}
    for hunt in hunts[:HUNTS_LOOKED_AT_MAX]:
        async with Client(server, game_master(token, hunt, NAME)) as staff:
            welcome = staff.welcome
        online = sum(team.get("online", 0) for team in welcome.get("teams") or ())
        if online and welcome["hunt"]["phase"] in ("running", "paused"):
            found[hunt] = online
    return found


class Master:
    """One game master with one hunt."""

    def __init__(self, server: str, token: str, hunt: str, on_health: Callable[[Health], None]):
        self.hunt = hunt
        self.announcements = 0
        self.is_seeded = False
        self._server = server
        self._token = token
        self._on_health = on_health
        self._client: Client | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.close()

    async def seed(self, document: Message) -> list[str]:
        """Seed and start the hunt; the long join codes of its teams.

        Raises:
            CannotConnect: the server is not there, or does not know the token.
            NotPrepared: it does not take the plan.
        """
        try:
            async with asyncio.timeout(SEED_S):
                async with Client(self._server, game_master(self._token, name=NAME)) as owner:
                    seeded = await owner.request({"t": "seed", "plan": document})
                    _require(seeded)
                    self.is_seeded = True
                    await owner.saved()
                opening = game_master(self._token, self.hunt, NAME)
                self._client = Client(self._server, opening, on_push=self._see)
                await self._client.start()
                _require(await self._client.request({"t": "start"}))
                await self._client.saved()
        except TimeoutError:
            text = f"the hunt was not seeded and saved within {SEED_S:.0f} s"
            raise NotPrepared(text) from None
        return [team["long_code"] for team in seeded["teams"]]

    def _see(self, push: Message) -> None:
        if push["t"] == "health":
            self._on_health(health_of(push["health"]))

    def announce(self) -> int:
        """Tell everybody something; returns the announcement's id, which counts from 1."""
        assert self._client is not None
        self.announcements += 1
        text = "Load test: the tide is coming in. There is nothing to do."
        self._client.submit({"t": "announce", "text": text})
        return self.announcements

    async def clear_up(self) -> bool:
        """Finish the hunt and put the smallest one in its place; whether that was done."""
        if not self.is_seeded:
            return False
        try:
            async with asyncio.timeout(CLEAR_UP_S):
                opening = game_master(self._token, self.hunt, NAME)
                async with Client(self._server, opening) as owner:
                    seed = {"t": "seed", "plan": remains(self.hunt), "replace": True}
                    requests: list[Message] = [seed, {"t": "start"}, {"t": "finish"}]
                    answers = [await owner.request(request) for request in requests]
        except (ClientClosed, TimeoutError):
            return False
        return all(answer["t"] == "accepted" for answer in answers)


def _require(answer: Message) -> None:
    if answer["t"] != "accepted":
        said = answer.get("message", answer)
        raise NotPrepared(f"the server refused: {said} {answer.get('errors', '')}".strip())
