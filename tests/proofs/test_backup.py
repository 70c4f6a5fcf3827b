"""T23: backups of a running server, under load, restored and played on."""

import asyncio
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from actors.domain.events import Record
from server.schema import StoreUnusable
from server.store import SqliteStore
from tests.integration.clients import run
from tests.integration.games import seed
from tests.integration.harness import REPOSITORY, ServerProcess
from tests.integration.phones import HUNT, Crowd, busy_hunt, faults, gather_crowd
from tests.integration.states import leaderboard_of, read_journal
from tests.proofs import tracing
from tests.proofs.ledger import Proof

pytestmark = pytest.mark.proof

TEAMS, PHONES_PER_TEAM = 10, 3
PAUSE_S = 0.02
COPIES_MAX = 5
"""Plain copies among which one must be seen to have lost something."""

WRITING = "pwrite64,pwritev,ftruncate,unlink,rename"


async def back_up(
    db: Path, target: Path, *more: str, before: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Run the script as an operator does; what it said."""
    process = await asyncio.create_subprocess_exec(
        *(*before, sys.executable, "scripts/backup.py", str(db), str(target), "--json", *more),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    made: dict[str, Any] = json.loads(out)
    return made


def test_t23_a_backup_of_a_running_server_holds_all_that_was_saved(
    proof: Proof, tmp_path: Path
) -> None:
    proof.claims(
        "T23 backup",
        "scripts/backup.py while everybody plays: the copy holds all that was saved when it began, "
        "restores to exactly the journal up to its position, and never writes to the live file",
    )
    copies, taken = tmp_path / "copies", list[float]()
    copies.mkdir()

    async def scenario() -> None:
        async with ServerProcess(tmp_path / "cairn.db") as server:
            crowd = await gather_crowd(
                await seed(server, busy_hunt(TEAMS)), PHONES_PER_TEAM, PAUSE_S
            )
            crowd.play()
            positions = []
            for number in range(proof.size(ci=6, long=60)):
                started = time.perf_counter()
                positions.append(await check_backup(proof, server, crowd, copies, number))
                taken.append(time.perf_counter() - started)
                proof.tried()
            lost = await copy_plainly(server, crowd, tmp_path / "plain.db")
            await crowd.finish()
            await crowd.close()
            assert await server.stop() == 0
        journal = read_journal(server.db)
        for number, position in enumerate(positions):
            await check_restored(proof, copies / f"{number}.db", journal[:position])
        proof.bites("cp of the file without its log", lost)
        proof.figure(
            f"{len(positions)} backups of {positions[0]:,} to {positions[-1]:,} records, "
            f"{sorted(taken)[len(taken) // 2]:.2f} s each with its check (median)"
        )

    run(scenario(), limit_s=proof.size(ci=120, long=900))


async def check_backup(
    proof: Proof, server: ServerProcess, crowd: Crowd, copies: Path, number: int
) -> int:
    """One backup; its position."""
    promised = {device.name: device.saved for device in crowd.devices}
    target, log = copies / f"{number}.db", copies.parent / "backup.strace"
    is_traced = number == 0 and await tracing.can_trace()
    trace = ("strace", "-f", "-qq", "-y", "-o", str(log), "-e", f"trace={WRITING}")
    made = await back_up(server.db, target, before=trace if is_traced else ())
    records = read_journal(target)
    proof.expect(made["position"] == len(records), f"it said {made['position']}: {len(records)}")
    for fault in faults(records, crowd, promised=promised):
        proof.expect(False, f"backup {number}: {fault}")
    if is_traced:
        written = log.read_text(encoding="utf-8").splitlines()
        live = [line for line in written if f"{server.db}>" in line or f"{server.db}-wal" in line]
        proof.expect(live == [], f"the backup wrote to the live file: {live[:3]}")
        proof.expect(any(str(target) in line for line in written), "nothing was traced")
    for casualty in crowd.casualties():
        proof.expect(False, f"a client gave up: {casualty}")
    return len(records)


async def copy_plainly(server: ServerProcess, crowd: Crowd, target: Path) -> bool:
    """Whether a copy of the file alone was seen to have lost something that was saved."""
    for _ in range(COPIES_MAX):
        promised = {device.name: device.saved for device in crowd.devices}
        shutil.copy(server.db, target)
        try:
            if faults(read_journal(target), crowd, promised=promised):
                return True
        except StoreUnusable:
            return True
    return False


async def check_restored(proof: Proof, backup: Path, journal: list[Record]) -> None:
    """Start a server on the backup: it must stand where the journal stood."""
    store = SqliteStore(backup)
    store.open()
    restored = list(store.recover())
    store.close()
    proof.expect(restored == journal, f"{backup.name} is no prefix of the journal")
    async with ServerProcess(backup) as server:
        await server.kill()
        await server.start()
        screen = await server.watch(HUNT)
        is_same = screen.welcome["leaderboard"] == leaderboard_of(journal, HUNT)
        proof.expect(is_same, f"a server on {backup.name} shows another leaderboard")
        gm = await server.game_master()
        more = await gm.done("announce", text="Restored.", to="all")
        await gm.saved(more["n"])
