"""T4: a disk that stalls for seconds; T5: a disk that is full. The real process, the real disk."""

import asyncio
import contextlib
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from server import client as client_module
from tests.integration.clients import PATIENCE_S, Client, run
from tests.integration.games import Game, location, plan, seed
from tests.integration.harness import ServerProcess
from tests.integration.phones import Crowd, busy_hunt, faults, gather_crowd, snapshot_faults
from tests.integration.states import read_journal
from tests.proofs import tracing
from tests.proofs.ledger import Proof
from tests.proofs.test_flush_errors import attempt
from tests.proofs.tracing import Disturbance

pytestmark = pytest.mark.proof

POLL_S = 0.1

# T4 ---------------------------------------------------------------------------------------------

TEAMS = 40
STALL_S = 5.0
PACE_S = 0.1
"""Seconds between two claims of a team, whether the first is answered or not: 400 a second."""

P99_MAX_S = 0.25
"""An order of magnitude below the stall, however busy the machine is."""

PLACES = [f"place-{number}" for number in range(int((STALL_S + 1) / PACE_S))]


def test_t4_claims_are_accepted_while_a_flush_takes_five_seconds(
    proof: Proof, tmp_path: Path
) -> None:
    proof.claims(
        "T4 disk stall",
        f"one flush takes {STALL_S:.0f} s under {TEAMS / PACE_S:.0f} claims/s: each is accepted "
        "at once, nobody is disconnected, health shows the backlog, then all is saved in order",
    )
    if not run(tracing.can_trace()):
        proof.skipped(tracing.MISSING)
        return

    async def scenario() -> None:
        p99s = []
        for stall in range(proof.size(ci=1, long=5)):
            p99, backlog, lag_s = await stall_once(proof, tmp_path / f"stall-{stall}.db")
            p99s.append(p99)
        proof.expect(min(p99s) < P99_MAX_S, f"p99 of accepted was {min(p99s):.3f} s")
        planted, _, _ = await stall_once(
            Proof(False, lambda _: None),
            tmp_path / "loop.db",
            ("tests.proofs.faulty_server", "on-loop"),
        )
        proof.bites(f"commits on the event loop: p99 {planted:.1f} s", planted > P99_MAX_S)
        proof.figure(
            f"accepted p99 {min(p99s) * 1000:.1f} ms in the stall; {backlog:,} records waited, "
            f"for {lag_s:.1f} s"
        )

    run(scenario(), limit_s=proof.size(ci=120, long=300))


