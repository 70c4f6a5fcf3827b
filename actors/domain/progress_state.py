"""One team and one location, as the console board keeps them: they change in place."""

from msgspec import Struct

from actors.domain.console_lines import Cell, Live, LocationLine, TeamLine
from actors.domain.ids import AnnouncementId, LocationId, PlayerId, TeamId
from actors.domain.plan import Location


class TeamProgress(Struct):
    """What happened to a team."""

    id: TeamId
    name: str
    is_shown: bool
    """Whether it is among the teams that the console lists."""
    names: dict[PlayerId, str] = {}
    score: int = 0
    found: int = 0
    """Finds that count."""
    last_find_at: float | None = None
    target: LocationId | None = None
    target_since: float | None = None
    seen: tuple[AnnouncementId, ...] = ()
    is_out: bool = False
    """Disqualified."""
    cells: dict[LocationId, Cell] = {}
    changed: dict[LocationId, None] = {}
    """Cells that changed since the last push."""

    def line(self, live: Live, cells: dict[LocationId, Cell]) -> TeamLine:
        """The line with these of its cells."""
        return TeamLine(
            id=self.id,
            name=self.name,
            score=self.score,
            online=live.online,
            found=self.found,
            disqualified=self.is_out,
            last_find_at=self.last_find_at,
            target=self.target,
            target_since=self.target_since,
            delivered=live.delivered,
            seen=self.seen,
            last_seen_at=None if live.online else live.last_seen_at,
            cells=cells,
        )

    def recount(self) -> None:
        """Work out anew when the team last found something that counts."""
        times = [cell.at for cell in self.cells.values() if cell.state == "found" and cell.at]
        self.last_find_at = max(times, default=None)


class PlaceProgress(Struct):
    """What happened at a location."""

    location: Location
    is_shown: bool
    """Whether it is among the locations that the console lists."""
    is_open: bool = True
    standing: int = 0
    """Finds that count."""
    heading: dict[TeamId, None] = {}
    """Teams that are steered here now."""

    def line(self) -> LocationLine:
        """The location's line."""
        return LocationLine(self.location.id, self.is_open, self.standing, len(self.heading))
