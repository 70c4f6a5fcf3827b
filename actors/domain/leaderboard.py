"""The leaderboard: a projection of a hunt's records.

Unlike the states of the rules it changes in place: it folds committed records in batches, and
nobody but its owner sees it between them. The rows that it gives out are frozen.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from actors.domain.events import (
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HuntSeeded,
    LeaderboardFrozen,
    LeaderboardThawed,
    LocationFound,
    PointsAdjusted,
    Record,
    TeamDisqualified,
    TeamReinstated,
)
from actors.domain.ids import LocationId, TeamId
from actors.domain.plan import HuntPlan

Moment = tuple[float, int]
"""When something was gained: UTC seconds, then journal position."""

NEVER: Moment = (float("-inf"), 0)


class LeaderboardRow(Struct, frozen=True):
    """One team's line."""

    rank: int
    """1, 2, 3 … without ties."""
    team: TeamId
    name: str
    score: int


class _Gain(Struct, gc=False, array_like=True):
    """A find, as far as the leaderboard is concerned."""

    points: int
    bonus: int
    at: float
    position: int
    is_void: bool = False

    @property
    def worth(self) -> int:
        return 0 if self.is_void else self.points + self.bonus

    @property
    def moment(self) -> Moment:
        return self.at, self.position


class _Line(Struct):
    """One team's running sums."""

    team: TeamId
    name: str
    order: int
    """Place in the plan, which breaks the last ties."""
    score: int = 0
    gains: dict[LocationId, _Gain] = {}
    adjusted: Moment = NEVER
    """The last time that the game master gave points."""
    last_gain: Moment = NEVER
    """The last time that the score rose, by what still counts."""
    is_disqualified: bool = False


class LeaderboardState(Struct):
    """All that a leaderboard has to remember."""

    lines: dict[TeamId, _Line]
    frozen_rows: tuple[LeaderboardRow, ...] | None


class Leaderboard:
    """Ranks the teams of one hunt: best first; ties by who got there earlier, then plan order.

    Who got there earlier: whose last gain is older. A gain is a find or points given by the game
    master; a find that is void is none, and one that was restored dates from when it was found.
    """

    def __init__(self, plan: HuntPlan) -> None:
        self._seat(plan)

    def _seat(self, plan: HuntPlan) -> None:
        self._lines = {
            seat.id: _Line(seat.id, seat.name, order) for order, seat in enumerate(plan.teams)
        }
        self._rows: tuple[LeaderboardRow, ...] | None = None
        self._frozen_rows: tuple[LeaderboardRow, ...] | None = None

    def state(self) -> LeaderboardState:
        """What `take_up` needs; it shares what changes in place."""
        return LeaderboardState(self._lines, self._frozen_rows)

    def take_up(self, state: LeaderboardState) -> None:
        """Go on where a leaderboard of the same plan was."""
        self._lines, self._rows, self._frozen_rows = state.lines, None, state.frozen_rows

    @property
    def is_frozen(self) -> bool:
        """Whether the public's rows stand still."""
        return self._frozen_rows is not None

    def apply(self, record: Record) -> bool:
        """Fold one record; True when rows may have changed."""
        event: Any = record.event
        kind = type(event)
        if kind is LocationFound:  # Nearly always.
            has_changed = self._find(event, (record.at, record.position))
        else:
            fold = _FOLDS.get(kind)
            has_changed = fold is not None and fold(self, event, record)
        if has_changed:
            self._rows = None
        return has_changed

    def rows(self, public: bool) -> tuple[LeaderboardRow, ...]:
        """The rows as the public sees them, or as they truly are."""
        if public and self._frozen_rows is not None:
            return self._frozen_rows
        if self._rows is None:
            self._rows = self._rank()
        return self._rows

    def _rank(self) -> tuple[LeaderboardRow, ...]:
        playing = [line for line in self._lines.values() if not line.is_disqualified]
        playing.sort(key=lambda line: (-line.score, line.last_gain, line.order))
        return tuple(
            LeaderboardRow(rank, line.team, line.name, line.score)
            for rank, line in enumerate(playing, 1)
        )

    def _fail(self, event: ClaimFailed, _: Record) -> bool:
        return self._add(event.team, event.penalty)

    def _buy(self, event: HintBought, _: Record) -> bool:
        return self._add(event.team, -event.cost)

    def _add(self, team: TeamId, points: int) -> bool:
        self._lines[team].score += points
        return points != 0

    def _find(self, event: LocationFound, moment: Moment) -> bool:
        line = self._lines[event.team]
        worth = event.points + event.bonus
        line.gains[event.location] = _Gain(event.points, event.bonus, *moment)
        line.score += worth
        if worth > 0 and moment > line.last_gain:
            line.last_gain = moment
        return worth != 0

    def _adjust(self, event: PointsAdjusted, record: Record) -> bool:
        moment = (record.at, record.position)
        line = self._lines[event.team]
        line.score += event.points
        if event.points > 0:
            line.adjusted = max(line.adjusted, moment)
            line.last_gain = max(line.last_gain, moment)
        return True

    def _put_out(self, event: TeamDisqualified, _: Record) -> bool:
        self._lines[event.team].is_disqualified = True
        return True

    def _let_in(self, event: TeamReinstated, _: Record) -> bool:
        self._lines[event.team].is_disqualified = False
        return True

    def _freeze(self, _event: LeaderboardFrozen, _record: Record) -> bool:
        self._frozen_rows = self.rows(public=False)
        return True

    def _thaw(self, _event: LeaderboardThawed, _record: Record) -> bool:
        self._frozen_rows = None
        return True

    def _seed(self, event: HuntSeeded, _: Record) -> bool:
        self._seat(event.plan)
        return True

    def _correct(self, event: FindVoided | FindRestored, _: Record) -> bool:
        concerned = {event.team: self._lines[event.team]}
        concerned.update((rerank.team, self._lines[rerank.team]) for rerank in event.reranked)
        worths = {team: line.gains[event.location].worth for team, line in concerned.items()}
        concerned[event.team].gains[event.location].is_void = isinstance(event, FindVoided)
        for rerank in event.reranked:
            concerned[rerank.team].gains[event.location].bonus = rerank.bonus
        for team, line in concerned.items():
            line.score += line.gains[event.location].worth - worths[team]
            moments = [gain.moment for gain in line.gains.values() if gain.worth > 0]
            line.last_gain = max(line.adjusted, *moments, NEVER)
        return True


_FOLDS: dict[type[Any], Callable[[Leaderboard, Any, Record], bool]] = {
    ClaimFailed: Leaderboard._fail,
    FindRestored: Leaderboard._correct,
    FindVoided: Leaderboard._correct,
    HintBought: Leaderboard._buy,
    HuntSeeded: Leaderboard._seed,
    LeaderboardFrozen: Leaderboard._freeze,
    LeaderboardThawed: Leaderboard._thaw,
    PointsAdjusted: Leaderboard._adjust,
    TeamDisqualified: Leaderboard._put_out,
    TeamReinstated: Leaderboard._let_in,
}
"""What each event changes; one that is not here changes nothing."""