async def stall_once(
    proof: Proof, db: Path, module: Sequence[str] = ()
) -> tuple[float, int, float]:
    """One stall under load: p99 of the time to `accepted` (s), the backlog, and its age (s)."""
    document = plan([location(place) for place in PLACES], {"count": TEAMS})
    async with ServerProcess(db) as server:
        await server.kill()
        await server.start(module=module)
        game = await seed(server, document)
        phones = [await game.join(team) for team in game.codes]
        for phone in phones:
            await phone.saved((await phone.done("say", text="Here."))["n"])
        looks: list[dict[str, Any]] = []
        stalling = f"delay_enter={STALL_S * 1e6:.0f}:when=1"
        async with Disturbance(
            server.pid, stalling, db.with_suffix(".strace"), is_loop_too=bool(module)
        ):
            watching = asyncio.create_task(watch(server.port, looks))
            times = await asyncio.gather(*(claim_on(phone) for phone in phones))
            for phone in phones:
                await phone.saved(len(PLACES) + 1)
            watching.cancel()
        for phone in phones:
            is_in_order = phone.saved_seen == sorted(set(phone.saved_seen))
            proof.expect(is_in_order, "saved went backwards")
            proof.expect(phone.socket.close_code is None, "somebody was disconnected")
        # A loop that commits by itself answers no look either.
        backlog = max((look["journal_pending"] for look in looks), default=0)
        lag_s = max((look["journal_lag_s"] for look in looks), default=0.0)
        if not module:
            proof.expect(any(look["status"] == "degraded" for look in looks), "health said ok")
            proof.expect(backlog > TEAMS, f"the stall held nothing up: {backlog} waited")
            proof.expect(await server.stop() == 0, "the server did not end as asked")
            kinds = [one.event.__struct_config__.tag for one in read_journal(db)]
            proof.expect(kinds.count("location_found") == TEAMS * len(PLACES), "finds are missing")
        proof.tried(TEAMS * len(PLACES))
    taken = sorted(took for some in times for took in some)
    return taken[len(taken) * 99 // 100], backlog, lag_s


async def claim_on(phone: Client) -> list[float]:
    """Claim at a pace that no answer holds up; the seconds to each answer."""
    loop, asked = asyncio.get_running_loop(), list[asyncio.Task[float]]()
    due = loop.time()
    for place in PLACES:
        asked.append(asyncio.create_task(claim(phone, place)))
        due += PACE_S
        await asyncio.sleep(max(0.0, due - loop.time()))  # The pace of the load.
    return list(await asyncio.gather(*asked))


async def claim(phone: Client, place: str) -> float:
    started = time.perf_counter()
    await phone.done("claim", location=place, code=place.upper())
    return time.perf_counter() - started


async def watch(port: int, looks: list[dict[str, Any]]) -> None:
    """Look at health again and again."""
    while True:
        looks.append(await health(port))
        await asyncio.sleep(POLL_S)  # As an operator's monitoring does.


async def health(port: int) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    answer = await reader.read()
    writer.close()
    shown: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return shown


# T5 ---------------------------------------------------------------------------------------------

SMALL, BIGGER = "6m", "64m"
FULL_S = 1.5
"""Seconds of play on a full disk; health must have noticed by then."""

FULL_STOP_MAX_S = 15.0
DEAF = ("tests.proofs.faulty_server", "deaf")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A small file system of its own; None when this user may not make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def resize(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave no room on the disk."""
    with contextlib.suppress(OSError), (folder / "other").open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_t5_on_a_full_disk_play_goes_on_and_nothing_is_lost(
    proof: Proof, small_disk: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof.claims(
        "T5 disk full",
        "the disk is full: play goes on, health says so, nothing is called saved; with room again "
        "all is saved, once; stopping and starting meanwhile fails in plain words",
    )
    monkeypatch.setattr(client_module, "RECONNECT_MAX_S", 0.3)
    if small_disk is None:
        proof.skipped("only root can mount a small tmpfs to be filled")
        return
    folder = small_disk

    async def scenario() -> None:
        for _ in range(proof.size(ci=2, long=20)):
            await fill_and_free(proof, folder / "cairn.db")
            proof.tried()
            await stop_and_start_full(proof, folder / "stopped.db")
            proof.tried()
            clear(folder)
        accepted, saved = await fill_up(folder / "deaf.db", DEAF)
        proof.bites("a failed commit that is taken for a success", saved > 0 and accepted > 0)

    run(scenario(), limit_s=proof.size(ci=120, long=900))


def clear(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    resize(folder, SMALL)


def log_of(db: Path) -> Path:
    """On another disk."""
    return db.parent.with_name(db.stem + ".log")


@contextlib.asynccontextmanager
async def crowded(db: Path, module: Sequence[str] = ()) -> Any:
    """A server with a crowd that plays."""
    async with ServerProcess(db, log_of(db)) as server:
        await server.kill()
        await server.start(module=module)
        game: Game = await seed(server, busy_hunt(8))
        await game.gm.saved(2)
        crowd = await gather_crowd(game, 2, 0.02)
        crowd.play()
        try:
            yield server, crowd
        finally:
            await crowd.close()


async def play_on_full(server: ServerProcess, crowd: Crowd) -> tuple[int, int, dict[str, Any]]:
    """Fill the disk and play; what was accepted and what saved meanwhile, and health then."""
    fill(server.db.parent)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            fill(server.db.parent)
            saved = sum(device.saved for device in crowd.devices)
            await asyncio.sleep(FULL_S / 3)  # Until nothing can be saved any more.
            if (await health(server.port))["commit_failures"] or server.db.name == "deaf.db":
                break
    saved = sum(device.saved for device in crowd.devices)
    accepted = sum(len(device.accepted) for device in crowd.devices)
    await asyncio.sleep(FULL_S)  # The game on a full disk.
    look = await health(server.port)
    accepted = sum(len(device.accepted) for device in crowd.devices) - accepted
    return accepted, sum(device.saved for device in crowd.devices) - saved, look


async def fill_and_free(proof: Proof, db: Path) -> None:
    """Full, then room again: by deleting on the first disk, by a bigger one later."""
    async with crowded(db) as (server, crowd):
        accepted, saved, look = await play_on_full(server, crowd)
        proof.expect(accepted > 0, "nothing was accepted on a full disk")
        proof.expect(saved == 0, f"{saved} were called saved on a full disk")
        proof.expect(look["status"] == "degraded", f"health said {look['status']}")
        if proof.outcome.tries % 4 == 0:
            (db.parent / "other").unlink()
        else:
            resize(db.parent, BIGGER)
        await crowd.finish()
        await crowd.close()
        for fault in await snapshot_faults(server, read_journal(db), crowd.phones):
            proof.expect(False, fault)
        proof.expect(await server.stop() == 0, "the server did not end as asked")
        for fault in faults(read_journal(db), crowd, is_final=True):
            proof.expect(False, f"in the end: {fault}")
        waited = f"{look['journal_pending']:,} records waited {look['journal_lag_s']:.1f} s"
        proof.figure(f"{accepted:,} accepted and none saved while full; {waited}")
        (db.parent / "other").unlink(missing_ok=True)


async def stop_and_start_full(proof: Proof, db: Path) -> None:
    """Stop on the full disk, try to start there, make room, start again."""
    resize(db.parent, SMALL)
    async with crowded(db) as (server, crowd):
        await play_on_full(server, crowd)
        started = time.perf_counter()
        code = await server.stop()
        proof.expect(code == 1, f"stopped on a full disk with {code}")
        took_s = time.perf_counter() - started
        proof.expect(took_s < FULL_STOP_MAX_S, f"the stop on a full disk took {took_s:.1f} s")
        said = log_of(db).read_text(encoding="utf-8")
        proof.expect("disk is full" in said, f"it did not say why: {said[-400:]}")
        fill(db.parent)
        code, more = await attempt(db, log_of(db))
        proof.expect(code in (None, 1), f"started on a full disk: {code}")
        proof.progress(f"a start on a full disk: {code}, {more[-200:]!r}")
        proof.expect("Traceback" not in said + more, f"no plain words: {(said + more)[-600:]}")
        (db.parent / "other").unlink()
        resize(db.parent, BIGGER)
        await server.start()
        for casualty in crowd.casualties():
            proof.expect(False, f"a client gave up: {casualty}")
        await crowd.finish()
        for fault in faults(read_journal(db), crowd, is_final=True):
            proof.expect(False, f"after a stop on a full disk: {fault}")


async def fill_up(db: Path, module: Sequence[str]) -> tuple[int, int]:
    """What is accepted and called saved on a full disk."""
    async with crowded(db, module) as (server, crowd):
        accepted, saved, _ = await play_on_full(server, crowd)
        return accepted, saved
