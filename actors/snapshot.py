"""A recovery as bytes and back: what a later start begins with instead of the first record.

Typed on the way in as on the way out, so bytes from a stranger are only ever values.
"""

from typing import Any

import msgspec
from msgspec import Struct

from actors.applied import CONSOLE_SESSIONS_MAX, AppliedNumbers
from actors.domain.board_state import ProgressState
from actors.domain.growing_map import GrowingMap
from actors.domain.hunt import HuntState
from actors.domain.ids import HuntId, LocationId, SessionId, TeamId
from actors.domain.leaderboard import LeaderboardState
from actors.domain.location import LocationState
from actors.domain.recovery import HuntImage
from actors.domain.team import TeamState
from actors.recovery import RecoveredHunt, Recovery


class UnreadableSnapshot(Exception):
    """These bytes are no snapshot of this version of Cairn."""


class HuntSnapshot(Struct):
    """A `RecoveredHunt`."""

    hunt: HuntState
    teams: dict[TeamId, TeamState]
    locations: dict[LocationId, LocationState]
    board: LeaderboardState
    progress: ProgressState
    applied: dict[TeamId, dict[SessionId, int]]


class Snapshot(Struct):
    """A `Recovery`."""

    last_position: int
    hunts: dict[HuntId, HuntSnapshot]
    sessions: dict[SessionId, tuple[HuntId, TeamId]]
    console: dict[SessionId, int]


def _plain(value: Any) -> Any:
    if type(value) is GrowingMap:
        return dict(value)
    raise TypeError(f"a snapshot cannot hold a {type(value).__name__}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
_decoder = msgspec.msgpack.Decoder(Snapshot)


def encode(recovery: Recovery) -> bytes:
    """All that was recovered."""
    hunts = {id_: _hunt_snapshot(hunt) for id_, hunt in recovery.hunts.items()}
    console = recovery.console.highest
    return _encoder.encode(Snapshot(recovery.last_position, hunts, recovery.sessions, console))


def decode(data: bytes) -> Recovery:
    """What `encode` was given.

    Raises:
        UnreadableSnapshot: it is something else.
    """
    try:
        snapshot = _decoder.decode(data)
        recovery = Recovery()
        recovery.last_position = snapshot.last_position
        recovery.sessions = snapshot.sessions
        recovery.console = AppliedNumbers(CONSOLE_SESSIONS_MAX, snapshot.console)
        recovery.hunts = {id_: _recovered(hunt) for id_, hunt in snapshot.hunts.items()}
    except (msgspec.DecodeError, LookupError, TypeError, ValueError) as error:
        raise UnreadableSnapshot(str(error)) from error
    return recovery


def _hunt_snapshot(recovered: RecoveredHunt) -> HuntSnapshot:
    image = recovered.image
    return HuntSnapshot(
        image.hunt,
        image.teams,
        image.locations,
        image.board.state(),
        image.progress.state(),
        {team: numbers.highest for team, numbers in recovered.applied.items()},
    )


def _recovered(snapshot: HuntSnapshot) -> RecoveredHunt:
    image = HuntImage(snapshot.hunt.plan)
    image.hunt, image.teams, image.locations = snapshot.hunt, snapshot.teams, snapshot.locations
    image.board.take_up(snapshot.board)
    image.progress.take_up(snapshot.progress)
    recovered = RecoveredHunt(image)
    recovered.applied = {
        team: AppliedNumbers(highest=highest) for team, highest in snapshot.applied.items()
    }
    return recovered
