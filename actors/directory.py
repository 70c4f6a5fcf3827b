"""Id -> live actor.

Whoever wants to tell someone holds an id and looks the reference up here, since a Pykka actor
cannot be restarted: its replacement has another reference.
"""

from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.plan import HuntPlan
from actors.messages import Ref


class HuntDirectory:
    """The live actors of one hunt, in the plan's order."""

    def __init__(self, plan: HuntPlan) -> None:
        self.plan = plan
        self.hunt: Ref | None = None
        self.leaderboard: Ref | None = None
        self.teams: dict[TeamId, Ref] = {}
        self.locations: dict[LocationId, Ref] = {}
        self._team_by_name = {seat.name.casefold(): seat.id for seat in plan.teams}

    def find_team(self, id_or_name: str) -> TeamId | None:
        """The team that a game master means: by id or, failing that, by name."""
        if id_or_name in self.teams:
            return TeamId(id_or_name)
        return self._team_by_name.get(id_or_name.casefold())

    def repoint(self, old: Ref, new: Ref) -> None:
        """Let whoever looked up `old` find `new` from now on."""
        if self.hunt is old:
            self.hunt = new
        if self.leaderboard is old:
            self.leaderboard = new
        for team, ref in self.teams.items():
            if ref is old:
                self.teams[team] = new
        for location, ref in self.locations.items():
            if ref is old:
                self.locations[location] = new

    def refs(self) -> list[Ref]:
        """All actors, in the order in which they were started."""
        heads = [ref for ref in (self.hunt, self.leaderboard) if ref is not None]
        return [*heads, *self.teams.values(), *self.locations.values()]


class Directory:
    """All hunts of this server."""

    def __init__(self) -> None:
        self.hunts: dict[HuntId, HuntDirectory] = {}

    def find(self, hunt: HuntId | None) -> HuntDirectory | None:
        """The hunt of that id; with None the only hunt there is, if there is only one."""
        if hunt is not None:
            return self.hunts.get(hunt)
        if len(self.hunts) == 1:
            return next(iter(self.hunts.values()))
        return None
