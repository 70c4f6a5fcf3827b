"""What may wait for the disk: by count, by bytes, by age; and who is turned away beyond it."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from actors.admission import (
    BUSY_RETRY_AFTER_MAX_S,
    BUSY_RETRY_AFTER_S,
    JOURNAL_AGE_MAX_S,
    QUEUE_LIMITS,
    Level,
    QueueLimits,
)
from actors.domain.commands import AdjustPoints, JoinTeam, PauseHunt, Say
from actors.domain.events import AnyEvent, HuntStarted, TeamSpoke
from actors.domain.refusals import Reason, Refusal
from actors.journal import AGE_LOOK_S, Journal
from actors.messages import Accepted, Join, Joined, Refused, Resume
from actors.simulation.virtual import VirtualDispatcher
from tests.actors.conftest import StartRig
from tests.actors.edges import Device, RecordingWriter, reason
from tests.actors.rig import Rig
from tests.domain.given import ADA, HUNT, OTTERS

LIMITS = QueueLimits(records=100, bytes=100_000, age_s=10.0)


class Time:
    """A dispatcher's clocks, of which only the wall clock is set by somebody."""

    def __init__(self) -> None:
        self.dispatcher = VirtualDispatcher(0)
        self.journal = Journal(RecordingWriter(), 0, self.dispatcher, LIMITS)

    def pass_by(self, seconds: float) -> None:
        self.dispatcher.advance(seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def journal(time: Time) -> Journal:
    return time.journal


def append(journal: Journal, events: Sequence[AnyEvent] = (HuntStarted(),)) -> None:
    for event in events:
        journal.append(journal.draft(HUNT, 0.0, event))
    journal.flush()


def committed(journal: Journal, position: int | None = None) -> None:
    while journal.committed(journal.tail if position is None else position):
        pass


def test_count_holds_up_players_first_and_game_masters_after_their_reserve(
    journal: Journal,
) -> None:
    journal.limits = replace(LIMITS, bytes=1_000_000_000)
    seen = []
    for records in (99, 1, 4, 1):
        append(journal, [HuntStarted()] * records)
        seen.append((journal.is_full, journal.is_exhausted))
    assert seen == [(False, False), (True, False), (True, False), (True, True)]
    committed(journal)
    assert (journal.is_full, journal.is_exhausted, journal.level) == (False, False, Level.OPEN)


def test_bytes_do_the_same(journal: Journal) -> None:
    journal.limits = replace(LIMITS, records=1_000_000)
    long = TeamSpoke(OTTERS, ADA, "x" * 9_600)
    seen = []
    for _ in range(11):
        append(journal, [long])
        seen.append((journal.is_full, journal.is_exhausted))
    assert seen == [(False, False)] * 10 + [(True, True)]
    committed(journal, 1)
    assert journal.is_full, "it has not fallen by enough to open again"
    committed(journal)
    assert (journal.is_full, journal.backlog.bytes) == (False, 0)


def test_age_trips_although_nothing_is_appended_or_committed(time: Time, journal: Journal) -> None:
    append(journal)
    time.pass_by(LIMITS.age_s - AGE_LOOK_S)
    assert (journal.is_full, journal.level) == (False, Level.SOFT)
    time.pass_by(2 * AGE_LOOK_S)
    assert (journal.is_full, journal.level) == (True, Level.HARD)
    assert not journal.is_exhausted, "game masters may pause a hunt on a stuck disk"
    committed(journal)
    assert (journal.is_full, journal.level) == (False, Level.OPEN)


def test_age_is_that_of_the_oldest_record_which_is_not_saved(time: Time, journal: Journal) -> None:
    append(journal)
    time.pass_by(3.0)
    append(journal)
    time.pass_by(1.0)
    ages = [journal.backlog.age_s]
    for position in (1, 2):
        committed(journal, position)
        ages.append(journal.backlog.age_s)
    assert ages == [4.0, 1.0, 0.0]


def test_a_wall_clock_that_is_set_makes_nothing_older(
    time: Time, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(journal)
    for jump_s in (3_600.0, -3_600.0):
        monkeypatch.setattr(time.dispatcher, "now", lambda: 1.8e9 + jump_s)  # noqa: B023
        time.pass_by(1.0)
        assert not journal.is_full
    assert journal.backlog.age_s == 2.0


def test_a_disk_that_keeps_up_leaves_no_timer_behind(time: Time, journal: Journal) -> None:
    looks: list[float] = []
    journal.on_pressure = lambda: looks.append(time.dispatcher.monotonic())
    append(journal)
    time.pass_by(LIMITS.age_s / 2)
    committed(journal)
    time.pass_by(1.0)
    count = len(looks)
    time.pass_by(100.0)
    assert len(looks) == count > 1
    assert time.dispatcher._timeline.next_due is None


def test_the_wait_of_busy_grows_while_the_disk_is_stuck_and_is_short_again_after(
    time: Time, journal: Journal
) -> None:
    append(journal)
    waits = []
    for _ in range(8):
        waits.append(journal.retry_after_s())
        time.pass_by(10.0)
    assert waits == sorted(waits)
    assert (waits[0], waits[3], waits[-1]) == (BUSY_RETRY_AFTER_S, 3.0, BUSY_RETRY_AFTER_MAX_S)
    committed(journal)
    assert journal.retry_after_s() == BUSY_RETRY_AFTER_S


def test_a_game_master_shuts_the_journal_for_players_whatever_waits(
    time: Time, journal: Journal
) -> None:
    journal.overrule(is_shut=True, counts_age=True)
    assert (journal.is_full, journal.is_exhausted) == (True, False)
    time.pass_by(20.0)
    assert journal.retry_after_s() == 2.0
    append(journal)
    committed(journal)
    assert journal.is_full
    journal.overrule(is_shut=False, counts_age=True)
    assert not journal.is_full


def test_a_game_master_lifts_the_limit_of_age_but_not_that_of_memory(
    time: Time, journal: Journal
) -> None:
    append(journal)
    time.pass_by(20.0)
    assert journal.is_full
    journal.overrule(is_shut=False, counts_age=False)
    assert (journal.is_full, journal.level) == (False, Level.SOFT)
    append(journal, [HuntStarted()] * 100)
    assert journal.is_full


def test_a_closed_journal_stays_closed_whatever_is_saved_or_switched(
    time: Time, journal: Journal
) -> None:
    append(journal, [HuntStarted()] * 100)
    journal.close()
    committed(journal)
    journal.overrule(is_shut=False, counts_age=True)
    assert (journal.is_full, journal.is_exhausted) == (True, True)


# Actors on a stuck disk -----------------------------------------------------------------------


@pytest.fixture
def rig(start_rig: StartRig) -> Rig:
    return start_rig()


@pytest.fixture
def ada(rig: Rig) -> Device:
    device = rig.join()
    rig.start()
    rig.commit()
    return device


def test_a_disk_stuck_for_ten_seconds_makes_nobody_wait(rig: Rig, ada: Device) -> None:
    for number in range(40):
        assert isinstance(rig.ask(ada, Say(str(number))), Accepted)
        rig.advance(0.25)


def test_a_disk_stuck_for_longer_makes_players_wait_and_they_catch_up_in_order(
    rig: Rig, ada: Device
) -> None:
    assert isinstance(rig.ask(ada, Say("0")), Accepted)
    rig.advance(JOURNAL_AGE_MAX_S + AGE_LOOK_S)
    refused = [rig.ask(ada, Say(str(number))) for number in (1, 2, 3)]
    assert [reason(answer) for answer in refused] == [Reason.BUSY] * 3
    first = refused[0]
    assert isinstance(first, Refused)
    assert first.refusal.retry_after_s == pytest.approx(3.0, abs=0.1)
    assert isinstance(rig.order(PauseHunt()), Accepted)
    assert isinstance(rig.order(AdjustPoints(OTTERS, 1)), Accepted)
    rig.commit()
    # What comes out of turn has to wait for the first that was turned away.
    assert reason(rig.ask(ada, Say("2"), n=refused[1].n)) is Reason.BUSY
    for answer in refused:
        assert isinstance(rig.ask(ada, Say("again"), n=answer.n), Accepted)
    said = [(record.n, record.event) for record in rig.writer.records if record.n is not None]
    numbers = [n for n, event in said if isinstance(event, TeamSpoke)]
    assert numbers == sorted(numbers)
    assert len(numbers) == 4


def test_nobody_new_gets_in_while_the_disk_is_stuck_but_sessions_resume(
    rig: Rig, ada: Device
) -> None:
    rig.ask(ada, Say("0"))
    rig.advance(JOURNAL_AGE_MAX_S + AGE_LOOK_S)
    late = Device()
    rig.entry.teams[OTTERS].tell(Join(late, JoinTeam("Bob")))
    rig.entry.teams[OTTERS].tell(Resume(ada))
    rig.run()
    assert [type(one) for one in late.welcomes] == [Refusal]
    assert isinstance(ada.welcomes[-1], Joined)


def test_the_limits_of_a_server_are_the_published_ones(rig: Rig) -> None:
    assert rig.journal.limits is QUEUE_LIMITS
