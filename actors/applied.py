"""Exactly once: how far the numbered requests of each session got."""

from actors.domain.events import Record
from actors.domain.ids import SessionId
from actors.domain.refusals import Reason, Refusal

APPLIED_SESSIONS_MAX = 4_096
"""Sessions one actor keeps numbers for. A team has at most 64 and a staff a few dozen; older
ones are forgotten first, and the journal's unique index still refuses what they send twice."""


class AppliedNumbers:
    """The highest request number dealt with, per session.

    Rebuilt from the journal at start. Numbers that were refused without a record are known only
    until a restart: such a request may be decided anew then, which changes nothing twice.
    """

    def __init__(self) -> None:
        self._highest: dict[SessionId, int] = {}

    def of(self, session: SessionId) -> int:
        """The highest number dealt with, 0 if none."""
        return self._highest.get(session, 0)

    def note(self, session: SessionId, n: int) -> None:
        """Number `n`, and so every one below, is dealt with."""
        highest = self._highest
        if n > highest.get(session, 0):
            highest[session] = n
            if len(highest) > APPLIED_SESSIONS_MAX:
                del highest[next(iter(highest))]

    def take_over(self, predecessor: "AppliedNumbers") -> None:
        """Know what a failed actor knew: its refusals left no record, and are final all the same."""
        for session, n in predecessor._highest.items():
            self.note(session, n)

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
