"""A client's first messages, and how it comes back after a connection closed. Without I/O."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from server.client_queue import Message
from server.close_codes import CloseCode

FIRST_FINAL_CODE = 4500
"""Close codes from here on mean: do not connect again."""


def join(code: str, name: str) -> Message:
    """The first message of a player with a team's join code."""
    return {"t": "join", "code": code, "name": name}


def resume(session: str) -> Message:
    """The first message of a player who goes on with a session."""
    return {"t": "join", "session": session}


def game_master(token: str, hunt: str | None = None, name: str | None = None) -> Message:
    """The first message of a game master.

    `hunt` is the one that commands are for by default; `name` stands in the staff log.
    """
    given = {"hunt": hunt, "name": name}
    return {"t": "gm", "token": token, **{key: it for key, it in given.items() if it is not None}}


def watch(hunt: str) -> Message:
    """The first message of somebody who looks on."""
    return {"t": "watch", "hunt": hunt}


class Return(Enum):
    """What a close code leaves to do."""

    AGAIN = "again"
    """Connect, and send what the server does not have."""
    AFRESH = "afresh"
    """Connect, and forget what was not saved: it was meant for a hunt that is gone."""
    NEVER = "never"
    """Stay away."""


class Openings:
    """The first message of the next connection: the one given, later one that goes on."""

    def __init__(self, first: Mapping[str, Any]) -> None:
        self._first = dict(first)
        self.next = self._first
        """What to say next time."""

    def on_welcome(self, session: str | None) -> None:
        """The server greeted: from now on the session is continued."""
        if session and self._first["t"] == "gm":
            self.next = {**self._first, "session": session}
        elif session:
            self.next = resume(session)

    def after(self, code: int, saved: int) -> Return:
        """What to do after this close code, when everything up to number `saved` was saved."""
        may_join_anew = self.next is not self._first and "code" in self._first
        if may_join_anew and code == CloseCode.HUNT_REPLACED:
            self.next = self._first
            return Return.AFRESH
        if may_join_anew and code == CloseCode.UNKNOWN_SESSION and saved == 0:
            # The server stopped before it had saved that this player joined, so it has nothing
            # of this session at all: everything is sent again in a new one.
            self.next = self._first
            return Return.AGAIN
        return Return.NEVER if code >= FIRST_FINAL_CODE else Return.AGAIN
