"""What anybody may have been shown by now: what some saved prefix of the journal says (I5).

Written without the projections of `actors.domain`, so that a mistake there cannot agree with itself.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from actors.domain.events import (
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HintGranted,
    HuntSeeded,
    LeaderboardFrozen,
    LeaderboardThawed,
    LocationClosed,
    LocationFound,
    LocationOpened,
    Record,
    TeamSteered,
)
from actors.domain.ids import HuntId
from server.simulation.link import Message
from server.simulation.referee import Referee

SHOWN_WHEN_SAVED = ("leaderboard", "feed", "location", "welcome", "progress", "finds")
"""Messages that show others what somebody did."""


class _Saved(Struct):
    """One hunt, as far as it was ever saved."""

    referee: Referee
    scores: dict[str, set[int]]
    cells: dict[tuple[str, str], set[tuple[str, int, int]]]
    """Team and location -> state, number of failures and number of hints, at any time."""
    frozen_at: int | None = None
    """Position since which the public's view stands still."""


class SavedSoFar:
    """Follows what is saved; objects to what is shown and is not."""

    def __init__(self) -> None:
        self._hunts: dict[HuntId, _Saved] = {}
        self._openings: set[tuple[str, bool]] = set()
        self._cells: dict[tuple[str, str], tuple[str, int, int]] = {}

    def follow(self, record: Record) -> None:
        """One more record is saved."""
        event = record.event
        if isinstance(event, HuntSeeded):
            scores = {str(seat.id): {0} for seat in event.plan.teams}
            self._hunts[record.hunt] = _Saved(Referee(event.plan), scores, {})
            self._cells.clear()
            return
        hunt = self._hunts[record.hunt]
        for _ in hunt.referee.apply(record):
            pass  # Said when it was appended.
        for team, scores_of_team in hunt.scores.items():
            scores_of_team.add(hunt.referee.score(team))
        match event:
            case LocationOpened() | LocationClosed():
                self._openings.add((event.location, isinstance(event, LocationOpened)))
            case LeaderboardFrozen():
                hunt.frozen_at = record.position
            case LeaderboardThawed():
                hunt.frozen_at = None
            case _:
                self._follow_cell(hunt, record)

    def _follow_cell(self, hunt: _Saved, record: Record) -> None:
        event = record.event
        if not isinstance(
            event,
            LocationFound
            | ClaimFailed
            | HintBought
            | HintGranted
            | TeamSteered
            | FindVoided
            | FindRestored,
        ):
            return
        key = (str(event.team), str(event.location))
        state, failures, hints = self._cells.get(key, ("tried", 0, 0))
        match event:
            case LocationFound() | FindRestored():
                state = "found"
            case FindVoided():
                state = "void"
            case ClaimFailed():
                failures += 1
            case HintBought() | HintGranted():
                hints += 1
        self._cells[key] = (state, failures, hints)
        hunt.cells.setdefault(key, set()).add(self._cells[key])

    # Objections -----------------------------------------------------------------------------

    def objections(self, kind: str, message: Message, durable: int) -> list[str]:
        """What of a message is not saved yet."""
        match kind:
            case "leaderboard":
                rows = [*message["leaderboard"], *message.get("public", ())]
                return self._scores(message["hunt"], [(row["team"], row["score"]) for row in rows])
            case "welcome":
                return list(self._in_welcome(message, durable))
            case "progress" | "finds":
                (hunt,) = self._hunts or (HuntId(""),)
                return list(self._on_board(hunt, message, durable))
            case "feed":
                return _late("the feed", [one["position"] for one in message["events"]], durable)
        if "id" in message and (message["id"], bool(message.get("open"))) not in self._openings:
            return [f"{message['id']} is shown open or closed before that is saved"]
        return []

    def _in_welcome(self, welcome: Message, durable: int) -> Iterator[str]:
        if welcome.get("hunt") is None:
            return
        hunt = HuntId(welcome["hunt"]["id"])
        rows = [*welcome["leaderboard"], *welcome.get("public_leaderboard", ())]
        yield from self._scores(hunt, [(row["team"], row["score"]) for row in rows])
        yield from self._on_board(hunt, welcome, durable)
        yield from _late("the feed", [one["position"] for one in welcome.get("feed", ())], durable)

    def _on_board(self, hunt: HuntId, message: Message, durable: int) -> Iterator[str]:
        for name in ("messages", "staff_log", "finds"):
            yield from _late(name, [one["id"] for one in message.get(name, ())], durable)
        saved = self._hunts.get(hunt)
        lines = message.get("teams") or ()
        yield from self._scores(hunt, [(line["id"], line["score"]) for line in lines])
        for line in lines:
            for place, cell in line.get("cells", {}).items():
                shown = (cell["state"], cell.get("failures", 0), len(cell.get("hints", ())))
                known = set() if saved is None else saved.cells.get((line["id"], place), set())
                if shown not in known:
                    yield f"{line['id']} is shown at {place} with {shown}, which is not saved"
        frozen_at = None if saved is None else saved.frozen_at
        for find in message.get("finds", ()):
            if frozen_at is not None and find["id"] > frozen_at:
                yield f"the find {find['id']} is shown, but all is frozen since {frozen_at}"

    def _scores(self, hunt: str, shown: Sequence[tuple[str, int]]) -> list[str]:
        saved = self._hunts.get(HuntId(hunt))
        scores = {} if saved is None else saved.scores  # A new plan is shown at once, at 0.
        return [
            f"{team} is shown with {score}, which is not saved"
            for team, score in shown
            if score not in scores.get(team, {0})
        ]


def _late(where: str, positions: Sequence[int], durable: int) -> list[str]:
    late = [position for position in positions if position > durable]
    return [f"{where} shows {late}, the disk has {durable}"] if late else []
