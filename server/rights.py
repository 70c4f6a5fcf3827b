"""What somebody at a console may do: the one place that says so.

A token stands for a role. The owner's is the server's own and good for every hunt; one from an
invitation is good for its own hunt only.
"""

from typing import Any

from msgspec import Struct

from actors.domain.ids import HuntId
from actors.domain.staff import STAFF_NAME_CHARS_MAX, Role, Staffer, StaffMember
from actors.domain.text import clean_name
from server import requests
from server.requests import GameMasterRequest

_OWNERS_ALONE = frozenset({requests.Seed, requests.Shed, requests.Invite, requests.Revoke})
_OF_STATIONS = frozenset({requests.Open, requests.Close})


class Rights(Struct, frozen=True):
    """Who a token makes of its bearer."""

    role: Role
    hunt: HuntId | None = None
    """The only hunt that it is good for; None: all."""
    member: StaffMember | None = None
    """The invitation; None for the owner."""

    def cover(self, hunt: HuntId) -> bool:
        """Whether they are good for this hunt."""
        return self.hunt in (None, hunt)

    @property
    def sees_server(self) -> bool:
        """Whether the state of the whole server is this person's business."""
        return self.role in (Role.OWNER, Role.MASTER)


OWNER = Rights(Role.OWNER)

NAME_UNUSABLE = f"A name has 1 to {STAFF_NAME_CHARS_MAX} characters; choose another."


def rights_of(hunt: HuntId, member: StaffMember) -> Rights:
    """What an invitation gives the right to."""
    return Rights(Role(member.role), hunt, member)


def staffer_of(rights: Rights, name: str) -> Staffer | None:
    """Who sits at a console, under a name of their own or the one they were invited by.

    None when nobody can be called that.
    """
    if name:
        cleaned = clean_name(name, STAFF_NAME_CHARS_MAX)
        return None if cleaned is None else Staffer(cleaned, rights.role)
    return Staffer(rights.member.name if rights.member is not None else "", rights.role)


def objection(rights: Rights, request: GameMasterRequest) -> str | None:
    """Why somebody with these rights may not ask this; None when they may."""
    if rights.role is Role.OWNER:
        return None
    kind: type[Any] = type(request)
    if kind in _OWNERS_ALONE:
        return "Only the owner of this server can do that."
    hunt: str | None = request.hunt  # type: ignore[union-attr]
    if hunt is not None and hunt != rights.hunt:
        return "Your invitation is for another hunt."
    match rights.role:
        case Role.MASTER:
            return None
        case Role.STATION if kind in _OF_STATIONS:
            assert rights.member is not None
            own = rights.member.location
            is_own = request.location == own  # type: ignore[union-attr]
            return None if is_own else f"A station opens and closes its own place only: {own}."
        case Role.STATION:
            return "A station opens and closes its place; that is for game masters."
        case _:
            return "You may look on; that is for game masters."
