"""T16: how long a server with a long history takes to start."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from actors.domain.events import (
    ClaimFailed,
    HuntSeeded,
    HuntStarted,
    LocationFound,
    PlayerJoined,
    Record,
    TeamSpoke,
)
from actors.domain.ids import PlayerId, SessionId, TeamId
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason
from actors.recovery import Recovery
from server.access import digest
from server.plan_file import PlanErrors, read_plan_file
from server.snapshot_file import SnapshotFile
from server.snapshot_maker import make
from server.store import SqliteStore
from tests.integration.clients import run
from tests.integration.games import location, plan
from tests.integration.harness import ServerProcess
from tests.integration.states import plain
from tests.proofs.ledger import Proof

pytestmark = pytest.mark.proof

TEAMS, PLACES, PLAYERS = 200, 50, 4
BATCH = 2_000
START_MAX_S = 120.0
"""For a million records, on any machine; it takes a tenth of that."""


def history(hunt: HuntPlan, count: int) -> Iterator[Record]:
    """So many records of a busy hunt: everybody joins, finds everything, guesses and chats."""
    teams = [seat.id for seat in hunt.teams]
    places = [place.id for place in hunt.locations]
    yield Record(1, hunt.hunt, 1.0, HuntSeeded(hunt))
    yield Record(2, hunt.hunt, 2.0, HuntStarted())
    position, numbers = 2, dict[SessionId, int]()
    for team in teams:
        for player in range(PLAYERS):
            position += 1
            joined = PlayerJoined(team, PlayerId(f"player {player}"), f"Player {player}")
            yield Record(position, hunt.hunt, 3.0, joined, session(team, player))
    found = 0
    while position < count:
        position += 1
        number, at = position - 3, position / 100
        team, player = teams[number % TEAMS], number // TEAMS % PLAYERS
        name, own = PlayerId(f"player {player}"), session(team, player)
        numbers[own] = n = numbers.get(own, 0) + 1
        event: LocationFound | ClaimFailed | TeamSpoke
        if number % 17 == 0 and found < TEAMS * PLACES:
            finder, place = teams[found % TEAMS], places[found // TEAMS]
            event = LocationFound(finder, place, name, 10, 0, found % TEAMS + 1)
            own, found = session(finder, player), found + 1
            numbers[own] = n = numbers.get(own, 0) + 1
        elif number % 3:
            event = TeamSpoke(team, name, f"Is it behind the big tree? {position}")
        else:
            place = places[number % PLACES]
            event = ClaimFailed(team, place, name, Reason.WRONG_CODE, "Not the code here.", -1)
        yield Record(position, hunt.hunt, at, event, own, n)


def session(team: TeamId, player: int) -> SessionId:
    return digest(f"{team}/{player}")


def build(db: Path, hunt: HuntPlan, count: int) -> Recovery:
    """Save the history as the server saves; the state that it stands for, folded on the way."""
    store, state, batch = SqliteStore(db), Recovery(), list[Record]()
    store.open()
    for record in history(hunt, count):
        state.take(record)
        batch.append(record)
        if len(batch) == BATCH:
            store.commit(batch)
            batch = []
    if batch:
        store.commit(batch)
    store.close()
    return state


async def start_and_look(db: Path) -> tuple[float, object]:
    """Seconds from the start of the process to its first 200, and the leaderboard it shows."""
    async with ServerProcess(db) as server:
        await server.kill()
        started = time.perf_counter()
        await server.start()
        while not await is_healthy(server.port):  # noqa: ASYNC110 - it is outside this process.
            await asyncio.sleep(0)
        took_s = time.perf_counter() - started
        screen = await server.watch("harbour")
        os.kill(server.pid, signal.SIGTERM)
        return took_s, screen.welcome["leaderboard"]


async def is_healthy(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    answer = await reader.readline()
    writer.close()
    return b" 200 " in answer


def rows(state: Recovery, hunt: HuntPlan) -> object:
    return plain(state.hunts[hunt.hunt].image.board.rows(public=True))


def test_t16_a_long_history_is_recovered_whole_and_in_seconds(proof: Proof, tmp_path: Path) -> None:
    proof.claims(
        "T16 recovery",
        f"a hunt of {TEAMS} teams and {PLACES} places with hundreds of thousands of records: the "
        "process answers within seconds of its start, with the state that was saved",
    )
    count = proof.size(ci=200_000, long=1_000_000)
    db = tmp_path / "cairn.db"
    file = read_plan_file(
        str(plan([location(f"place-{n}") for n in range(PLACES)], {"count": TEAMS})), "history"
    )
    assert not isinstance(file, PlanErrors), file
    proof.progress(f"saving {count:,} records")
    state = build(db, file.plan, count)
    proof.progress("starting on them")
    took_s, shown = run(start_and_look(db), limit_s=300)
    proof.tried(count)
    expected = rows(state, file.plan)
    proof.expect(shown == expected, "the leaderboard is not what was saved")
    limit_s = START_MAX_S * count / 1_000_000 + 5
    proof.expect(took_s < limit_s, f"the start took {took_s:.1f} s")
    proof.figure(f"{count:,} records: {took_s:.1f} s to the first 200, {count / took_s:,.0f}/s")
    made = make(db, 1, is_checking=False)
    proof.progress("starting with a snapshot")
    with_s, shown = run(start_and_look(db), limit_s=300)
    proof.expect(shown == expected, "with a snapshot the leaderboard is not what was saved")
    proof.expect(with_s < limit_s, f"the start with a snapshot took {with_s:.1f} s")
    proof.figure(f"with a snapshot of {made.bytes / 1e6:.0f} MB: {with_s:.1f} s")
    SnapshotFile(db).remove()  # It would go on showing what was saved.
    with closing(sqlite3.connect(db)) as other:
        changed = "UPDATE events SET data = json_set(data, '$.points', 11) WHERE position = ?"
        (found,) = other.execute("SELECT max(position) FROM events WHERE kind = 'location_found'")
        other.execute(changed, found)
        other.commit()
    _, shown = run(start_and_look(db), limit_s=300)
    proof.bites("one point more in one record of the file", shown != expected)
