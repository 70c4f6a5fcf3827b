from collections.abc import Sequence

import pytest

from actors.domain.events import HuntStarted, Record
from actors.domain.ids import SessionId
from actors.journal import COMMITTED_PER_SLICE_MAX, Journal
from actors.simulation.virtual import VirtualDispatcher
from tests.actors.edges import RecordingWriter
from tests.domain.given import HUNT

PHONE = SessionId("f" * 32)


class Listener:
    """Keeps the positions that it was told are committed, one list per call."""

    def __init__(self) -> None:
        self.told: list[list[int]] = []

    def __call__(self, records: Sequence[Record]) -> None:
        self.told.append([record.position for record in records])


@pytest.fixture
def writer() -> RecordingWriter:
    return RecordingWriter()


@pytest.fixture
def journal(writer: RecordingWriter, dispatcher: VirtualDispatcher) -> Journal:
    return Journal(writer, 0, dispatcher)


def append(journal: Journal, records: int = 1, at: float = 0.0) -> list[Record]:
    appended = []
    for _ in range(records):
        record = journal.draft(HUNT, at, HuntStarted())
        journal.append(record)
        appended.append(record)
    return appended


def test_positions_follow_on_the_last_one_without_gaps(
    writer: RecordingWriter, dispatcher: VirtualDispatcher
) -> None:
    journal = Journal(writer, 41, dispatcher)
    assert (journal.tail, journal.watermark) == (41, 41)
    assert [record.position for record in append(journal, 3)] == [42, 43, 44]
    assert journal.tail == 44
    assert journal.watermark == 41


def test_a_draft_alone_changes_nothing(journal: Journal, writer: RecordingWriter) -> None:
    draft = journal.draft(HUNT, 5.0, HuntStarted(), PHONE, 7)
    assert draft == Record(1, HUNT, 5.0, HuntStarted(), PHONE, 7)
    assert (journal.tail, journal.pending) == (0, 0)
    journal.flush()
    assert writer.records == []


def test_a_draft_that_another_record_overtook_cannot_be_appended(journal: Journal) -> None:
    draft = journal.draft(HUNT, 0.0, HuntStarted())
    append(journal)
    with pytest.raises(AssertionError, match="between draft and append"):
        journal.append(draft)
    assert journal.tail == 1


def test_records_go_to_the_writer_in_order_and_once(
    journal: Journal, writer: RecordingWriter
) -> None:
    first = append(journal, 2)
    assert writer.records == []
    journal.flush()
    second = append(journal, 1)
    journal.flush()
    journal.flush()
    assert writer.records == [*first, *second]


def test_listeners_hear_of_records_only_when_they_are_committed(journal: Journal) -> None:
    listener = Listener()
    journal.listen(listener)
    append(journal, 3)
    journal.flush()
    assert listener.told == []
    assert journal.committed(2) is False
    assert listener.told == [[1, 2]]
    assert (journal.watermark, journal.pending) == (2, 1)
    assert journal.committed(3) is False
    assert listener.told == [[1, 2], [3]]


def test_the_watermark_has_risen_when_listeners_hear_of_it(journal: Journal) -> None:
    seen: list[int] = []
    journal.listen(lambda _: seen.append(journal.watermark))
    append(journal, 2)
    journal.committed(2)
    assert seen == [2]


def test_every_listener_hears_of_every_record_in_the_order_of_registration(
    journal: Journal,
) -> None:
    order: list[str] = []
    journal.listen(lambda _: order.append("hub"))
    journal.listen(lambda _: order.append("acks"))
    append(journal)
    journal.committed(1)
    assert order == ["hub", "acks"]


def test_a_commit_told_twice_or_late_is_told_on_once(journal: Journal) -> None:
    listener = Listener()
    journal.listen(listener)
    append(journal, 5)
    for position in (3, 3, 1, 5, 4):
        journal.committed(position)
    assert listener.told == [[1, 2, 3], [4, 5]]
    assert journal.watermark == 5


def test_a_big_commit_is_told_in_slices(journal: Journal) -> None:
    listener = Listener()
    journal.listen(listener)
    last = 2 * COMMITTED_PER_SLICE_MAX + 1
    append(journal, last)
    assert journal.committed(last) is True
    assert journal.committed(last) is True
    assert journal.committed(last) is False
    assert [len(told) for told in listener.told] == [
        COMMITTED_PER_SLICE_MAX,
        COMMITTED_PER_SLICE_MAX,
        1,
    ]
    assert [position for told in listener.told for position in told] == list(range(1, last + 1))


def test_a_closed_journal_makes_everybody_wait_for_the_next_server(journal: Journal) -> None:
    journal.close()
    assert (journal.is_full, journal.is_exhausted) == (True, True)


def test_what_was_under_way_when_it_closed_is_appended_and_told_all_the_same(
    journal: Journal, writer: RecordingWriter
) -> None:
    listener = Listener()
    journal.listen(listener)
    journal.close()
    appended = append(journal, COMMITTED_PER_SLICE_MAX + 1)
    journal.flush()
    assert writer.records == appended
    journal.committed(journal.tail)
    is_telling = [journal.is_telling]
    journal.committed(journal.tail)
    is_telling.append(journal.is_telling)
    assert is_telling == [True, False]
    assert sum(len(told) for told in listener.told) == len(appended)
