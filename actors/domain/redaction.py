"""What is left of a hunt's events when nobody is to be named in them any more.

Scores, finds, ranks, times and the course of the hunt stay; who it was, and what people wrote, go.
The result folds to the same scores as the original.
"""

from msgspec.structs import replace

from actors.domain.events import (
    Announced,
    AnnouncementSeen,
    AnyEvent,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HintGranted,
    HuntExtended,
    LocationFound,
    PlayerJoined,
    PointsAdjusted,
    Record,
    StaffArrived,
    StaffInvited,
    TeamDisqualified,
    TeamReinstated,
    TeamSpoke,
)
from actors.domain.ids import PlayerId, TeamId

REMOVED = "(removed)"
"""Stands for a text that was taken out."""

OfPlayers = PlayerJoined | LocationFound | ClaimFailed | HintBought | TeamSpoke | AnnouncementSeen
"""Events that name a player, and were asked for by that player's session."""

_WITH_REASON = (
    *(PointsAdjusted, TeamDisqualified, TeamReinstated, FindVoided, FindRestored),
    *(HintGranted, HuntExtended),
)
"""Events with a sentence that a game master wrote about a team, and perhaps about somebody."""


class Pseudonyms:
    """Player 1, Player 2 … of each team, in the order in which they are first named."""

    def __init__(self) -> None:
        self._numbers: dict[TeamId, dict[PlayerId, int]] = {}

    def number(self, team: TeamId, player: PlayerId) -> int:
        """The player's number within the team, from 1."""
        players = self._numbers.setdefault(team, {})
        return players.setdefault(player, len(players) + 1)


def redact(record: Record, pseudonyms: Pseudonyms) -> Record:
    """The record without names, texts that people wrote, and sessions of players."""
    event = record.event
    if isinstance(event, OfPlayers):
        number = pseudonyms.number(event.team, event.player)
        return replace(record, event=_of_player(event, number), session=None, n=None)
    if isinstance(event, Announced):
        return replace(record, event=replace(event, text=REMOVED))
    if isinstance(event, StaffInvited | StaffArrived) and event.name:
        return replace(record, event=replace(event, name=REMOVED))
    if isinstance(event, _WITH_REASON) and event.reason:
        return replace(record, event=replace(event, reason=REMOVED))
    return record


def _of_player(event: OfPlayers, number: int) -> AnyEvent:
    player = PlayerId(f"player {number}")
    match event:
        case PlayerJoined():
            return replace(event, player=player, name=f"Player {number}", replaced=None)
        case TeamSpoke():
            return replace(event, player=player, text=REMOVED)
        case _:
            return replace(event, player=player)
