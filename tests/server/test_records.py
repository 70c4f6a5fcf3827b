import sqlite3
import typing
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from actors.domain import events
from actors.domain.events import AnyEvent, Record
from actors.domain.ids import (
    AnnouncementId,
    HuntId,
    LocationId,
    PlayerId,
    SessionId,
    StaffId,
    TeamId,
)
from actors.domain.plan import HuntPlan, Location, TeamSeat
from actors.domain.refusals import Reason
from server.records import (
    ROW_COLUMNS,
    UnreadableRecord,
    decode_rows,
    encode_batch,
    insert_sql,
)
from server.schema import migrate

HUNT, TEAM, PIER, ADA = HuntId("harbour"), TeamId("otters"), LocationId("pier"), PlayerId("ada")
PLAN = HuntPlan(
    hunt=HUNT,
    title='Harbour "Lights" åäö',
    teams=(TeamSeat(id=TEAM, name="Otters"),),
    locations=(Location(id=PIER, name="The Old Pier", at=(57.7072, 11.9668), code="lumen"),),
)
ONE_OF_EACH: tuple[AnyEvent, ...] = (
    events.HuntSeeded(plan=PLAN),
    events.HuntStarted(),
    events.HuntPaused(),
    events.HuntResumed(),
    events.HuntFinished(),
    events.HuntExtended(seconds=-600, reason="storm"),
    events.LeaderboardFrozen(),
    events.LeaderboardThawed(),
    events.Announced(announcement=AnnouncementId(1), text="Hurry", to=(TEAM,), level="warning"),
    events.MessageHandled(message=7, state="claimed"),
    events.StaffInvited(
        staff=StaffId("s1"), name="Ben", role="station", digest="0" * 64, location=PIER
    ),
    events.StaffRevoked(staff=StaffId("s1")),
    events.StaffArrived(name="Ann", role="owner"),
    events.PlayerJoined(team=TEAM, player=ADA, name="Ada"),
    events.LocationFound(
        team=TEAM, location=PIER, player=ADA, points=50, bonus=20, rank=2, captured_at=1.1
    ),
    events.ClaimFailed(
        team=TEAM,
        location=PIER,
        player=ADA,
        reason=Reason.WRONG_CODE,
        message="No.",
        penalty=-1,
        failures=0,
        lockouts=1,
        locked_until=1764000000.1234567,
    ),
    events.HintBought(team=TEAM, location=PIER, player=ADA, hint=0, cost=10),
    events.HintGranted(team=TEAM, location=PIER, hint=0, reason="fog"),
    events.TeamSpoke(team=TEAM, player=ADA, text="Is it 'here'?\n\x00 \\u0000 🦦"),
    events.AnnouncementSeen(team=TEAM, player=ADA, announcement=AnnouncementId(1)),
    events.PointsAdjusted(team=TEAM, points=-5, reason="late"),
    events.TeamDisqualified(team=TEAM, reason="drove"),
    events.TeamReinstated(team=TEAM),
    events.TeamSteered(team=TEAM, location=PIER),
    events.LocationOpened(location=PIER),
    events.LocationClosed(location=PIER),
    events.FindVoided(
        team=TEAM, location=PIER, reranked=(events.Rerank(team=TeamId("terns"), rank=1, bonus=20),)
    ),
    events.FindRestored(team=TEAM, location=PIER, reason="was right"),
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with Database(memory=True, execute_plugins=False) as db:
        migrate(db.conn)
        yield db.conn


def through_sqlite(connection: sqlite3.Connection, batch: list[Record]) -> list[Record]:
    connection.execute(insert_sql(len(batch)), encode_batch(batch))
    return decode_rows(connection.execute(f"SELECT {ROW_COLUMNS} FROM events ORDER BY position"))


def test_every_kind_of_event_comes_back_as_it_was(connection: sqlite3.Connection) -> None:
    batch = [
        Record(position=position, hunt=HUNT, at=1764000000.25 + position, event=event)
        for position, event in enumerate(ONE_OF_EACH, start=1)
    ]
    assert through_sqlite(connection, batch) == batch


def test_no_kind_of_event_is_missing_from_these_tests() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(typing.get_args(AnyEvent))


texts = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.one_of(st.floats(0, 1e11), st.floats(1.7e9, 1.9e9)),
    until=st.floats(allow_nan=False, allow_infinity=False),
    text=texts,
    points=st.integers(-(2**63), 2**63 - 1),
    n=st.integers(1, 2**63 - 1),
)
def test_texts_numbers_and_times_come_back_to_the_last_bit(
    connection: sqlite3.Connection, at: float, until: float, text: str, points: int, n: int
) -> None:
    connection.execute("DELETE FROM events")
    session = SessionId("ab" * 16)
    batch = [
        Record(
            position=1,
            hunt=HUNT,
            at=at,
            event=events.PointsAdjusted(team=TEAM, points=points, reason=text),
            session=session,
            n=n,
        ),
        Record(
            position=2,
            hunt=HUNT,
            at=at,
            event=events.LocationFound(
                team=TEAM, location=PIER, player=ADA, points=points, captured_at=until
            ),
        ),
    ]
    assert through_sqlite(connection, batch) == batch


def test_the_columns_hold_what_people_query(connection: sqlite3.Connection) -> None:
    found = events.LocationFound(team=TEAM, location=PIER, player=ADA, points=50)
    session = SessionId("ab" * 16)
    through_sqlite(connection, [Record(1, HUNT, 2.5, found, session, 7)])
    row = connection.execute("SELECT * FROM events").fetchone()
    data = row[-1]
    assert row[:-1] == (1, HUNT, 2.5, "location_found", TEAM, PIER, ADA, 50, session, 7)
    assert data == (
        '{"kind":"location_found","team":"otters","location":"pier","player":"ada","points":50}'
    )


def test_an_event_of_a_newer_version_is_named_with_its_position() -> None:
    with pytest.raises(UnreadableRecord, match=r"position 7 .*newer Cairn"):
        decode_rows([(7, "harbour", 1.0, None, None, '{"kind":"dragon_seen"}')])


def test_one_that_cannot_be_read_is_named_among_many() -> None:
    good = '{"kind":"hunt_started"}'
    rows = [(at, "harbour", 1.0, None, None, good) for at in range(1, 4)]
    rows.insert(2, (9, "harbour", 1.0, None, None, '{"kind":"team_spoke","team":1}'))
    with pytest.raises(UnreadableRecord, match="position 9 "):
        decode_rows(rows)


def test_two_events_in_one_row_are_none() -> None:
    two = '{"kind":"hunt_started"},{"kind":"hunt_paused"}'
    with pytest.raises(UnreadableRecord, match="position 3 "):
        decode_rows([(3, "harbour", 1.0, None, None, two)])
