import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlite_utils import Database

from actors.domain import events
from actors.domain.events import AnyEvent, Record, Rerank
from actors.domain.ids import HuntId, LocationId, PlayerId, SessionId, TeamId
from actors.domain.plan import HuntPlan, Location, TeamSeat
from actors.domain.refusals import Reason
from server.records import encode_batch, insert_sql
from server.schema import APPLICATION_ID, StoreUnusable, check_ours, migrate

HUNT, ADA = HuntId("harbour"), PlayerId("ada")
OTTERS, TERNS, SEALS = TeamId("otters"), TeamId("terns"), TeamId("seals")
PIER, MOLE = LocationId("pier"), LocationId("mole")
PLAN = HuntPlan(
    hunt=HUNT,
    title="Harbour Lights",
    teams=tuple(TeamSeat(id=team, name=team.title()) for team in (OTTERS, TERNS, SEALS)),
    locations=(Location(id=PIER, name="Pier"), Location(id=MOLE, name="Mole")),
)
SEEDED = events.HuntSeeded(plan=PLAN)


@pytest.fixture
def db() -> Iterator[Database]:
    with Database(memory=True, execute_plugins=False) as db:
        migrate(db.conn)
        yield db


def play(db: Database, *happened: AnyEvent) -> None:
    (last,) = db.conn.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    batch = [
        Record(position=position, hunt=HUNT, at=float(position), event=event)
        for position, event in enumerate(happened, start=last + 1)
    ]
    db.conn.execute(insert_sql(len(batch)), encode_batch(batch))


def found(
    team: TeamId, location: LocationId, rank: int = 1, bonus: int = 0
) -> events.LocationFound:
    return events.LocationFound(
        team=team, location=location, player=ADA, points=50, bonus=bonus, rank=rank
    )


def failed(team: TeamId, location: LocationId, penalty: int = 0) -> events.ClaimFailed:
    return events.ClaimFailed(
        team=team,
        location=location,
        player=ADA,
        reason=Reason.WRONG_CODE,
        message="No.",
        penalty=penalty,
    )


def view(db: Database, columns: str, name: str) -> list[Any]:
    return db.conn.execute(f"SELECT {columns} FROM {name}").fetchall()


def test_all_tables_are_strict(db: Database) -> None:
    strict = {table.name for table in db.tables if table.strict}
    assert strict == {"server", "events", "hunts", "sessions"}


def test_the_file_is_marked_as_cairns(db: Database) -> None:
    assert db.conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_migrating_again_changes_nothing(db: Database) -> None:
    before = db.schema
    check_ours(db.conn)
    migrate(db.conn)
    assert db.schema == before


def test_a_request_can_be_in_the_journal_only_once(db: Database) -> None:
    session = SessionId("ab" * 16)
    once = [Record(1, HUNT, 1.0, events.HuntStarted(), session, 1)]
    again = [Record(2, HUNT, 1.0, events.HuntPaused(), session, 1)]
    db.conn.execute(insert_sql(len(once)), encode_batch(once))
    with pytest.raises(sqlite3.IntegrityError, match=r"events\.n, events\.session"):
        db.conn.execute(insert_sql(len(again)), encode_batch(again))


def test_what_cairn_does_by_itself_may_be_there_often(db: Database) -> None:
    play(db, events.HuntStarted(), events.HuntPaused())
    assert view(db, "count(*)", "events") == [(2,)]


def test_another_programs_tables_are_refused() -> None:
    with Database(memory=True) as db:
        db.conn.execute("CREATE TABLE contacts (name)")
        with pytest.raises(StoreUnusable, match="another program"):
            check_ours(db.conn)


def test_another_programs_mark_is_refused() -> None:
    with Database(memory=True) as db:
        db.conn.execute("PRAGMA application_id = 1")
        with pytest.raises(StoreUnusable, match="another program"):
            check_ours(db.conn)


def test_a_newer_cairns_file_is_refused(db: Database) -> None:
    db.table("_sqlite_migrations").insert(
        {"migration_set": "cairn", "name": "9999_dragons", "applied_at": "2031-01-01"}
    )
    with pytest.raises(StoreUnusable, match=r"newer Cairn.*9999_dragons"):
        check_ours(db.conn)


def test_seeding_writes_the_hunt_and_seeding_again_replaces_it(db: Database) -> None:
    play(db, SEEDED, events.HuntStarted(), SEEDED)
    columns = "hunt, title, seeded_position, seeded_at, team_count, location_count"
    assert view(db, columns, "hunts") == [(HUNT, "Harbour Lights", 3, 3.0, 3, 2)]


def test_joining_writes_the_session(db: Database) -> None:
    session = SessionId("ab" * 16)
    joined = events.PlayerJoined(team=OTTERS, player=ADA, name="Ada")
    batch = [Record(1, HUNT, 2.5, joined, session, 0)]
    db.conn.execute(insert_sql(len(batch)), encode_batch(batch))
    assert view(db, "*", "sessions") == [(session, HUNT, OTTERS, ADA, "Ada", 2.5, 1)]


