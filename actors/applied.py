"""Exactly once: how far the numbered requests of each session got."""

from actors.domain.events import Record
from actors.domain.ids import SessionId
from actors.domain.refusals import Reason, Refusal

APPLIED_SESSIONS_MAX = 4_096
"""Sessions that a team keeps numbers for. It has at most 64 devices, and one that left the team
is not heard any more; those that were silent for longest are forgotten first."""

CONSOLE_SESSIONS_MAX = 65_536
"""Sessions that the console keeps numbers for, 13 MB of them: a script that connects for every
command, once a second, for a day. What a forgotten one sends twice the journal's unique index
refuses, and that ends the server."""


class AppliedNumbers:
    """The highest request number dealt with, per session.

    Rebuilt from the journal at start. Numbers that were refused without a record are known only
    until a restart: such a request may be decided anew then, which changes nothing twice.
    """

    def __init__(
        self,
        sessions_max: int = APPLIED_SESSIONS_MAX,
        highest: dict[SessionId, int] | None = None,
    ) -> None:
        """`highest` is what is known already."""
        self._sessions_max = sessions_max
        self._highest: dict[SessionId, int] = {} if highest is None else highest

    def of(self, session: SessionId) -> int:
        """The highest number dealt with, 0 if none."""
        return self._highest.get(session, 0)

    @property
    def highest(self) -> dict[SessionId, int]:
        """The highest number of each session, those that were silent for longest first."""
        return self._highest

    def note(self, session: SessionId, n: int) -> None:
        """Number `n`, and so every one below, is dealt with."""
        highest = self._highest
        if n > highest.get(session, 0):
            highest.pop(session, None)  # Behind all others: it is the last to be forgotten.
            highest[session] = n
            if len(highest) > self._sessions_max:
                del highest[next(iter(highest))]

    def take_over(self, predecessor: "AppliedNumbers") -> None:
        """Know what a failed actor knew: its refusals left no record, and are final all the same."""
        for session, n in predecessor._highest.items():
            self.note(session, n)

    def forget(self, session: SessionId | None) -> None:
        """A device left: what it sends again is refused for that."""
        if session is not None:
            self._highest.pop(session, None)

    def note_record(self, record: Record) -> None:
        """The same, of a record from the journal."""
        if record.session is not None and record.n is not None:
            self.note(record.session, record.n)

    def refusal(self, session: SessionId, n: int) -> Refusal | None:
        """Why `n` must not be carried out, if it must not."""
        highest = self._highest.get(session, 0)
        if n > highest:
            return None
        return Refusal(
            Reason.ALREADY_APPLIED,
            f"Request {n} was dealt with before; the next number is {highest + 1}.",
        )
