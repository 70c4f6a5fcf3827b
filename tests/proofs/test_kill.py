"""T1: `kill -9` at random moments under load; T14: a graceful stop under load."""

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from server import client as client_module
from tests.integration.clients import Client, run
from tests.integration.games import Game, seed
from tests.integration.harness import ServerProcess
from tests.integration.phones import (
    Crowd,
    busy_hunt,
    faults,
    gather_crowd,
    snapshot_faults,
    unsaved_answers,
)
from tests.integration.states import read_journal
from tests.proofs.ledger import Proof

pytestmark = pytest.mark.proof

TEAMS = 25
PHONES_PER_TEAM = 4
KILLS_PER_FILE = 50
"""Kills before a new database: what is checked after each is everything in it."""

LOAD_MAX_S = 0.4
"""Seconds of load before a kill, at most."""

SLOW_COMMIT_S = 0.05
"""Seconds of every second round's commits: most kills then come while one is under way."""

PAUSE_S = 0.04
"""Seconds of rest of a phone between two bursts of four requests."""

BITE_KILLS_MAX = 6
"""Within so many kills a server that answers too early must be found out."""

STOP_MAX_S = 15.0
"""Seconds for a graceful stop on any machine, however busy: the server's own deadlines and a bit."""

GOING_AWAY = 1012
EARLY = ("tests.proofs.faulty_server", "slow-early")


