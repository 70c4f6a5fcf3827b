"""T6: a flush that fails, at every position; the system may have lost what it was to flush."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from server import client as client_module
from server.schema import StoreUnusable
from tests.integration.clients import PATIENCE_S, run
from tests.integration.games import seed
from tests.integration.harness import ServerProcess, start_process
from tests.integration.phones import Crowd, busy_hunt, faults, gather_crowd, snapshot_faults
from tests.integration.states import read_journal
from tests.proofs import tracing
from tests.proofs.ledger import Proof
from tests.proofs.test_power_cut import images, record
from tests.proofs.tracing import Disturbance

pytestmark = pytest.mark.proof

TEAMS = 6
PAUSE_S = 0.02
STARTS_MAX = 40
"""A start flushes far less often."""

FIRST_FAILURE = 30
"""Of a recorded server: after what it flushes to make its file, in the same thread or not."""

OFTEN = ("tests.proofs.faulty_server", "often")
DEAF = ("tests.proofs.faulty_server", "deaf")


def test_t6_a_failed_flush_neither_loses_nor_doubles_anything(
    proof: Proof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof.claims(
        "T6 fsync EIO",
        "a flush fails with EIO, at every position, while playing and at a start; the server goes "
        "on, or is killed at once, or the power goes: nothing saved is lost, nothing is doubled",
    )
    monkeypatch.setattr(client_module, "RECONNECT_MAX_S", 0.3)
    if not run(tracing.can_trace()):
        proof.skipped(tracing.MISSING)
        return
    chance = random.Random(6)

    async def scenario() -> None:
        positions = proof.size(ci=20, long=200)
        await fail_at_every_position(proof, tmp_path / "often.db", OFTEN, positions // 2)
        await fail_at_every_position(proof, tmp_path / "plain.db", (), positions // 2)
        starts = await fail_at_every_start(proof, tmp_path / "plain.db")
        lost = await cut_power_after_failures(tmp_path / "deaf", DEAF, 60, chance)
        proof.bites("a failed commit that is taken for a success", bool(lost))
        wanted = proof.size(ci=300, long=3_000)
        for fault in await cut_power_after_failures(tmp_path / "cut", OFTEN, wanted, chance):
            proof.expect(False, f"after failed flushes: {fault}")
        proof.tried(wanted)
        proof.figure(
            f"{positions} positions while playing, {starts} at a start, {wanted} power cuts"
        )

    run(scenario(), limit_s=proof.size(ci=180, long=1_800))


async def fail_at_every_position(
    proof: Proof, db: Path, module: Sequence[str], positions: int
) -> None:
    """Let the first, second, third … flush fail; kill the server after every other failure."""
    async with ServerProcess(db) as server:
        await server.kill()
        await server.start(module=module)
        crowd = await gather_crowd(await seed(server, busy_hunt(TEAMS)), 2, PAUSE_S)
        crowd.play()
        for position in range(1, positions + 1):
            proof.progress(f"flush {position} fails")
            fault = f"error=EIO:when={position}"
            async with Disturbance(server.pid, fault, db.with_suffix(".strace")) as disturbance:
                await disturbance.happened()
                if position % 2:
                    await server.kill()
            if position % 2:
                check(proof, db, crowd, f"killed after flush {position} failed")
                await server.start(module=module)
            proof.tried()
        await crowd.finish()
        await crowd.close()
        for wrong in await snapshot_faults(server, read_journal(db), crowd.phones):
            proof.expect(False, wrong)
        proof.expect(await server.stop() == 0, "the server did not end as asked")
        for wrong in faults(read_journal(db), crowd, is_final=True):
            proof.expect(False, f"in the end: {wrong}")


def check(proof: Proof, db: Path, crowd: Crowd, when: str) -> None:
    for wrong in [*faults(read_journal(db), crowd), *crowd.casualties()]:
        proof.expect(False, f"{when}: {wrong}")


async def fail_at_every_start(proof: Proof, db: Path) -> int:
    """Let a flush of a start after a crash fail; how many positions there are."""
    for position in range(1, STARTS_MAX):
        async with ServerProcess(db) as server:  # Leaves a log that the next start must settle.
            gm = await server.game_master()
            await gm.saved((await gm.done("announce", text=f"Start {position}", to="all"))["n"])
        before = read_journal(db)
        log = db.with_suffix(".start")
        fault = f"inject=fdatasync:error=EIO:when={position}"
        trace = ["strace", "-D", "-f", "-qq", "-o", str(log), "-e", "trace=fdatasync", "-e", fault]
        code, said = await attempt(db, db.with_suffix(".log"), trace)
        if "INJECTED" not in read_log(log):
            return position - 1
        proof.expect("Traceback" not in said, f"start, flush {position}: {said[-400:]}")
        proof.expect(code in (None, 1), f"start, flush {position}: exit code {code}")
        proof.expect(
            read_journal(db)[: len(before)] == before, f"start, flush {position} lost something"
        )
        proof.tried()
    raise AssertionError("a start never came to its end")


async def attempt(db: Path, log: Path, before: Sequence[str] = ()) -> tuple[int | None, str]:
    """Start a server; its exit code and last words, or None when it listened and was killed."""
    before_this = read_log(log)
    process = await start_process(db, before=before, log=log)
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        line = await process.stdout.readline()
        code = None
        if b"listens" in line:
            process.kill()
            await process.wait()
        else:
            code = await process.wait()
    return code, read_log(log).removeprefix(before_this)


def read_log(log: Path) -> str:
    return log.read_text(encoding="utf-8") if log.exists() else ""


async def cut_power_after_failures(
    folder: Path, module: Sequence[str], count: int, chance: random.Random
) -> list[str]:
    """Images of power cuts on a disk whose flushes fail now and then, and lose what they held."""
    failing = ["-e", f"inject=fdatasync:error=EIO:when={FIRST_FAILURE}+5"]
    try:
        recording = await record(folder, module, failing)
    except (AssertionError, StoreUnusable) as error:
        return [f"the game itself went wrong: {error}"]
    failed = sum(isinstance(s, tracing.SyncEnded) and not s.is_done for s in recording.steps)
    assert failed > 0, "no flush failed"
    return images(recording, count, chance)
