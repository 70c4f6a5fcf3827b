"""What clients may send, as types, and which command of the rules each request stands for."""

from typing import Annotated, Any, final

from msgspec import Meta, Struct

from actors.domain import commands
from actors.domain.commands import HuntScoped, PlayerCommand, Position
from actors.domain.ids import AnnouncementId, HuntId, LocationId, StaffId, TeamId
from actors.ladder import Mode, Step
from actors.ladder import Shed as LadderCommand

TEXT_LENGTH_MAX = 4_096
"""Characters of any text in a request; the rules allow less, and say so."""

NUMBER_MAX = 2**53 - 1
"""The highest request number: the largest integer that every JSON reader keeps exact."""

Number = Annotated[int, Meta(ge=1, le=NUMBER_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX)]
Key = Annotated[str, Meta(max_length=128)]
Seconds = Annotated[int, Meta(ge=-86_400, le=86_400)]
Points = Annotated[int, Meta(ge=-(2**31), le=2**31)]


# First messages -----------------------------------------------------------------------------


class Join(Struct, frozen=True, tag_field="t", tag="join"):
    """A player takes part: with a team's code and a name, or with a session to resume."""

    code: Key | None = None
    name: Key | None = None
    session: Key | None = None


class GameMaster(Struct, frozen=True, tag_field="t", tag="gm"):
    """A game master takes the console."""

    token: Key
    hunt: Key | None = None
    session: Key | None = None
    name: Key | None = None
    """Who sits there, for the staff log."""


class Watch(Struct, frozen=True, tag_field="t", tag="watch"):
    """Anyone looks on."""

    hunt: Key


Opening = Join | GameMaster | Watch


# Requests -----------------------------------------------------------------------------------


@final
class Claim(Struct, frozen=True, tag_field="t", tag="claim", gc=False):
    """See `commands.Claim`."""

    n: Number
    location: Annotated[LocationId, Meta(max_length=128)]
    code: Text | None = None
    answer: Text | None = None
    position: Position | None = None
    at: float | None = None


class Hint(Struct, frozen=True, tag_field="t", tag="hint"):
    """See `commands.BuyHint`."""

    n: Number
    location: Key
    hint: Annotated[int, Meta(ge=0, le=1000)]


class Say(Struct, frozen=True, tag_field="t", tag="say"):
    """See `commands.Say`."""

    n: Number
    text: Text


class Seen(Struct, frozen=True, tag_field="t", tag="seen"):
    """See `commands.MarkSeen`."""

    n: Number
    announcement: Number


class Unnumbered(Struct, frozen=True, tag_field="t"):
    """A request that changes nothing in the hunt: no number, never journaled, may be dropped."""


@final
class PositionReport(Unnumbered, frozen=True, tag="position"):
    """Where a phone is now."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    accuracy: Annotated[float, Meta(ge=0)] = 0.0


@final
class Ping(Unnumbered, frozen=True, tag="ping"):
    """Is the server still there? Browsers do not show their pages the websocket's own pings."""


class Announce(Struct, frozen=True, tag_field="t", tag="announce"):
    """See `commands.Announce`."""

    n: Number
    text: Text
    to: str | list[Key] = "all"
    level: Key = "info"
    hunt: Key | None = None


class _HuntRequest(Struct, frozen=True, tag_field="t"):
    n: Number
    hunt: Key | None = None


class Start(_HuntRequest, frozen=True, tag="start"):
    """See `commands.StartHunt`."""


class Pause(_HuntRequest, frozen=True, tag="pause"):
    """See `commands.PauseHunt`."""


class Resume(_HuntRequest, frozen=True, tag="resume"):
    """See `commands.ResumeHunt`."""


class Finish(_HuntRequest, frozen=True, tag="finish"):
    """See `commands.FinishHunt`."""


class Extend(Struct, frozen=True, tag_field="t", tag="extend"):
    """See `commands.ExtendHunt`."""

    n: Number
    seconds: Seconds
    reason: Text = ""
    hunt: Key | None = None


class Freeze(_HuntRequest, frozen=True, tag="freeze"):
    """See `commands.FreezeLeaderboard`."""


class Thaw(_HuntRequest, frozen=True, tag="thaw"):
    """See `commands.ThawLeaderboard`."""


class _LocationRequest(Struct, frozen=True, tag_field="t"):
    n: Number
    location: Key
    hunt: Key | None = None


class Open(_LocationRequest, frozen=True, tag="open"):
    """See `commands.OpenLocation`."""


class Close(_LocationRequest, frozen=True, tag="close"):
    """See `commands.CloseLocation`."""


class Adjust(Struct, frozen=True, tag_field="t", tag="adjust"):
    """See `commands.AdjustPoints`."""

    n: Number
    team: Key
    points: Points
    reason: Text = ""
    hunt: Key | None = None


class Grant(Struct, frozen=True, tag_field="t", tag="grant"):
    """See `commands.GrantHint`."""

    n: Number
    team: Key
    location: Key
    hint: Annotated[int, Meta(ge=0, le=1000)]
    reason: Text = ""
    hunt: Key | None = None


class Handle(Struct, frozen=True, tag_field="t", tag="handle"):
    """See `commands.HandleMessage`."""

    n: Number
    message: Number
    state: Key
    hunt: Key | None = None


class Invite(Struct, frozen=True, tag_field="t", tag="invite"):
    """See `commands.InviteStaff`. The token is made by the server, and only in its answer."""

    n: Number
    name: Key
    role: Key
    location: Key | None = None
    hunt: Key | None = None


class Revoke(Struct, frozen=True, tag_field="t", tag="revoke"):
    """See `commands.RevokeStaff`."""

    n: Number
    staff: Key
    hunt: Key | None = None