@pytest.fixture(autouse=True)
def quick_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phones that are back within a moment: what is tried is the kill."""
    monkeypatch.setattr(client_module, "RECONNECT_MAX_S", 0.3)


@pytest.fixture
def chance() -> random.Random:
    number = random.randrange(10**9)
    print(f"seed {number}")  # noqa: T201 - pytest shows it when the test fails.
    return random.Random(number)


async def begin(server: ServerProcess, teams: int = TEAMS) -> tuple[Game, Crowd]:
    """A running hunt, and a crowd that has begun to play."""
    game = await seed(server, busy_hunt(teams))
    await game.gm.saved(2)
    crowd = await gather_crowd(game, PHONES_PER_TEAM, PAUSE_S)
    crowd.play()
    return game, crowd


def test_t1_whatever_was_saved_survives_kill_9_and_nothing_is_applied_twice(
    proof: Proof, tmp_path: Path, chance: random.Random
) -> None:
    proof.claims(
        "T1 kill -9",
        f"kill -9 at random moments, {TEAMS * PHONES_PER_TEAM} phones and a game master sending: "
        "what was saved is there once and in order, and all that was sent is done in the end",
    )
    records = resends = 0

    async def scenario() -> None:
        nonlocal records, resends
        kills = proof.size(ci=50, long=1_000)
        for file in range(kills // KILLS_PER_FILE):
            made, resent = await kill_and_kill(
                proof, tmp_path / f"cairn-{file}.db", chance, KILLS_PER_FILE
            )
            records, resends = records + made, resends + resent
        found = await play_with_early_answers(tmp_path / "early.db", chance)
        proof.bites(
            f"a server that says saved before it commits: found at kill {found}",
            found is not None,
        )

    run(scenario(), limit_s=proof.size(ci=300, long=7_200))
    proof.figure(f"{records:,} records; phones came back {resends:,} times")


async def kill_and_kill(
    proof: Proof, db: Path, chance: random.Random, kills: int
) -> tuple[int, int]:
    """Kill one server again and again; how many records it made, and reconnections it saw."""
    async with ServerProcess(db) as server:
        _, crowd = await begin(server)
        for kill in range(kills):
            await asyncio.sleep(chance.uniform(0.02, LOAD_MAX_S))  # The load before a kill.
            await server.kill()
            for fault in faults(read_journal(db), crowd):
                proof.expect(False, f"kill {kill}: {fault}")
            for casualty in crowd.casualties():
                proof.expect(False, f"kill {kill}: a client gave up: {casualty}")
            proof.tried()
            proof.progress(f"{proof.outcome.tries} kills")
            await server.start(SLOW_COMMIT_S if kill % 2 else 0.0)
        await crowd.finish()
        await crowd.close()
        for fault in await snapshot_faults(server, read_journal(db), crowd.phones):
            proof.expect(False, fault)
        proof.expect(await server.stop() == 0, "the server did not end as asked")
        journal = read_journal(db)
        for fault in faults(journal, crowd, is_final=True):
            proof.expect(False, f"in the end: {fault}")
        return len(journal), sum(device.client.connections - 1 for device in crowd.devices)


async def play_with_early_answers(db: Path, chance: random.Random) -> int | None:
    """The kill at which the same checks find a server that answers too early."""
    server = ServerProcess(db)
    try:
        await server.start(module=EARLY)
        _, crowd = await begin(server)
        for kill in range(1, BITE_KILLS_MAX + 1):
            await asyncio.sleep(chance.uniform(0.2, 0.6))  # The load before a kill.
            await server.kill()
            if faults(read_journal(db), crowd):
                await crowd.close()
                return kill
            await server.start(module=EARLY)
        await crowd.close()
    finally:
        await server.__aexit__()
    return None


def test_t14_a_graceful_stop_under_load_saves_all_that_was_accepted(
    proof: Proof, tmp_path: Path, chance: random.Random
) -> None:
    proof.claims(
        "T14 stop",
        "SIGTERM under load: everything accepted is saved when the server ends with 0, everybody "
        "is told to come back (1012), and does",
    )
    took: list[float] = []

    async def scenario() -> None:
        async with ServerProcess(tmp_path / "cairn.db") as server:
            _, crowd = await begin(server)
            for cycle in range(proof.size(ci=8, long=100)):
                await asyncio.sleep(chance.uniform(0.1, 0.8))  # The load before the signal.
                took.append(await stop_under_load(proof, server, crowd))
                await server.start(SLOW_COMMIT_S if cycle % 2 else 0.0)
                proof.tried()
            await crowd.finish()
            await crowd.close()
            for fault in await snapshot_faults(server, read_journal(server.db), crowd.phones):
                proof.expect(False, fault)
        for fault in faults(read_journal(server.db), crowd, is_final=True):
            proof.expect(False, f"in the end: {fault}")
        lost = await kill_instead_of_stopping(tmp_path / "killed.db")
        proof.bites("the same without a last commit (kill -9)", bool(lost))

    run(scenario(), limit_s=proof.size(ci=120, long=900))
    took.sort()
    proof.figure(f"stopped in {took[len(took) // 2]:.2f} s (median), {took[-1]:.2f} s at most")


async def stop_under_load(proof: Proof, server: ServerProcess, crowd: Crowd) -> float:
    """SIGTERM; the seconds that it took."""
    screens: Sequence[Client] = [await server.watch("harbour") for _ in range(5)]
    started = time.perf_counter()
    code = await server.stop()
    took_s = time.perf_counter() - started
    proof.expect(code == 0, f"the server ended with {code}")
    proof.expect(took_s < STOP_MAX_S, f"the stop took {took_s:.1f} s")
    closed = [await screen.close_code() for screen in screens]
    proof.expect(set(closed) == {GOING_AWAY}, f"screens were closed with {closed}")
    journal = read_journal(server.db)
    for fault in [*unsaved_answers(journal, crowd), *faults(journal, crowd)]:
        proof.expect(False, f"after a stop: {fault}")
    for casualty in crowd.casualties():
        proof.expect(False, f"a client gave up: {casualty}")
    return took_s


async def kill_instead_of_stopping(db: Path) -> list[str]:
    """What the check of a stop finds when the server does not save at its end."""
    server = ServerProcess(db)
    await server.start(SLOW_COMMIT_S)
    _, crowd = await begin(server)
    found: list[str] = []
    for _ in range(BITE_KILLS_MAX):
        await asyncio.sleep(0.4)  # The load before the signal.
        await server.kill()
        found = unsaved_answers(read_journal(db), crowd)
        if found:
            break
        await server.start(SLOW_COMMIT_S)
    await crowd.close()
    await server.__aexit__()
    return found
