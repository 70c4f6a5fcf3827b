"""T2: power cuts, made from the writes of the real server."""

import asyncio
import random
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from actors.domain.events import Record
from server.access import digest
from server.schema import StoreUnusable
from server.store import SqliteStore
from tests.integration.clients import Client, run
from tests.integration.games import Game, seed
from tests.integration.harness import ServerProcess
from tests.integration.phones import LOCATIONS, busy_hunt
from tests.integration.states import fold, read_journal
from tests.proofs import tracing
from tests.proofs.ledger import Proof
from tests.proofs.power_cut import Disk
from tests.proofs.tracing import Step, read_record, told_saved

pytestmark = pytest.mark.proof

PHONES = 6
ROUNDS = 40
"""Requests of each phone, one after the other: a commit or so each."""

BITE_IMAGES = 150
IMAGES_PER_CUT = 3


class Recording(Struct):
    """What a server wrote and said, and the journal that it left."""

    database: Path
    steps: list[Step]
    journal: list[Record]
    promised: list[tuple[int, int]]
    """(step, position): from this step on, everything up to the position was said to be saved."""


async def record(folder: Path, module: Sequence[str] = (), before: Sequence[str] = ()) -> Recording:
    """Play on a server from its first start to its orderly end."""
    server = ServerProcess(folder / "cairn.db")
    log = folder / "strace.log"
    made_anew(folder)
    await server.start(module=module, before=[*tracing.recording(log), *before])
    try:
        game = await seed(server, busy_hunt(PHONES))
        phones = [await game.join(team) for team in game.codes]
        await asyncio.gather(*(play(phone) for phone in phones), steer(game))
        assert await server.stop() == 0
    finally:
        await server.__aexit__()
    steps, journal = read_record(log, server.db), read_journal(server.db)
    return Recording(server.db, steps, journal, promises(steps, journal))


def made_anew(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


async def play(phone: Client) -> None:
    """Ask for this and that, and wait for `saved` now and then, as people do."""
    for number in range(ROUNDS):
        place = LOCATIONS[number]
        if number % 3:
            answer = await phone.done("claim", location=place, code=place.upper())
        else:
            answer = await phone.done("say", text=f"hello {number}")
        if number % 4 == 0:
            await phone.saved(answer["n"])


async def steer(game: Game) -> None:
    for number in range(ROUNDS):
        team = list(game.codes)[number % PHONES]
        last = await game.gm.done("adjust", team=team, points=number + 1, reason=str(number))
        await game.gm.saved(last["n"])


def promises(steps: Sequence[Step], journal: Sequence[Record]) -> list[tuple[int, int]]:
    """What was said to be saved, as positions of the journal."""
    positions: dict[str, list[tuple[int, int]]] = {}
    for one in journal:
        if one.session is not None and one.n is not None:
            positions.setdefault(one.session, []).append((one.n, one.position))
    promised, highest = [], 0
    for step, token, n in told_saved(steps):
        own = positions.get(digest(token)) or positions.get(digest("gm:" + token)) or []
        covered = bisect_right(own, (n, len(journal)))
        if covered and own[covered - 1][1] > highest:
            highest = own[covered - 1][1]
            promised.append((step, highest))
    return promised


def images(recording: Recording, count: int, chance: random.Random) -> list[str]:
    """Make images of cuts all over a recording and start on each; what was wrong, in words."""
    cuts = sorted(
        chance.randrange(1, len(recording.steps)) for _ in range(-(-count // IMAGES_PER_CUT))
    )
    found: list[str] = []
    disk, done, made, promised = Disk(), 0, 0, 0
    promises = iter([*recording.promised, (len(recording.steps) + 1, 0)])
    at, position = next(promises)
    with tempfile.TemporaryDirectory(dir=memory()) as scratch:
        for cut in cuts:
            for step in recording.steps[done:cut]:
                disk.take(step)
            done = cut
            while at < cut:
                promised = position
                at, position = next(promises)
            for _ in range(min(IMAGES_PER_CUT, count - made)):
                fault = start_on(image(disk, Path(scratch), chance), recording, promised)
                made += 1
                if fault:
                    found.append(f"cut after step {cut}: {fault}")
    return found


def memory() -> str | None:
    """Where files cost nothing, if there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def image(disk: Disk, folder: Path, chance: random.Random) -> Path:
    """The files that are left, in a directory of their own."""
    left = made_anew(folder / "disk")
    for path, content in disk.image(chance):
        (left / Path(path).name).write_bytes(content)
    return left / "cairn.db"


def start_on(path: Path, recording: Recording, promised: int) -> str | None:
    """Recover as a server does; what is wrong with that, if anything."""
    store = SqliteStore(path)
    try:
        store.open()  # Looks for damage, too.
        records = list(store.recover())
        fold(records)
    except StoreUnusable as error:
        return f"the server would not start: {error}"
    finally:
        store.close()
    if records != recording.journal[: len(records)]:
        return "the journal is no prefix of what it was"
    if len(records) < promised:
        return f"{promised - len(records)} records that were saved are lost"
    return None


def test_t2_a_power_cut_loses_nothing_that_was_saved(proof: Proof, tmp_path: Path) -> None:
    proof.claims(
        "T2 power cut",
        "images of a power cut, made from the recorded writes of the real server: each is a whole "
        "prefix of the journal that holds everything clients were told is saved",
    )
    number = random.randrange(10**9)
    print(f"seed {number}")  # noqa: T201 - pytest shows it when the test fails.
    chance = random.Random(number)
    if not run(tracing.can_trace()):
        proof.skipped(tracing.MISSING)
        return
    recordings = run(record_all(proof, tmp_path), limit_s=120)
    wanted = proof.size(ci=1_500, long=10_000)
    for name in ("", "often"):
        proof.progress(f"{wanted // 2:,} images of {name or 'the server'}")
        for fault in images(recordings[name], wanted // 2, chance):
            proof.expect(False, f"{name or 'the server'}: {fault}")
        proof.tried(wanted // 2)
    lost = {
        name: len(images(recordings[name], BITE_IMAGES, chance))
        for name in ("normal", "normal-often")
    }
    proof.bites(
        f"synchronous=NORMAL: {lost['normal']} of {BITE_IMAGES} images lost saved actions, "
        f"{lost['normal-often']} with a log that is moved often",
        min(lost.values()) > 0,
    )
    plain = recordings[""]
    proof.figure(
        f"{len(plain.journal):,} records, {sum(map(is_flush, plain.steps)):,} flushes, "
        f"{len(plain.promised):,} promises; seed {number}"
    )
    proof.expect(len(plain.promised) > ROUNDS, "nearly nothing was promised")


async def record_all(proof: Proof, folder: Path) -> dict[str, Recording]:
    """The server as it is, one that moves its log often, and the planted faults."""
    found = {}
    for name in ("", "often", "normal", "normal-often"):
        module = ("tests.proofs.faulty_server", name) if name else ()
        proof.progress(f"recording {name or 'the server'}")
        found[name] = await record(folder / (name or "plain"), module)
    return found


def is_flush(step: Step) -> bool:
    return isinstance(step, tracing.SyncEnded)
