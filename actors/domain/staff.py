"""The rules of a hunt's staff: who was invited, who sits at which console, who answers whom."""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from actors.domain.commands import HandleMessage, InviteStaff, RevokeStaff
from actors.domain.events import (
    MessageHandled,
    Record,
    StaffArrived,
    StaffInvited,
    StaffRevoked,
)
from actors.domain.ids import LocationId, SessionId, StaffId
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason, Refusal
from actors.domain.text import clean_name

STAFF_MAX = 200
"""Invitations of one hunt at a time: a person for every place of a large one."""

STAFF_NAME_CHARS_MAX = 32
"""Characters of a name on the staff: as a player's."""

STAFF_SESSIONS_MAX = 1_000
"""Consoles of one hunt whose people are known by name; those that came first are forgotten first.
A day's reloads of every console fit."""

MESSAGES_MAX = 1_000
"""Messages of teams of which it is known who saw to them: the newest. The console shows half as
many at most."""


class Role(StrEnum):
    """What somebody at a console may do."""

    OWNER = "owner"
    """Everything, in every hunt: whoever has the server's own token."""
    MASTER = "master"
    """Everything in one hunt, but to seed, shed and invite."""
    STATION = "station"
    """To open and close one place."""
    VIEWER = "viewer"
    """To look on."""


INVITED = (Role.MASTER, Role.STATION, Role.VIEWER)
"""Roles that an invitation may be for."""

MESSAGE_STATES = ("open", "claimed", "done")


class Staffer(Struct, frozen=True):
    """Who sits at a console."""

    name: str
    role: str


class StaffMember(Struct, frozen=True):
    """An invitation in force."""

    id: StaffId
    name: str
    role: str
    digest: str
    """Of the token that opens the console."""
    location: LocationId | None = None


class TeamMessage(Struct, frozen=True):
    """What is being done about something that a player wrote."""

    state: str = "open"
    session: SessionId | None = None
    """Whose console said so last."""
    by: Staffer | None = None
    """Who sat there; None for somebody without a name."""


class StaffState(Struct, frozen=True):
    """A hunt's staff. Dicts are never changed in place."""

    members: dict[StaffId, StaffMember] = {}
    """Who is invited now, in the order of the invitations."""
    invited: int = 0
    """How many ever were: their numbers are never given again."""
    sessions: dict[SessionId, Staffer] = {}
    """Who sits at each console, the newest last."""
    messages: dict[int, TeamMessage] = {}
    """Journal position of what a player wrote -> what is being done about it, if anything was."""


Decided = MessageHandled | StaffInvited | StaffRevoked


def decide(
    state: StaffState,
    command: HandleMessage | InviteStaff | RevokeStaff,
    session: SessionId,
    plan: HuntPlan,
) -> Decided | Refusal:
    """What happens when the console with this session asks it."""
    match command:
        case HandleMessage():
            return _handle(state, command, session)
        case InviteStaff():
            return _invite(state, command, plan)
        case RevokeStaff(staff=staff):
            if staff not in state.members:
                return Refusal(Reason.NOT_FOUND, "There is no such invitation in this hunt.")
            return StaffRevoked(staff)
        case _:
            assert_never(command)


def arrival(state: StaffState, session: SessionId, staffer: Staffer) -> StaffArrived | None:
    """What there is to note of somebody at a console; None when it is known, or nobody's name.

    Without a name, whoever has the server's own token is taken for granted.
    """
    known = state.sessions.get(session)
    is_nameless = not staffer.name and staffer.role == Role.OWNER
    if staffer == known or (known is None and is_nameless):
        return None
    return StaffArrived(staffer.name, staffer.role)


def evolve(state: StaffState, record: Record) -> StaffState:
    """The staff after what happened; itself when it is not concerned."""
    event = record.event
    match event:
        case MessageHandled():
            by = None if record.session is None else state.sessions.get(record.session)
            handled = TeamMessage(event.state, record.session, by)
            return replace(state, messages=_with_message(state, event.message, handled))
        case StaffInvited():
            member = StaffMember(event.staff, event.name, event.role, event.digest, event.location)
            members = state.members | {event.staff: member}
            return replace(state, members=members, invited=state.invited + 1)
        case StaffRevoked():
            members = {one: who for one, who in state.members.items() if one != event.staff}
            return replace(state, members=members)
        case StaffArrived() if record.session is not None:
            return replace(state, sessions=_with_session(state, record.session, event))
        case _:
            return state


def _with_message(state: StaffState, position: int, message: TeamMessage) -> dict[int, TeamMessage]:
    messages = state.messages | {position: message}
    if len(messages) > MESSAGES_MAX:
        del messages[min(messages)]
    return messages


def _with_session(
    state: StaffState, session: SessionId, event: StaffArrived
) -> dict[SessionId, Staffer]:
    sessions = {one: who for one, who in state.sessions.items() if one != session}
    sessions[session] = Staffer(event.name, event.role)
    if len(sessions) > STAFF_SESSIONS_MAX:
        del sessions[next(iter(sessions))]
    return sessions


def _handle(
    state: StaffState, command: HandleMessage, session: SessionId
) -> MessageHandled | Refusal:
    if command.state not in MESSAGE_STATES:
        return Refusal(Reason.MALFORMED, f"The state must be one of: {', '.join(MESSAGE_STATES)}.")
    # That a team wrote it was seen at the edge, which has the messages that are shown.
    message = state.messages.get(command.message, TeamMessage())
    if message.state == "claimed" and command.state != "open":
        # Anybody may give it back: whoever took it on may have gone home.
        refusal = _not_theirs(state, message, session)
        if refusal is not None:
            return refusal
    if message.state == command.state:
        return Refusal(Reason.NO_CHANGE, f"The message is {command.state} already.")
    return MessageHandled(command.message, command.state)


def _not_theirs(state: StaffState, message: TeamMessage, session: SessionId) -> Refusal | None:
    """Why the console must leave a claimed message alone, if another person is on it."""
    if message.session == session:
        return None
    if message.by is not None and message.by == state.sessions.get(session):
        return None  # The same person on another console.
    who = message.by.name if message.by is not None and message.by.name else "Somebody else"
    return Refusal(Reason.NOT_ALLOWED, f"{who} is on it. Give the message back first, if need be.")


def _invite(state: StaffState, command: InviteStaff, plan: HuntPlan) -> StaffInvited | Refusal:
    name = clean_name(command.name, STAFF_NAME_CHARS_MAX)
    if name is None:
        return Refusal(
            Reason.MALFORMED, f"A name has 1 to {STAFF_NAME_CHARS_MAX} characters; choose another."
        )
    if command.role not in INVITED:
        return Refusal(Reason.MALFORMED, f"The role must be one of: {', '.join(INVITED)}.")
    if (command.role == Role.STATION) is (command.location is None):
        return Refusal(Reason.MALFORMED, "A station has a location, and no other role has one.")
    if command.location is not None and command.location not in plan.index.locations:
        return Refusal(Reason.NOT_FOUND, f"There is no location {command.location!r} in this hunt.")
    if len(state.members) >= STAFF_MAX:
        return Refusal(
            Reason.NOT_ALLOWED,
            f"A hunt has at most {STAFF_MAX} invitations at a time; take one back first.",
        )
    staff = StaffId(f"s{state.invited + 1}")
    return StaffInvited(staff, name, command.role, command.digest, command.location)
