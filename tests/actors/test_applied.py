from actors.applied import APPLIED_SESSIONS_MAX, AppliedNumbers
from actors.domain.events import HuntStarted, Record
from actors.domain.ids import SessionId
from actors.domain.refusals import Reason
from tests.domain.given import HUNT

PHONE, TABLET = SessionId("a" * 32), SessionId("b" * 32)


def test_a_session_that_never_asked_begins_at_one() -> None:
    applied = AppliedNumbers()
    assert applied.of(PHONE) == 0
    assert applied.refusal(PHONE, 1) is None


def test_a_number_and_all_below_it_are_applied_once() -> None:
    applied = AppliedNumbers()
    applied.note(PHONE, 5)
    for n in range(1, 6):
        refusal = applied.refusal(PHONE, n)
        assert refusal is not None
        assert refusal.reason is Reason.ALREADY_APPLIED
    assert applied.refusal(PHONE, 6) is None


def test_the_refusal_tells_the_next_number() -> None:
    applied = AppliedNumbers()
    applied.note(PHONE, 5)
    refusal = applied.refusal(PHONE, 3)
    assert refusal is not None
    assert "next number is 6" in refusal.message


def test_a_lower_number_noted_later_lowers_nothing() -> None:
    applied = AppliedNumbers()
    applied.note(PHONE, 5)
    applied.note(PHONE, 2)
    assert applied.of(PHONE) == 5


def test_sessions_do_not_share_numbers() -> None:
    applied = AppliedNumbers()
    applied.note(PHONE, 5)
    assert applied.refusal(TABLET, 1) is None
    assert applied.of(TABLET) == 0


def test_a_record_counts_only_when_a_request_caused_it() -> None:
    applied = AppliedNumbers()
    applied.note_record(Record(1, HUNT, 0.0, HuntStarted()))
    applied.note_record(Record(2, HUNT, 0.0, HuntStarted(), PHONE))
    assert applied.of(PHONE) == 0
    applied.note_record(Record(3, HUNT, 0.0, HuntStarted(), PHONE, 4))
    assert applied.of(PHONE) == 4


def test_a_session_that_is_still_used_is_not_forgotten() -> None:
    applied = AppliedNumbers(sessions_max=2)
    for n, session in enumerate((PHONE, TABLET, PHONE, SessionId("c" * 32)), start=1):
        applied.note(session, n)
    assert (applied.of(PHONE), applied.of(TABLET)) == (3, 0)


def test_memory_is_bounded_and_the_oldest_sessions_are_forgotten_first() -> None:
    applied = AppliedNumbers()
    sessions = [SessionId(f"{number:032x}") for number in range(APPLIED_SESSIONS_MAX + 1)]
    for session in sessions:
        applied.note(session, 9)
    assert applied.of(sessions[0]) == 0
    assert all(applied.of(session) == 9 for session in sessions[1:])


def test_a_successor_takes_over_what_left_no_record() -> None:
    predecessor, successor = AppliedNumbers(), AppliedNumbers()
    predecessor.note(PHONE, 7)
    successor.note(PHONE, 5)
    successor.take_over(predecessor)
    assert successor.of(PHONE) == 7


def test_a_device_that_left_is_forgotten_and_leaves_room() -> None:
    applied = AppliedNumbers(sessions_max=2)
    stays, left, new = PHONE, SessionId("1" * 32), SessionId("2" * 32)
    applied.note(stays, 1)
    applied.note(left, 1)
    applied.forget(left)
    applied.forget(None)
    applied.note(new, 1)
    assert (applied.of(stays), applied.of(left), applied.of(new)) == (1, 0, 1)
