"""Answering for an actor that cannot: nobody may wait for ever on a failure of Cairn's own."""

from collections.abc import Iterable
from typing import Any

from actors.context import HuntContext, busy, is_gated, open_gate, refuse
from actors.directory import HuntDirectory
from actors.dispatch import DispatchedActor
from actors.domain.events import (
    FindRestored,
    FindVoided,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntStarted,
    LocationClosed,
    Record,
    TeamDisqualified,
)
from actors.domain.refusals import Reason, Refusal
from actors.journal import Journal
from actors.messages import (
    Accepted,
    Arbitrate,
    Join,
    Order,
    Request,
    Resume,
    Steering,
    Told,
    Verdict,
)

INTERNAL = Refusal(
    Reason.INTERNAL, "Cairn made a mistake here and has told its operator; try again soon."
)


def release(message: Any, journal: Journal, appended: Record | None = None) -> None:
    """Answer whoever waits for the outcome of a message whose handling failed.

    When it failed after its record was `appended`, that is the outcome.
    """
    match message:
        case Arbitrate(team=team) | Steering(team=team):
            if team.is_alive():  # A successor does not wait for what its predecessor asked.
                team.tell(Verdict(appended or INTERNAL, message))
        case Order(sender=sender, n=n) if appended is not None:
            sender.answer(Accepted(n, appended))
        case Request() if is_gated(message):
            # `internal` is final, and would make the earlier ones that were answered busy so, too.
            refuse(message, busy(), journal)
        case Request():
            open_gate(message)
            refuse(message, INTERNAL, journal)
        case Order():
            refuse(message, INTERNAL, journal)
        case Join(sender=sender) | Resume(sender=sender):
            sender.joined(INTERNAL)


def tell_again(record: Record, directory: HuntDirectory) -> None:
    """Tell of a record whose actor failed after appending it, perhaps before telling.

    Whoever is not concerned, or knows it already, is none the wiser for it.
    """
    match record.event:
        case TeamDisqualified():
            told = list(directory.locations.values())
        case (
            FindVoided()
            | FindRestored()
            | LocationClosed()
            | HuntStarted()
            | HuntPaused()
            | HuntResumed()
            | HuntFinished()
        ):
            told = list(directory.teams.values())
        case _:
            return
    for ref in told:
        ref.tell(Told(record))


REPLACED = Refusal(
    Reason.NOT_ALLOWED, "The hunt was set up anew meanwhile; look at it, then ask again."
)


def turn_away(message: Any, journal: Journal) -> None:
    """Answer whoever waits for a message that comes too late: its hunt is being stopped."""
    match message:
        case Request() | Order():
            refuse(message, REPLACED, journal)
        case Join(sender=sender) | Resume(sender=sender):
            sender.joined(busy())


def release_all(orphans: Iterable[tuple[Request | Order, bool]], journal: Journal) -> None:
    """Answer a failed team's open requests: `internal` where one is lost, else `busy`."""
    for request, is_lost in orphans:
        refuse(request, INTERNAL if is_lost else busy(), journal)


class QuarantinedActor(DispatchedActor):
    """Stands in for an actor that failed too often; answers everything with `internal`."""

    def __init__(self, context: HuntContext) -> None:
        super().__init__(context.dispatcher)
        self.context = context

    def on_receive(self, message: object) -> None:
        """Turn the message away."""
        release(message, self.context.journal)
