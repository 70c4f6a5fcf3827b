"""From actors' answers to the messages that clients read."""

from typing import assert_never

from actors.domain.events import (
    Announced,
    AnyEvent,
    HintBought,
    LocationFound,
    PointsAdjusted,
    Record,
    StaffInvited,
)
from actors.domain.ids import HuntId, TeamId
from actors.domain.plan import Location
from actors.domain.refusals import Reason
from actors.messages import Accepted, Answer, Listed, Refused, Seeded, Switched
from server import replies
from server.desk import Desk
from server.invitation import Invited

RETRY_DECIMALS = 3
"""Digits after the point of `retry_after`: milliseconds."""

ERRORS_SHOWN_MAX = 200
"""Mistakes of a plan that one answer lists."""


def encode(desk: Desk, answer: Answer, saved: int | None) -> replies.Accepted | replies.Refused:
    """The message for an answer; a `saved` may ride on it."""
    if type(answer) is Accepted:  # Nearly always.
        desk.counters.accepted += 1
        return accepted(answer, saved, _place_found(desk, answer.record))
    match answer:
        case Accepted():  # Of somebody who was invited.
            desk.counters.accepted += 1
            return accepted(answer, saved)
        case Refused():
            desk.counters.refused[answer.refusal.reason] += 1
            return refused(answer, saved)
        case Seeded():
            desk.counters.accepted += 1
            return _seeded(desk, answer, saved)
        case Listed(n=n, hunt=hunt, teams=teams):
            desk.counters.accepted += 1
            return replies.Accepted(n, teams=_with_codes(desk, hunt, teams), saved=saved)
        case Switched(n=n):
            desk.counters.accepted += 1
            return replies.Accepted(n, saved=saved)
        case _:
            assert_never(answer)


def _place_found(desk: Desk, record: Record) -> Location | None:
    """The place that a claim found, when it did."""
    event = record.event
    if type(event) is not LocationFound:
        return None
    entry = desk.directory.hunts.get(record.hunt)
    return None if entry is None else entry.plan.index.locations.get(event.location)


def accepted(
    answer: Accepted, saved: int | None, place: Location | None = None
) -> replies.Accepted:
    """What a client reads of a command that was carried out; `place` is what a claim found."""
    event: AnyEvent = answer.record.event
    if type(event) is LocationFound:
        at = None if place is None else place.at
        return replies.Accepted(
            answer.n,
            points=event.points + event.bonus,
            bonus=event.bonus,
            rank=event.rank,
            score=answer.score,
            unlocked=answer.unlocked,
            found_at=answer.record.at,
            at=at,
            radius_m=None if place is None or at is None else place.radius_m,
            saved=saved,
        )
    match event:
        case HintBought(cost=cost):
            return replies.Accepted(
                answer.n, score=answer.score, text=answer.text, cost=cost, saved=saved
            )
        case PointsAdjusted(points=points):
            return replies.Accepted(answer.n, points=points, score=answer.score, saved=saved)
        case Announced(announcement=announcement):
            return replies.Accepted(answer.n, announcement=announcement, saved=saved)
        case StaffInvited():
            return replies.Accepted(answer.n, staff=_invitation(answer, event), saved=saved)
        case _:
            return replies.Accepted(answer.n, saved=saved)


def refused(answer: Refused, saved: int | None) -> replies.Refused:
    """What a client reads of a command that was not carried out."""
    refusal = answer.refusal
    retry_after = refusal.retry_after_s
    if retry_after is not None:
        retry_after = round(retry_after, RETRY_DECIMALS)
    return replies.Refused(
        answer.n,
        refusal.reason,
        refusal.message,
        retry_after,
        answer.score,
        errors=answer.details[:ERRORS_SHOWN_MAX] or None,
        saved=saved,
    )


def _seeded(desk: Desk, answer: Seeded, saved: int | None) -> replies.Accepted:
    return replies.Accepted(
        answer.n,
        hunt=answer.hunt,
        applied=answer.is_applied,
        changes=answer.changes,
        teams=_with_codes(desk, answer.hunt, answer.teams),
        saved=saved,
    )


def _with_codes(
    desk: Desk, hunt: HuntId, teams: tuple[tuple[TeamId, str], ...]
) -> tuple[replies.SeededTeam, ...]:
    codes = desk.access.codes
    return tuple(
        replies.SeededTeam(team, name, codes.of(hunt, team), codes.long(hunt, team))
        for team, name in teams
    )


def _invitation(answer: Accepted, event: StaffInvited) -> replies.Invitation | None:
    """Whom a game master has invited, and the token; None when that was lost on the way."""
    if not isinstance(answer, Invited):
        return None
    return replies.Invitation(event.staff, event.name, event.role, answer.token, event.location)


def position_of(answer: Answer) -> int | None:
    """The journal position an answer rests on.

    None when it is no outcome yet (`busy`), or the outcome was told before (`already_applied`).
    """
    match answer:
        case Accepted(record=record):
            return record.position
        case Refused(refusal=refusal, position=position):
            is_outcome = refusal.reason not in (Reason.BUSY, Reason.ALREADY_APPLIED)
            return position if is_outcome else None
        case Seeded(position=position) | Listed(position=position) | Switched(position=position):
            return position


def position_of_repeat(answer: Answer) -> int | None:
    """The journal position that `already_applied` rests on; None for any other answer.

    The connection that was to hear that the request is saved may be gone, so this one does. It is
    decided by then: a team decides before it takes a number for dealt with, and the console holds
    a repeat back until what it ordered is decided.
    """
    match answer:
        case Refused(refusal=refusal, position=position):
            return position if refusal.reason is Reason.ALREADY_APPLIED else None
        case _:
            return None
