"""Actors that failed too often, and hunts that are no more: nobody may wait for them for ever."""

from typing import Any

from actors.aftermath import release
from actors.applied import AppliedNumbers
from actors.context import HuntContext, busy, refuse
from actors.dispatch import DispatchedActor
from actors.domain.events import Record
from actors.domain.refusals import Reason, Refusal
from actors.journal import Journal
from actors.messages import Join, Order, Request, Resume, Verdict

REPLACED = Refusal(
    Reason.NOT_ALLOWED, "The hunt was set up anew meanwhile; look at it, then ask again."
)


def turn_away(message: Any, journal: Journal) -> None:
    """Answer whoever waits for a message that comes too late: its hunt is being stopped."""
    match message:
        case Request() | Order():
            if not message.sender.has_outcome(message.n):
                refuse(message, REPLACED, journal)
        case Join(sender=sender) | Resume(sender=sender):
            sender.joined(busy(journal))


class QuarantinedActor(DispatchedActor):
    """Stands in for an actor that failed too often; answers everything with `internal`."""

    def __init__(self, context: HuntContext, applied: AppliedNumbers | None = None) -> None:
        """`applied` is how far the sessions of the team got that it stands in for."""
        super().__init__(context.dispatcher)
        self.context = context
        self.applied = applied or AppliedNumbers()
        """For the dispatcher's thread only."""

    def on_receive(self, message: object) -> None:
        """Turn the message away, unless it is one that was dealt with before."""
        journal = self.context.journal
        if isinstance(message, Verdict) and isinstance(message.outcome, Record):
            self.applied.note_record(message.outcome)
        if isinstance(message, Request):
            repeated = self.applied.refusal(message.sender.session, message.n)
            if repeated is not None:
                refuse(message, repeated, journal)
                return
        release(self, message, journal, None)
