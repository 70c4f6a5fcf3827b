"""A journal of any length, of hunts as people play them: what recovery is measured with."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

from actors.domain.events import (
    Announced,
    AnnouncementSeen,
    AnyEvent,
    ClaimFailed,
    HintBought,
    HuntFinished,
    HuntSeeded,
    HuntStarted,
    LocationFound,
    PlayerJoined,
    Record,
    TeamSpoke,
)
from actors.domain.ids import AnnouncementId, HuntId, LocationId, PlayerId, SessionId, TeamId
from actors.domain.plan import Hint, HuntPlan, Location, TeamSeat
from actors.domain.refusals import Reason
from server.store import SqliteStore

TEAMS, LOCATIONS, PLAYERS, HINTS = 200, 50, 4, 2
"""Of each hunt; players are of each team, hints of each location."""

STEPS = 28_000
"""What players do in a hunt: nearly all places are found by nearly all teams then."""

POINTS, HINT_COST, PENALTY = 50, 10, -1

BATCH = 2_000
"""Records in a commit, as many as the server's own largest."""

STARTED_AT = 1_760_000_000.0


class Played:
    """One hunt while it is being played; `events` makes its records' contents."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.hunt = HuntId(f"hunt-{number}")
        self._chance = chance
        self._places = [LocationId(f"place-{index}") for index in range(LOCATIONS)]
        self._open = [chance.sample(self._places, LOCATIONS) for _ in range(TEAMS)]
        self._found = dict.fromkeys(self._places, 0)
        self._failed: dict[tuple[int, LocationId], int] = {}
        self._hints: dict[tuple[int, LocationId], int] = {}
        self._seen = [0] * (TEAMS * PLAYERS)
        self._numbers = [0] * (TEAMS * PLAYERS)
        self._announced = 0
        self.scores = [0] * TEAMS

    def plan(self) -> HuntPlan:
        """Its plan."""
        hints = tuple(Hint(text=f"Hint {index}", cost=HINT_COST) for index in range(HINTS))
        return HuntPlan(
            hunt=self.hunt,
            title=f"Hunt {self.hunt}",
            teams=tuple(TeamSeat(id=_team(i), name=f"Team {i}") for i in range(TEAMS)),
            locations=tuple(
                Location(id=place, name=place.title(), code="lumen", points=POINTS, hints=hints)
                for place in self._places
            ),
        )

    def events(self) -> Iterator[tuple[AnyEvent, SessionId | None, int | None]]:
        """What happens, in order, with whose request it was."""
        yield HuntSeeded(self.plan()), None, None
        for device in range(TEAMS * PLAYERS):
            team = _team(device // PLAYERS)
            name = f"Player {device % PLAYERS}"
            yield PlayerJoined(team, _player(device), name), self._session(device), None
        yield HuntStarted(), None, None
        for _ in range(STEPS):
            device = self._chance.randrange(TEAMS * PLAYERS)
            event = self._step(device // PLAYERS, device)
            if isinstance(event, Announced):
                yield event, None, None
                continue
            self._numbers[device] += 1
            yield event, self._session(device), self._numbers[device]
        yield HuntFinished(), None, None

    def _step(self, team: int, device: int) -> AnyEvent:
        roll, places = self._chance.random(), self._open[team]
        if places and roll < 0.4:
            return self._find(team, device)
        if places and roll < 0.6:
            return self._fail(team, device)
        if places and roll < 0.7 and self._hints.get((team, places[-1]), 0) < HINTS:
            return self._buy(team, device)
        if self._seen[device] < self._announced:
            self._seen[device] += 1
            announcement = AnnouncementId(self._seen[device])
            return AnnouncementSeen(_team(team), _player(device), announcement)
        if roll > 0.999:
            self._announced += 1
            return Announced(AnnouncementId(self._announced), "The bridge is closed.")
        return TeamSpoke(_team(team), _player(device), "Is the mill still open?")

    def _find(self, team: int, device: int) -> AnyEvent:
        place = self._open[team].pop()
        self._found[place] += 1
        self.scores[team] += POINTS
        rank = self._found[place]
        return LocationFound(_team(team), place, _player(device), POINTS, rank=rank)

    def _fail(self, team: int, device: int) -> AnyEvent:
        key = team, self._open[team][-1]
        failures = self._failed[key] = self._failed.get(key, 0) + 1
        self.scores[team] += PENALTY
        reason, text = Reason.WRONG_CODE, "That is not the code of this place."
        return ClaimFailed(
            _team(team), key[1], _player(device), reason, text, PENALTY, failures=failures
        )

    def _buy(self, team: int, device: int) -> AnyEvent:
        key = team, self._open[team][-1]
        hint = self._hints.get(key, 0)
        self._hints[key] = hint + 1
        self.scores[team] -= HINT_COST
        return HintBought(_team(team), key[1], _player(device), hint, HINT_COST)

    def _session(self, device: int) -> SessionId:
        return SessionId(hashlib.md5(f"{self.hunt}/{device}".encode()).hexdigest())


def _team(number: int) -> TeamId:
    return TeamId(f"team-{number}")


def _player(device: int) -> PlayerId:
    return PlayerId(f"player {device % PLAYERS}")


class Season:
    """One hunt after the other, until there are as many events as wanted."""

    def __init__(self, events: int) -> None:
        self._left = events
        self._chance = random.Random(events)
        self.played: list[Played] = []
        """The hunts so far; the last one may still be running."""

    def records(self) -> Iterator[Record]:
        """The journal."""
        position = 0
        while position < self._left:
            hunt = Played(len(self.played) + 1, self._chance)
            self.played.append(hunt)
            for event, session, n in hunt.events():
                position += 1
                at = STARTED_AT + position / 10
                yield Record(position, hunt.hunt, at, event, session, n)
                if position == self._left:
                    return

    def write(self, db: Path) -> None:
        """Make a database with that journal."""
        store = SqliteStore(db)
        store.open()
        batch: list[Record] = []
        for record in self.records():
            batch.append(record)
            if len(batch) == BATCH:
                store.commit(batch)
                batch.clear()
        store.commit(batch)
        store.close()
