"""Phones that play on whatever happens to the server, and what must have become of it.

What each request must have become follows from its number, so that a journal can be checked
against the phones without a second account of what was sent.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from actors.domain.events import (
    AnyEvent,
    ClaimFailed,
    FindRestored,
    FindVoided,
    LocationFound,
    PointsAdjusted,
    Record,
    TeamSpoke,
)
from actors.domain.ids import HuntId, LocationId, SessionId, TeamId
from actors.domain.views import team_view
from server.access import digest
from server.client import Client, game_master, join
from tests.integration.clients import PATIENCE_S, Message
from tests.integration.games import Game, location, plan
from tests.integration.harness import GM_TOKEN, Server
from tests.integration.states import fold, leaderboard_of, plain

PIPELINE = 4
"""Requests that a phone has on their way at the same time."""

HUNT = "harbour"
LOCATIONS = [f"place-{number}" for number in range(400)]


def busy_hunt(teams: int) -> Message:
    """A hunt with places enough for a long load, and one that only fails."""
    return plan(
        [*(location(place) for place in LOCATIONS), location("decoy")],
        {"count": teams},
        scoring={"finder_bonus": [9, 5, 2], "wrong_claim": -1},
    )


class Device:
    """Whoever sends numbered requests through the shipped client, and waits for the answers."""

    def __init__(self, name: str, client: Client, pause_s: float = 0.0) -> None:
        self.name = name
        self.client = client
        self.last = 0
        self.accepted: set[int] = set()
        """Numbers of which this device was told that they are carried out."""
        self._pause_s = pause_s

    def request(self, n: int) -> Message:
        """What is asked for with this number."""
        raise NotImplementedError

    @property
    def saved(self) -> int:
        """Everything up to this number is final: the server said so."""
        return self.last - self.client.unsaved

    @property
    def session(self) -> SessionId:
        """What the journal calls this device."""
        raise NotImplementedError

    async def play(self) -> None:
        """Send and send, whatever happens to the server."""
        while True:
            numbers = []
            for _ in range(PIPELINE):
                numbers.append(self.client.submit(self.request(self.last + 1)))
                self.last = numbers[-1]
            for n in numbers:
                if (await self.client.answer(n))["t"] == "accepted":
                    self.accepted.add(n)
            await asyncio.sleep(self._pause_s)  # The pace of the load.


class Phone(Device):
    """A player's."""

    def __init__(
        self, server: Server, team: str, code: str, name: str, pause_s: float = 0.0
    ) -> None:
        super().__init__(name, Client(server.url, join(code, name)), pause_s)
        self.team = TeamId(team)

    @property
    def session(self) -> SessionId:
        return digest(self.client.welcome["session"])

    def request(self, n: int) -> Message:
        if n % 3 == 0:
            return {"t": "claim", "location": "decoy", "code": "WRONG"}
        if n % 3 == 1:
            return {"t": "say", "text": f"{self.name} {n}"}
        place = LOCATIONS[n // 3 % len(LOCATIONS)]
        return {"t": "claim", "location": place, "code": place.upper()}


class Referee(Device):
    """A game master's console, from which corrections come one after the other."""

    def __init__(self, server: Server, teams: Sequence[str], pause_s: float = 0.0) -> None:
        super().__init__("referee", Client(server.url, game_master(GM_TOKEN, HUNT)), pause_s)
        self._teams = teams

    @property
    def session(self) -> SessionId:
        return digest("gm:" + self.client.welcome["session"])

    def request(self, n: int) -> Message:
        team = self._teams[n // 4 % len(self._teams)]
        place = LOCATIONS[n // 4 % 8]
        kinds = ("adjust", "void", "adjust", "restore")
        asked: Message = {"t": kinds[n % 4], "team": team, "reason": f"{self.name} {n}"}
        return asked | ({"points": n % 50 + 1} if n % 2 == 0 else {"location": place})


class Crowd(Struct):
    """Everybody who sends in a test."""

    phones: list[Phone]
    referee: Referee
    players: list[asyncio.Task[None]] = []

    @property
    def devices(self) -> list[Device]:
        return [*self.phones, self.referee]

    def play(self) -> None:
        """Begin the load."""
        self.players = [asyncio.create_task(device.play()) for device in self.devices]

    def casualties(self) -> list[str]:
        """Clients that gave up, which none ever may."""
        return [repr(player) for player in self.players if player.done()]

    async def finish(self) -> None:
        """End the load and wait until everything that was sent is final."""
        for player in self.players:
            player.cancel()
        await asyncio.gather(*self.players, return_exceptions=True)
        async with asyncio.timeout(PATIENCE_S):
            for device in self.devices:
                await device.client.saved()

    async def close(self) -> None:
        for player in self.players:
            player.cancel()
        await asyncio.gather(*self.players, return_exceptions=True)
        for device in self.devices:
            await device.client.close()


async def gather_crowd(game: Game, per_team: int, pause_s: float = 0.0) -> Crowd:
    """Phones of every team, and a referee, all connected."""
    phones = [
        Phone(game.server, team, code, f"{team}-{number}", pause_s)
        for team, code in game.codes.items()
        for number in range(per_team)
    ]
    crowd = Crowd(phones, Referee(game.server, list(game.codes), pause_s))
    for device in crowd.devices:
        await device.client.start()
    return crowd


# What the journal must hold ---------------------------------------------------------------------


def faults(
    records: Sequence[Record],
    crowd: Crowd,
    is_final: bool = False,
    promised: dict[str, int] | None = None,
) -> list[str]:
    """What is wrong with a journal, in words: every request that its device saw saved must be
    there as what it asked for, once, and in the device's order.

    `is_final` demands that of everything that was ever sent; `promised` of what each device had
    seen saved at some earlier time.
    """
    saved = promised or {device.name: device.saved for device in crowd.devices}
    found = _order_faults(records)
    made = {(one.session, one.n): one.event for one in records}
    finds = Counter(
        (one.event.team, one.event.location)
        for one in records
        if isinstance(one.event, LocationFound)
    )
    found += [f"{team} found {place} twice" for (team, place), n in finds.items() if n > 1]
    for phone in crowd.phones:
        for n in range(1, (phone.last if is_final else saved[phone.name]) + 1):
            event, wanted = made.get((phone.session, n)), phone.request(n)
            if not _became(event, wanted, phone.team, finds):
                found.append(f"{phone.name} saw {n} saved, and it is lost: {event}")
    found += _correction_faults(made, crowd.referee, saved[crowd.referee.name])
    return found


def unsaved_answers(records: Sequence[Record], crowd: Crowd) -> list[str]:
    """Requests that were carried out, said their device, and are not in the journal."""
    made = {(one.session, one.n) for one in records}
    return [
        f"{device.name} saw {n} accepted, and it was not saved"
        for device in crowd.devices
        for n in device.accepted
        if (device.session, n) not in made
    ]


def _order_faults(records: Sequence[Record]) -> list[str]:
    """Requests that were applied twice, or out of their device's order."""
    found, last = [], dict[Any, int]()
    for record in records:
        if record.n is None or record.session is None:
            continue
        before = last.get(record.session, 0)
        if record.n <= before:
            found.append(f"{record.session} has {record.n} after {before}, at {record.position}")
        last[record.session] = record.n
    return found


def _became(
    event: AnyEvent | None,
    wanted: Message,
    team: TeamId,
    finds: Counter[tuple[TeamId, LocationId]],
) -> bool:
    if wanted["t"] == "say":
        return isinstance(event, TeamSpoke) and event.text == wanted["text"]
    if wanted["location"] == "decoy":
        return isinstance(event, ClaimFailed)
    # A teammate may have been first: then that find had to be saved before.
    return finds[team, LocationId(wanted["location"])] == 1


def _correction_faults(made: dict[Any, AnyEvent], referee: Referee, saved: int) -> list[str]:
    """Adjustments always count; there may be nothing to void or restore, also when a crash took
    back that there was."""
    found = []
    for n in range(1, saved + 1):
        event, wanted = made.get((referee.session, n)), referee.request(n)
        if event is None and wanted["t"] != "adjust":
            continue
        is_it = isinstance(event, PointsAdjusted | FindVoided | FindRestored)
        if not is_it or getattr(event, "reason", None) != wanted["reason"]:
            found.append(f"the referee saw {n} saved, and it is lost: {event}")
    return found


async def snapshot_faults(
    server: Server, records: Sequence[Record], phones: Sequence[Phone]
) -> list[str]:
    """Once all is quiet, a fresh connection must be shown exactly what the journal says."""
    image, found = fold(records).hunts[HuntId(HUNT)].image, []
    screen, expected = await server.watch(HUNT), leaderboard_of(records, HUNT)
    try:
        if screen.welcome["leaderboard"] != expected:  # The newest one may not be due yet.
            await screen.take("leaderboard", lambda push: push["leaderboard"] == expected)
    except AssertionError as error:
        found.append(f"the leaderboard is not what the journal says: {error}")
    for phone in phones:
        player = await server.resume(phone.client.welcome["session"])
        state = image.teams[phone.team]
        if player.welcome["team"] != plain(team_view(state, image.hunt.plan, 0.0)):
            found.append(f"{phone.team} is shown something else than the journal says")
    return found
