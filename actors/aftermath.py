"""What an actor that failed leaves behind: records that stand, and requests without an answer.

A record is appended before anybody is told of it. An actor that fails in between leaves a record
that stands, although nobody acted on it: whoever asked is told what became of it, and everybody it
concerns is folded anew from the journal.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from actors.applied import AppliedNumbers
from actors.context import busy, give_up, is_gated, open_gate, refuse
from actors.dispatch import DispatchedActor
from actors.domain.claims import refusal_of
from actors.domain.events import (
    AnnouncementSeen,
    AnyEvent,
    ClaimFailed,
    HintBought,
    HintGranted,
    HuntEvent,
    LocationOpened,
    MessageHandled,
    PlayerJoined,
    PointsAdjusted,
    Record,
    StaffArrived,
    StaffInvited,
    StaffRevoked,
    TeamReinstated,
    TeamSpoke,
    TeamSteered,
)
from actors.domain.ids import SessionId
from actors.domain.refusals import Reason, Refusal
from actors.journal import Journal
from actors.messages import (
    Accepted,
    Activate,
    Answer,
    Arbitrate,
    Join,
    Order,
    Refused,
    Request,
    Resume,
    Steering,
    Tock,
    Told,
    Turn,
    Verdict,
)

logger = logging.getLogger("cairn.supervisor")

ANSWER_TRIES = 2
"""Tries to answer for an actor that failed. A fault that strikes each time ends the connection: its
client comes back, and sends what has no outcome again."""

INTERNAL = Refusal(
    Reason.INTERNAL, "Cairn made a mistake here and has told its operator; try again soon."
)

_OF_ONE_ACTOR = (
    PlayerJoined,
    HintBought,
    HintGranted,
    TeamSpoke,
    AnnouncementSeen,
    PointsAdjusted,
    TeamReinstated,
    LocationOpened,
    MessageHandled,
    StaffInvited,
    StaffRevoked,
    StaffArrived,
)
"""Events that only the actor which decides them acts on."""


@runtime_checkable
class HasOrphans(Protocol):
    """An actor that keeps requests while it waits for others."""

    def orphans(self) -> list[Request | Order]:
        """Its open requests, in the order in which they came."""


@runtime_checkable
class KeepsNumbers(Protocol):
    """An actor that requests reach from their sessions, and that deals with each once."""

    @property
    def applied(self) -> AppliedNumbers:
        """How far each session got."""


def standing_record(
    actor: DispatchedActor, message: Any, unsent: Sequence[Record]
) -> Record | None:
    """The record that handling the message had appended before it failed, if it had.

    Args:
        actor: Who failed.
        message: What it failed on.
        unsent: The records that were appended in this turn.
    """
    match message:
        case Arbitrate(session=session, n=n):
            return _of_request(unsent, session, n)
        case Request(sender=sender, n=n) | Order(sender=sender, n=n):
            return _of_request(unsent, sender.session, n)
        case Turn(request=request):
            return _of_request(unsent, request.sender.session, request.n)
        case Join(sender=sender):
            return _of_request(unsent, sender.session, None)
        case Steering(team_id=team):
            place = actor.state.id  # type: ignore[attr-defined]
            steered = TeamSteered(team, place)
            return next((one for one in reversed(unsent) if one.event == steered), None)
        case Tock() | Activate():
            of_clock = (one for one in reversed(unsent) if isinstance(one.event, HuntEvent))
            return next((one for one in of_clock if one.session is None), None)
        case Verdict() | Told() if isinstance(actor, HasOrphans):
            # On the way, it takes up what it had stashed.
            found = (_of_request(unsent, one.sender.session, one.n) for one in actor.orphans())
            return next((one for one in found if one is not None), None)
        case _:
            return None


def _of_request(records: Iterable[Record], session: SessionId, n: int | None) -> Record | None:
    return next((one for one in records if one.session == session and one.n == n), None)


def concerns_others(event: AnyEvent) -> bool:
    """Whether any other actor acts on the event than the one that decided it."""
    return not isinstance(event, _OF_ONE_ACTOR)


def outcome_of(n: int, record: Record) -> Answer:
    """The answer to request `n`, from the record that it left."""
    event = record.event
    if isinstance(event, ClaimFailed):
        return Refused(n, refusal_of(event, record.at), record.position)
    return Accepted(n, record)


def release(
    actor: DispatchedActor, message: Any, journal: Journal, standing: Record | None
) -> None:
    """Answer whoever waits for the outcome of a message whose handling failed."""
    match message:
        case Arbitrate(team=team) | Steering(team=team):
            if team.is_alive():  # A successor does not wait for what its predecessor asked.
                team.tell(Verdict(standing or INTERNAL, message))
        case Request() | Order():
            _answer(actor, message, journal, standing)
        case Turn(request=request):
            _answer(actor, request, journal, standing)
        case Join(sender=sender) | Resume(sender=sender):
            sender.joined(INTERNAL)


def _answer(
    actor: DispatchedActor, request: Request | Order, journal: Journal, standing: Record | None
) -> None:
    numbers = _numbers(actor, request)
    repeated = numbers.refusal(request.sender.session, request.n) if numbers is not None else None
    if numbers is not None and standing is not None:
        numbers.note_record(standing)  # It stands, whatever comes of telling that.
    if request.sender.has_outcome(request.n):
        pass  # It failed after it had answered.
    elif standing is not None:
        request.sender.answer(outcome_of(request.n, standing))
    elif repeated is not None:
        # It failed in saying so. `internal` would be another outcome than the one that it had.
        refuse(request, repeated, journal)
    elif _is_behind_others(actor, request):
        # `internal` is final, and would make the earlier ones that are to come again so, too.
        refuse(request, busy(journal), journal)
        return
    else:
        if isinstance(request, Request):
            open_gate(request)
        refuse(request, INTERNAL, journal)
    if numbers is not None:
        numbers.note(request.sender.session, request.n)


def _numbers(actor: DispatchedActor, request: Request | Order) -> AppliedNumbers | None:
    """Where the actor notes that the request was dealt with; an order's is noted by the console."""
    if isinstance(request, Request) and isinstance(actor, KeepsNumbers):
        return actor.applied
    return None


