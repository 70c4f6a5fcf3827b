"""Answering for an actor that cannot: nobody may wait for ever on a failure of Cairn's own."""

from collections.abc import Iterable
from typing import Any

from actors.context import HuntContext, busy, refuse
from actors.dispatch import DispatchedActor
from actors.domain.refusals import Reason, Refusal
from actors.journal import Journal
from actors.messages import Arbitrate, Join, Order, Request, Resume, Steering, Verdict

INTERNAL = Refusal(
    Reason.INTERNAL, "Cairn made a mistake here and has told its operator; try again soon."
)


def release(message: Any, journal: Journal) -> None:
    """Answer whoever waits for the outcome of a message whose handling failed."""
    match message:
        case Arbitrate(team=team) | Steering(team=team):
            if team.is_alive():  # A successor does not wait for what its predecessor asked.
                team.tell(Verdict(INTERNAL, message))
        case Request() | Order():
            refuse(message, INTERNAL, journal)
        case Join(sender=sender) | Resume(sender=sender):
            sender.joined(INTERNAL)


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


def release_all(orphans: Iterable[tuple[Request | Order, bool]], journal: Journal) -> None:
    """Answer a failed team's open requests: `internal` where one is lost, else `busy`."""
    for request, is_lost in orphans:
        refuse(request, INTERNAL if is_lost else busy(journal), journal)


class QuarantinedActor(DispatchedActor):
    """Stands in for an actor that failed too often; answers everything with `internal`."""

    def __init__(self, context: HuntContext) -> None:
        super().__init__(context.dispatcher)
        self.context = context

    def on_receive(self, message: object) -> None:
        """Turn the message away."""
        release(message, self.context.journal)
