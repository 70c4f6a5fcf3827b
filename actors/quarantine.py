"""Actors that failed too often, and hunts that are no more: nobody may wait for them for ever."""

from typing import Any

from actors.aftermath import release
from actors.context import HuntContext, busy, is_gated, open_gate, refuse
from actors.dispatch import DispatchedActor
from actors.domain.refusals import Reason, Refusal
from actors.journal import Journal
from actors.messages import Join, Order, Request, Resume

REPLACED = Refusal(
    Reason.NOT_ALLOWED, "The hunt was set up anew meanwhile; look at it, then ask again."
)


def turn_away(message: Any, journal: Journal) -> None:
    """Answer whoever waits for a message that comes too late: its hunt is being stopped."""
    match message:
        case Request() | Order():
            refuse(message, REPLACED, journal)
        case Join(sender=sender) | Resume(sender=sender):
            sender.joined(busy(journal))


class QuarantinedActor(DispatchedActor):
    """Stands in for an actor that failed too often; answers everything with `internal`."""

    def __init__(self, context: HuntContext) -> None:
        super().__init__(context.dispatcher)
        self.context = context

    def on_receive(self, message: object) -> None:
        """Turn the message away, but nothing before what its connection must send again first."""
        journal = self.context.journal
        if isinstance(message, Request):
            if is_gated(message):
                refuse(message, busy(journal), journal)
                return
            open_gate(message)
        release(message, journal)
