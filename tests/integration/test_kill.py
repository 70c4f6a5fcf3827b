"""Kill -9 at any moment: what a client saw saved is there, and nothing is there twice."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.domain.events import ClaimFailed, LocationFound, Record, TeamSpoke
from actors.domain.ids import HuntId, LocationId, SessionId, TeamId
from actors.domain.views import team_view
from server import client as client_module
from server.access import digest
from server.client import Client, join
from tests.integration.clients import PATIENCE_S, Message, run
from tests.integration.games import location, plan, seed
from tests.integration.harness import ServerProcess
from tests.integration.states import fold, leaderboard_of, plain, read_journal

KILLS = 20
TEAMS = 12
PHONES_PER_TEAM = 3
LOAD_MAX_S = 0.5
"""Seconds of load before a kill, at most."""

SLOW_COMMIT_S = 0.06
"""Seconds of every second round's commits: most kills then come while one is under way."""

PIPELINE = 4
"""Requests that a phone has on their way at the same time."""

LOCATIONS = [f"place-{number}" for number in range(400)]
HUNT = plan(
    [*(location(place) for place in LOCATIONS), location("decoy")],
    {"count": TEAMS},
    scoring={"finder_bonus": [9, 5, 2], "wrong_claim": -1},
)


class Phone:
    """A player's phone; what each of its requests must have become follows from its number."""

    def __init__(self, url: str, team: str, code: str, name: str) -> None:
        self.team = TeamId(team)
        self.name = name
        self.client = Client(url, join(code, name))
        self.last = 0

    @property
    def session(self) -> SessionId:
        return digest(self.client.welcome["session"])

    @property
    def saved(self) -> int:
        return self.last - self.client.unsaved

    def request(self, n: int) -> Message:
        if n % 3 == 0:
            return {"t": "claim", "location": "decoy", "code": "WRONG"}
        if n % 3 == 1:
            return {"t": "say", "text": f"{self.name} {n}"}
        place = LOCATIONS[n // 3 % len(LOCATIONS)]
        return {"t": "claim", "location": place, "code": place.upper()}

    async def play(self) -> None:
        """Send and send, whatever happens to the server."""
        while True:
            numbers = []
            for _ in range(PIPELINE):
                numbers.append(self.client.submit(self.request(self.last + 1)))
                self.last = numbers[-1]
            for n in numbers:
                await self.client.answer(n)


def check_journal(records: Sequence[Record], phones: Sequence[Phone]) -> None:
    """Every request that its phone saw saved is in the journal, as what it asked for, once."""
    asked = Counter((one.session, one.n) for one in records if one.n is not None)
    assert max(asked.values()) == 1, "a request was applied twice"
    made = {(one.session, one.n): one.event for one in records}
    finds = Counter((e.team, e.location) for e in _events(records) if isinstance(e, LocationFound))
    assert not finds or max(finds.values()) == 1, "a team found a location twice"
    for phone in phones:
        for n in range(1, phone.saved + 1):
            event, wanted = made.get((phone.session, n)), phone.request(n)
            if wanted["t"] == "say":
                assert isinstance(event, TeamSpoke), f"{phone.name} {n} is lost: {event}"
                assert event.text == wanted["text"]
            elif wanted["location"] == "decoy":
                assert isinstance(event, ClaimFailed), f"{phone.name} {n} is lost: {event}"
            else:
                # A teammate may have been first: then that find had to be saved before.
                assert finds[phone.team, LocationId(wanted["location"])] == 1, f"{phone.name} {n}"


def _events(records: Sequence[Record]) -> list[object]:
    return [record.event for record in records]


async def check_snapshots(server: ServerProcess, phones: Sequence[Phone]) -> None:
    """Once all is quiet, a fresh connection is shown exactly what the journal says."""
    records = read_journal(server.db)
    image = fold(records).hunts[HuntId("harbour")].image
    screen = await server.watch("harbour")
    assert screen.welcome["leaderboard"] == leaderboard_of(records, "harbour")
    for phone in phones:
        player = await server.resume(phone.client.welcome["session"])
        state = image.teams[phone.team]
        assert player.welcome["team"] == plain(team_view(state, image.hunt.plan, 0.0))


@pytest.mark.slow
def test_whatever_was_saved_survives_twenty_kills_and_nothing_is_applied_twice(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random()
    seed_of_run = chance.randrange(10**9)
    chance.seed(seed_of_run)
    print(f"kill test, seed {seed_of_run}")  # noqa: T201 - pytest shows it when the test fails.
    # The phones of this test are back within a moment: what is tested is the kill.
    monkeypatch.setattr(client_module, "RECONNECT_MAX_S", 0.3)

    async def scenario() -> None:
        async with ServerProcess(db) as server:
            game = await seed(server, HUNT)
            await game.gm.saved(2)
            phones = [
                Phone(server.url, team, code, f"{team}-{number}")
                for team, code in game.codes.items()
                for number in range(PHONES_PER_TEAM)
            ]
            for phone in phones:
                await phone.client.start()
            players = [asyncio.create_task(phone.play()) for phone in phones]
            for kill in range(KILLS):
                await asyncio.sleep(chance.uniform(0.02, LOAD_MAX_S))  # The load before a kill.
                await server.kill()
                records = read_journal(db)
                check_journal(records, phones)
                assert not any(player.done() for player in players), players
                await server.start(SLOW_COMMIT_S if kill % 2 else 0.0)
            await _finish(players, phones)
            await check_snapshots(server, phones)
            assert await server.stop() == 0
            records = read_journal(db)
            check_journal(records, phones)
            assert all(phone.saved == phone.last for phone in phones)
            assert len(records) > KILLS * TEAMS, "the test made no load"

    run(scenario(), limit_s=150)


async def _finish(players: Sequence[asyncio.Task[None]], phones: Sequence[Phone]) -> None:
    for player in players:
        player.cancel()
    await asyncio.gather(*players, return_exceptions=True)
    async with asyncio.timeout(PATIENCE_S):
        for phone in phones:
            await phone.client.saved()
    for phone in phones:
        await phone.client.close()
