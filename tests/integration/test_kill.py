"""Kill -9 at any moment: what a client saw saved is there, and nothing is there twice."""

import asyncio
import random
from pathlib import Path

import pytest

from server import client as client_module
from tests.integration.clients import run
from tests.integration.games import seed
from tests.integration.harness import ServerProcess
from tests.integration.phones import busy_hunt, faults, gather_crowd, snapshot_faults
from tests.integration.states import read_journal

KILLS = 20
TEAMS = 12
PHONES_PER_TEAM = 3
LOAD_MAX_S = 0.5
"""Seconds of load before a kill, at most."""

SLOW_COMMIT_S = 0.06
"""Seconds of every second round's commits: most kills then come while one is under way."""


@pytest.mark.slow
def test_whatever_was_saved_survives_twenty_kills_and_nothing_is_applied_twice(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random()
    seed_of_run = chance.randrange(10**9)
    chance.seed(seed_of_run)
    print(f"kill test, seed {seed_of_run}")  # noqa: T201 - pytest shows it when the test fails.
    # The phones of this test are back within a moment: what is tested is the kill.
    monkeypatch.setattr(client_module, "RECONNECT_MAX_S", 0.3)

    async def scenario() -> None:
        async with ServerProcess(db) as server:
            game = await seed(server, busy_hunt(TEAMS))
            await game.gm.saved(2)
            crowd = await gather_crowd(game, PHONES_PER_TEAM)
            crowd.play()
            for kill in range(KILLS):
                await asyncio.sleep(chance.uniform(0.02, LOAD_MAX_S))  # The load before a kill.
                await server.kill()
                records = read_journal(db)
                assert faults(records, crowd) == []
                assert crowd.casualties() == []
                await server.start(SLOW_COMMIT_S if kill % 2 else 0.0)
            await crowd.finish()
            await crowd.close()
            assert await snapshot_faults(server, read_journal(db), crowd.phones) == []
            assert await server.stop() == 0
            records = read_journal(db)
            assert faults(records, crowd, is_final=True) == []
            assert len(records) > KILLS * TEAMS, "the test made no load"

    run(scenario(), limit_s=150)
