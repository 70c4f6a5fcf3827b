"""Random play: everything that players, game masters and time can do to a hunt, from one seed."""

import random
from collections.abc import Callable

from actors.domain.commands import (
    AdjustPoints,
    Announce,
    BuyHint,
    Claim,
    CloseLocation,
    Disqualify,
    FinishHunt,
    FreezeLeaderboard,
    GameMasterCommand,
    HuntScoped,
    JoinTeam,
    MarkSeen,
    OpenLocation,
    PauseHunt,
    PlayerCommand,
    Reinstate,
    RestoreFind,
    ResumeHunt,
    Say,
    StartHunt,
    ThawLeaderboard,
    VoidFind,
)
from actors.domain.ids import AnnouncementId, LocationId, TeamId
from actors.domain.plan import Hint, HuntPlan, Lockout, Route, Scoring, TeamSeat
from actors.messages import Join, Request
from tests.actors.edges import Device
from tests.actors.rig import Rig
from tests.domain.given import given_pier, given_plan, requires

TEAMS = 5
PLACES = 4
NAMES = ("Ada", "Bob", "Cleo", "Dan")
CODES = ("lumen", "lumen", "lumen", "wrong")
FINISH_CHANCE = 0.002
"""Seldom, since nothing much happens after it."""


def lively_plan(route: Route) -> HuntPlan:
    """Five teams, four places; scarce stock and room, hints, bonuses, lock-outs, a time limit."""
    ids = [LocationId(f"p{number}") for number in range(PLACES)]
    places = [
        given_pier(
            id=place,
            name=place,
            stock=4 if number == 1 else None,
            capacity=2,
            requires=requires(ids[0]) if route is Route.FREE and number == 3 else None,
            hints=(Hint(text="It floats.", cost=3), Hint(text="Deep.", cost=5, after_s=60.0)),
        )
        for number, place in enumerate(ids)
    ]
    seats = [TeamSeat(id=TeamId(f"t{number}"), name=f"Team {number}") for number in range(TEAMS)]
    return given_plan(
        teams=tuple(seats),
        locations=tuple(places),
        route=route,
        team_size_max=3,
        duration_s=3_600.0,
        scoring=Scoring(
            finder_bonus=(20, 10, 5),
            wrong_claim=-1,
            lockout=Lockout(after=2, for_s=30.0, factor=2.0),
        ),
    )


class Play:
    """Lets many people loose on a rig; mostly without waiting for each other."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig = rig
        self.random = random.Random(seed)
        self.devices: list[tuple[TeamId, Device]] = []
        self.staff = [Device(), Device()]
        rig.order(StartHunt())

    def go(self, steps: int, disturb: Callable[[], None] = lambda: None) -> None:
        """Do so many things, then let all of them be handled."""
        for _ in range(steps):
            self._step()
            disturb()
        self.rig.run()

    def _step(self) -> None:
        choice = self.random.random()
        if choice < 0.05 or not self.devices:
            self._join()
        elif choice < 0.70:
            self._ask()
        elif choice < 0.82:
            self._order()
        elif choice < 0.90:
            self.rig.advance(self.random.expovariate(1 / 20))
        elif choice < 0.95:
            self.rig.run()
        else:
            self._commit_some()

    def _commit_some(self) -> None:
        self.rig.run()
        low, high = self.rig.journal.watermark, self.rig.journal.tail
        self.rig.commit(self.random.randint(low, high))

    def _team(self) -> TeamId:
        return self.random.choice(self.rig.plan.teams).id

    def _place(self) -> LocationId:
        return self.random.choice(self.rig.plan.locations).id

    def _join(self) -> None:
        team, device = self._team(), Device()
        join = Join(device, JoinTeam(self.random.choice(NAMES)))
        self.rig.entry.teams[team].tell(join)
        self.devices.append((team, device))

    def _ask(self) -> None:
        team, device = self.random.choice(self.devices)
        if device.player is None:
            return  # Not welcomed yet, or never.
        # Now and then a number comes again: a phone that did not hear the answer.
        repeated = device.n > 0 and self.random.random() < 0.1
        n = device.n if repeated else device.next_n()
        self.rig.entry.teams[team].tell(Request(device, n, self._command(team)))

    def _command(self, team: TeamId) -> PlayerCommand:
        place = self._place()
        target = self.rig.team(team).target
        if target is not None and self.random.random() < 0.7:
            place = target
        kind = self.random.random()
        if kind < 0.75:
            return Claim(place, code=self.random.choice(CODES))
        if kind < 0.90:
            return BuyHint(place, self.random.randrange(3))
        if kind < 0.95:
            return MarkSeen(AnnouncementId(self.random.randint(1, 4)))
        return Say("hello")

    def _order(self) -> None:
        device = self.random.choice(self.staff)
        command = HuntScoped(self.rig.plan.hunt, self._game_master_command())
        self.rig.console.tell(Request(device, device.next_n(), command))

    def _voided(self, team: TeamId) -> list[LocationId]:
        return [place for place, find in self.rig.team(team).finds.items() if find.void]

    def _game_master_command(self) -> GameMasterCommand:
        team, place = self._team(), self._place()
        commands: list[GameMasterCommand] = [
            StartHunt(),
            PauseHunt(),
            ResumeHunt(),
            ResumeHunt(),
            FreezeLeaderboard(),
            ThawLeaderboard(),
            Announce("News", (team,)),
            AdjustPoints(team, self.random.randint(-9, 9)),
            OpenLocation(place),
            OpenLocation(place),
            CloseLocation(place),
            VoidFind(team, place),
            VoidFind(team, place),
            *(RestoreFind(team, voided) for voided in self._voided(team)),
            Disqualify(team),
            Reinstate(team),
            Reinstate(team),
        ]
        if self.random.random() < FINISH_CHANCE:
            return FinishHunt()
        return self.random.choice(commands)