class Cards(_HuntRequest, frozen=True, tag="cards"):
    """See `commands.ShowCards`."""


class _FindRequest(Struct, frozen=True, tag_field="t"):
    n: Number
    team: Key
    location: Key
    reason: Text = ""
    hunt: Key | None = None


class Void(_FindRequest, frozen=True, tag="void"):
    """See `commands.VoidFind`."""


class Restore(_FindRequest, frozen=True, tag="restore"):
    """See `commands.RestoreFind`."""


class _TeamRequest(Struct, frozen=True, tag_field="t"):
    n: Number
    team: Key
    reason: Text = ""
    hunt: Key | None = None


class DisqualifyTeam(_TeamRequest, frozen=True, tag="disqualify"):
    """See `commands.Disqualify`."""


class ReinstateTeam(_TeamRequest, frozen=True, tag="reinstate"):
    """See `commands.Reinstate`."""


class Seed(Struct, frozen=True, tag_field="t", tag="seed"):
    """A plan: the document as a map, or its YAML text."""

    n: Number
    plan: dict[str, Any] | str
    replace: bool = False


class Shed(Struct, frozen=True, tag_field="t", tag="shed"):
    """See `actors.ladder.Shed`."""

    n: Number
    step: Key
    mode: Key


PlayerRequest = Claim | Hint | Say | Seen | PositionReport | Ping
GameMasterRequest = (
    Announce
    | Start
    | Pause
    | Resume
    | Finish
    | Extend
    | Freeze
    | Thaw
    | Open
    | Close
    | Adjust
    | Grant
    | Handle
    | Invite
    | Revoke
    | Cards
    | Void
    | Restore
    | DisqualifyTeam
    | ReinstateTeam
    | Seed
    | Shed
    | Ping
)
WatcherRequest = Ping


# Requests -> commands -----------------------------------------------------------------------


def player_command(request: Claim | Hint | Say | Seen) -> PlayerCommand:
    """The rules' command for a player's request."""
    if type(request) is Claim:
        return commands.Claim(
            request.location, request.code, request.answer, request.position, request.at
        )
    match request:
        case Hint(location=location, hint=hint):
            return commands.BuyHint(LocationId(location), hint)
        case Say(text=text):
            return commands.Say(text)
        case Seen(announcement=announcement):
            return commands.MarkSeen(AnnouncementId(announcement))


def shed_command(request: Shed) -> LadderCommand | commands.Malformed:
    """What a game master's `shed` asks for, if there is such a step and mode."""
    if request.step not in set(Step):
        return commands.Malformed(f"`step` must be one of: {', '.join(Step)}.")
    if request.mode not in set(Mode):
        return commands.Malformed(f"`mode` must be one of: {', '.join(Mode)}.")
    return LadderCommand(Step(request.step), Mode(request.mode))


_HUNT_COMMANDS: dict[type, commands.GameMasterCommand] = {
    Start: commands.StartHunt(),
    Pause: commands.PauseHunt(),
    Resume: commands.ResumeHunt(),
    Finish: commands.FinishHunt(),
    Freeze: commands.FreezeLeaderboard(),
    Thaw: commands.ThawLeaderboard(),
    Cards: commands.ShowCards(),
}


def game_master_command(request: Any) -> HuntScoped:
    """The rules' command for any game master's request but `seed`, `shed` and `invite`."""
    hunt = HuntId(request.hunt) if request.hunt is not None else None
    return HuntScoped(hunt, _game_master_command(request))


def invite_command(request: Invite, digest: str) -> HuntScoped:
    """The rules' command for an `invite`; `digest` is that of the token that was made for it."""
    hunt = HuntId(request.hunt) if request.hunt is not None else None
    location = LocationId(request.location) if request.location is not None else None
    command = commands.InviteStaff(request.name, request.role, digest, location)
    return HuntScoped(hunt, command)


def _game_master_command(request: Any) -> commands.GameMasterCommand:
    match request:
        case Announce(text=text, to="all", level=level):
            return commands.Announce(text, None, level)
        case Announce(text=text, to=to, level=level):
            names = [to] if isinstance(to, str) else to
            return commands.Announce(text, tuple(TeamId(name) for name in names), level)
        case Open(location=location):
            return commands.OpenLocation(LocationId(location))
        case Close(location=location):
            return commands.CloseLocation(LocationId(location))
        case Extend(seconds=seconds, reason=reason):
            return commands.ExtendHunt(seconds, reason)
        case Handle(message=message, state=state):
            return commands.HandleMessage(message, state)
        case Revoke(staff=staff):
            return commands.RevokeStaff(StaffId(staff))
        case Void(team=team, location=location, reason=reason):
            return commands.VoidFind(TeamId(team), LocationId(location), reason)
        case Restore(team=team, location=location, reason=reason):
            return commands.RestoreFind(TeamId(team), LocationId(location), reason)
        case Adjust() | Grant() | DisqualifyTeam() | ReinstateTeam():
            return _team_command(request)
        case _:
            return _HUNT_COMMANDS[type(request)]


def _team_command(
    request: Adjust | Grant | DisqualifyTeam | ReinstateTeam,
) -> commands.GameMasterCommand:
    team, reason = TeamId(request.team), request.reason
    match request:
        case Adjust(points=points):
            return commands.AdjustPoints(team, points, reason)
        case Grant(location=location, hint=hint):
            return commands.GrantHint(team, LocationId(location), hint, reason)
        case DisqualifyTeam():
            return commands.Disqualify(team, reason)
        case ReinstateTeam():
            return commands.Reinstate(team, reason)