def insist(answer: Callable[[], None], whom: str) -> bool:
    """Answer somebody, or try: whatever that raises must keep nobody else from what is theirs.

    Returns:
        Whether it worked.
    """
    for _ in range(ANSWER_TRIES):
        try:
            answer()
        except BaseException:
            logger.exception("answering %s failed", whom)
        else:
            return True
    return False


def _is_behind_others(actor: DispatchedActor, request: Request | Order) -> bool:
    """Whether an earlier request of its session is, or will be, answered `busy`."""
    if isinstance(request, Request) and is_gated(request):
        return True
    orphans = actor.orphans() if isinstance(actor, HasOrphans) else []
    session, n = request.sender.session, request.n
    return any(one.sender.session == session and one.n < n for one in orphans)


def release_orphans(
    orphans: Iterable[Request | Order],
    records: Sequence[Record],
    waiting: Iterable[Any],
    journal: Journal,
) -> None:
    """Answer what a failed team was asked and had not answered.

    Args:
        orphans: Its open requests, in order.
        records: The hunt's, as read back for the successor.
        waiting: What waits in its mailbox: verdicts on its own questions may be among it.
        journal: What refusals rest on.
    """
    open_requests = list(orphans)
    if not open_requests:
        return
    keys = {(one.sender.session, one.n) for one in open_requests}
    late = [one.outcome for one in waiting if isinstance(one, Verdict)]
    decided = {
        (one.session, one.n): one
        for one in (*records, *(outcome for outcome in late if isinstance(outcome, Record)))
        if (one.session, one.n) in keys
    }
    for request in open_requests:
        record = decided.get((request.sender.session, request.n))
        _release_orphan(request, record, journal)


def _release_orphan(request: Request | Order, record: Record | None, journal: Journal) -> None:
    """Give one answer."""

    def answer() -> None:
        if request.sender.has_outcome(request.n):
            return  # It failed after it had answered this one.
        if record is not None:
            request.sender.answer(outcome_of(request.n, record))
        else:
            # Nobody decided it, and nobody will: a location drops what a failed team asked.
            refuse(request, busy(journal), journal)

    if not insist(answer, f"request {request.n}"):
        let_go(request, record)


def let_go(message: Any, standing: Record | None) -> None:
    """End the connections of those whom nothing can be told: they come back, and ask again."""
    try:
        match message:
            case Request() | Order():
                give_up(message, is_decided=standing is not None)
            case Turn(request=request):
                give_up(request, is_decided=standing is not None)
            case Join(sender=sender) | Resume(sender=sender):
                sender.give_up(0, False)
    except BaseException:
        logger.exception("a connection could not be ended")
