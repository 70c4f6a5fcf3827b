"""Purging real database files: what is gone, and that the rest plays on."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.domain.events import Record
from actors.domain.plan import HuntPlan
from actors.recovery import Recovery
from server.file_lock import FileLock
from server.purge import CannotPurge, purge
from server.store import SqliteStore
from tests.domain.given import HUNT, OTTERS, TERNS, given_plan
from tests.server.conftest import StartServer
from tests.server.rig import ServerRig

NAMES = ("Adelheid-Canary", "Balthasar-Canary")
WORDS = ("a secret about Adelheid", "Balthasar cheated", "Adelheid must call home")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "cairn.db"


def play(server: ServerRig, is_over: bool = True) -> None:
    ada, bob = server.player(OTTERS, NAMES[0]), server.player(TERNS, NAMES[1])
    staff = server.game_master()
    staff.ask("start")
    assert ada.ask("claim", location="pier", code="lumen")["t"] == "accepted"
    bob.ask("claim", location="pier", code="wrong")
    ada.ask("hint", location="pier", hint=0)
    ada.ask("say", text=WORDS[0])
    staff.ask("adjust", team=TERNS, points=-3, reason=WORDS[1])
    staff.ask("announce", text=WORDS[2], to=[OTTERS])
    ada.ask("seen", announcement=1)
    if is_over:
        staff.ask("finish")


def save(db: Path, records: list[Record]) -> None:
    store = SqliteStore(db)
    store.open()
    for at in range(0, len(records), 7):
        store.commit(records[at : at + 7])
    store.close()


def recovered(db: Path) -> Recovery:
    store, recovery = SqliteStore(db), Recovery()
    store.open()
    for record in store.recover():
        recovery.take(record)
    store.close()
    return recovery


def scores(recovery: Recovery) -> dict[str, tuple[int, int, bool]]:
    return {
        team: (state.score, len(state.finds), state.disqualified)
        for team, state in recovery.hunts[HUNT].image.teams.items()
    }


def raw_bytes(db: Path) -> bytes:
    files = [db, db.with_name(db.name + "-wal"), db.with_name(db.name + "-shm")]
    return b"".join(file.read_bytes() for file in files if file.exists())


def canaries_in(db: Path) -> list[str]:
    data = raw_bytes(db)
    found = [*NAMES, *(name.lower() for name in NAMES), *WORDS]
    return [canary for canary in found if canary.encode() in data]


@pytest.fixture
def played(server: ServerRig, db: Path) -> Iterator[list[Record]]:
    play(server)
    save(db, server.rig.writer.records)
    yield server.rig.writer.records


def test_no_byte_of_names_and_words_is_left_in_the_file(db: Path, played: list[Record]) -> None:
    assert set(canaries_in(db)) >= {*NAMES, *WORDS}
    outcome = purge(db, HUNT, None)
    assert canaries_in(db) == []
    assert outcome.sessions == 2
    assert [(one.hunt, one.players) for one in outcome.rounds] == [(HUNT, 2)]
    sessions = [record.session for record in played if record.session is not None]
    staff = played[-1].session
    assert [one for one in set(sessions) - {staff} if one.encode() in raw_bytes(db)] == []


def test_what_was_deleted_long_ago_is_overwritten_too(db: Path, played: list[Record]) -> None:
    with sqlite3.connect(db) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE scratch (name)")
        connection.executemany("INSERT INTO scratch VALUES (?)", [("Deleted-Canary",)] * 500)
        connection.execute("DROP TABLE scratch")
    connection.close()
    assert b"Deleted-Canary" in raw_bytes(db)
    purge(db, HUNT, None)
    assert b"Deleted-Canary" not in raw_bytes(db)


def test_the_journal_recovers_to_the_same_scores(db: Path, played: list[Record]) -> None:
    before = recovered(db)
    purge(db, HUNT, None)
    after = recovered(db)
    assert scores(after) == scores(before) != {}
    assert after.last_position == before.last_position
    assert after.hunts[HUNT].image.board.rows(public=True) == before.hunts[HUNT].image.board.rows(
        public=True
    )
    assert after.sessions == {}


def test_the_views_still_say_who_won(db: Path, played: list[Record]) -> None:
    def looks() -> list[tuple[object, ...]]:
        with sqlite3.connect(db) as connection:
            rows = connection.execute("SELECT * FROM leaderboard").fetchall()
            rows += connection.execute("SELECT * FROM team_progress").fetchall()
        connection.close()
        return rows

    before = looks()
    purge(db, HUNT, None)
    assert looks() == before != []


def test_purging_again_changes_nothing(db: Path, played: list[Record]) -> None:
    assert purge(db, None, None).records > 0
    again = purge(db, None, None)
    assert (again.records, again.sessions) == (0, 0)


def test_a_dry_run_says_what_would_happen_and_does_nothing(db: Path, played: list[Record]) -> None:
    before = db.read_bytes()
    would = purge(db, HUNT, None, is_dry_run=True)
    assert db.read_bytes() == before
    assert purge(db, HUNT, None) == would


def test_a_hunt_that_is_not_over_is_left_alone(server: ServerRig, db: Path) -> None:
    play(server, is_over=False)
    save(db, server.rig.writer.records)
    with pytest.raises(CannotPurge, match="is not over"):
        purge(db, HUNT, None)
    assert purge(db, None, None).rounds == []
    assert set(canaries_in(db)) >= set(NAMES)


def test_what_a_hunt_was_before_it_was_seeded_anew_is_over(
    start_server: StartServer, db: Path
) -> None:
    server = start_server()
    play(server, is_over=False)
    plan: HuntPlan = given_plan(title="Again")
    server.rig.seed(plan)
    server.player(OTTERS, "Cleopatra-Canary")
    save(db, server.rig.writer.records)
    assert len(purge(db, None, None).rounds) == 1
    assert canaries_in(db) == []
    assert b"Cleopatra-Canary" in raw_bytes(db), "she plays still"
    assert len(recovered(db).sessions_in_force()) == 1


def test_what_ended_lately_may_be_left_alone(db: Path, played: list[Record]) -> None:
    assert purge(db, None, played[-1].at).rounds == []
    assert len(purge(db, None, played[-1].at + 1).rounds) == 1


def test_while_a_server_runs_nothing_is_touched(db: Path, played: list[Record]) -> None:
    lock = FileLock(db)
    lock.acquire()
    with pytest.raises(CannotPurge, match="Stop it first"):
        purge(db, HUNT, None)
    lock.release()
    assert purge(db, HUNT, None).records > 0


def test_a_file_of_somebody_else_or_none_is_refused(tmp_path: Path, db: Path) -> None:
    with pytest.raises(CannotPurge, match="There is no file"):
        purge(db, None, None)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(CannotPurge, match="no database of Cairn"):
        purge(other, None, None)
    other.write_bytes(os.urandom(4_096))
    with pytest.raises(CannotPurge):
        purge(other, None, None)


def test_a_hunt_that_is_not_there_is_named_with_those_that_are(
    db: Path, played: list[Record]
) -> None:
    with pytest.raises(CannotPurge, match="there are: harbour"):
        purge(db, "haven", None)


def test_a_purge_that_fails_half_way_changes_nothing(
    db: Path, played: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = recovered(db)
    data = db.read_bytes()
    monkeypatch.setattr("server.purge._UPDATE_SQL", "UPDATE events SET position = 'x', a = ?")
    with pytest.raises(CannotPurge):
        purge(db, HUNT, None)
    assert db.read_bytes() == data
    assert scores(recovered(db)) == scores(before)