def test_the_leaderboard_adds_up_everything_that_counts(db: Database) -> None:
    play(
        db,
        SEEDED,
        found(OTTERS, PIER, bonus=20),
        found(TERNS, PIER, rank=2, bonus=10),
        failed(TERNS, MOLE, penalty=-3),
        events.HintBought(team=TERNS, location=MOLE, player=ADA, hint=0, cost=7),
        events.PointsAdjusted(team=TERNS, points=40),
    )
    columns = "rank, team, score, finds, points, bonus, penalties, hint_costs, adjustments"
    assert view(db, columns, "leaderboard") == [
        (1, TERNS, 90, 1, 50, 10, -3, -7, 40),
        (2, OTTERS, 70, 1, 50, 20, 0, 0, 0),
        (3, SEALS, 0, 0, 0, 0, 0, 0, 0),
    ]


def test_a_void_find_counts_nothing_and_later_finders_move_up(db: Database) -> None:
    play(
        db,
        SEEDED,
        found(OTTERS, PIER, bonus=20),
        found(TERNS, PIER, rank=2, bonus=10),
        events.FindVoided(
            team=OTTERS, location=PIER, reranked=(Rerank(team=TERNS, rank=1, bonus=20),)
        ),
    )
    assert view(db, "team, rank, points, bonus", "finds ORDER BY position") == [
        (OTTERS, None, 0, 0),
        (TERNS, 1, 50, 20),
    ]
    scores = dict(view(db, "team, score", "leaderboard"))
    assert scores == {TERNS: 70, OTTERS: 0, SEALS: 0}


def test_a_restored_find_takes_its_old_place(db: Database) -> None:
    moved_up = (Rerank(team=TERNS, rank=1, bonus=20),)
    moved_back = (Rerank(team=OTTERS, rank=1, bonus=20), Rerank(team=TERNS, rank=2, bonus=10))
    play(
        db,
        SEEDED,
        found(OTTERS, PIER, bonus=20),
        found(TERNS, PIER, rank=2, bonus=10),
        events.FindVoided(team=OTTERS, location=PIER, reranked=moved_up),
        events.FindRestored(team=OTTERS, location=PIER, reranked=moved_back),
    )
    assert view(db, "team, rank, points, bonus", "finds ORDER BY position") == [
        (OTTERS, 1, 50, 20),
        (TERNS, 2, 50, 10),
    ]


def test_a_disqualified_team_has_no_rank_until_it_is_reinstated(db: Database) -> None:
    play(db, SEEDED, found(OTTERS, PIER), events.TeamDisqualified(team=OTTERS))
    ranks = view(db, "rank, team", "leaderboard")
    assert ranks == [(1, TERNS), (1, SEALS), (None, OTTERS)]
    play(db, events.TeamReinstated(team=OTTERS))
    assert view(db, "rank, team", "leaderboard")[0] == (1, OTTERS)


def test_equal_scores_share_a_rank_and_the_earlier_stands_first(db: Database) -> None:
    play(db, SEEDED, found(TERNS, PIER), found(OTTERS, MOLE))
    assert view(db, "rank, team", "leaderboard") == [(1, TERNS), (1, OTTERS), (3, SEALS)]


def test_team_progress_counts_what_a_team_did(db: Database) -> None:
    play(
        db,
        SEEDED,
        events.PlayerJoined(team=OTTERS, player=ADA, name="Ada"),
        events.PlayerJoined(team=OTTERS, player=ADA, name="Ada"),
        failed(OTTERS, PIER),
        found(OTTERS, PIER),
        events.HintBought(team=OTTERS, location=MOLE, player=ADA, hint=0, cost=1),
    )
    columns = "team, players, finds, hints, failures, last_find_at, last_event_at"
    assert view(db, columns, "team_progress")[0] == (OTTERS, 1, 1, 1, 1, 5.0, 6.0)


def test_location_traffic_counts_what_happened_at_a_location(db: Database) -> None:
    play(db, SEEDED, failed(OTTERS, PIER), found(OTTERS, PIER), found(TERNS, PIER, rank=2))
    columns = "location, finds, failed_claims, first_find_at, last_find_at"
    assert sorted(view(db, columns, "location_traffic")) == [
        (MOLE, 0, 0, None, None),
        (PIER, 2, 1, 3.0, 4.0),
    ]


def test_what_was_before_the_last_seeding_counts_nowhere(db: Database) -> None:
    play(db, SEEDED, found(OTTERS, PIER), failed(TERNS, PIER), SEEDED)
    assert view(db, "count(*)", "finds") == [(0,)]
    assert view(db, "sum(score)", "leaderboard") == [(0,)]
    assert view(db, "sum(failures), sum(finds)", "team_progress") == [(0, 0)]
    assert view(db, "sum(failed_claims), sum(finds)", "location_traffic") == [(0, 0)]
