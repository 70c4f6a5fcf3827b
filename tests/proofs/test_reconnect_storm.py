"""Everybody reconnects at once after a kill: back in seconds, nothing lost, nothing twice."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest
from msgspec import Struct

from actors.domain.events import TeamSpoke
from server.access import digest
from tests.integration.clients import run
from tests.integration.games import location, plan
from tests.integration.states import read_journal
from tests.proofs.ledger import Proof
from tests.proofs.phones import Phone, connect_all, leave_all, settle_all
from tests.proofs.servers import WatchedServer, has_files, open_hunt

pytestmark = pytest.mark.proof

TEAM_SIZE = 20
SAVED = 2
UNSAVED = 3
BACK_S = 10.0


class Outcome(Struct):
    """What became of everybody."""

    back_s: float
    """From the start of the new server to the last welcome."""
    wrong_applied: int = 0
    """Welcomes whose `applied` was not the highest number in the journal."""
    behind: int = 0
    """Phones whose requests never became final."""
    lost: int = 0
    twice: int = 0
    unsaved: int = 0
    """Requests that the kill took back."""


def applied_in(db: Path) -> dict[str, int]:
    """How far each session got, by the journal."""
    found: dict[str, int] = {}
    for record in read_journal(db):
        if record.session is not None and record.n is not None:
            found[record.session] = max(record.n, found.get(record.session, 0))
    return found


async def crowd(server: WatchedServer, count: int) -> list[Phone]:
    teams = max(1, count // TEAM_SIZE)
    document = plan([location("pier")], {"count": teams, "size_max": TEAM_SIZE})
    game = await open_hunt(server, document)
    await game.gm.leave()
    codes = list(game.codes.values())
    phones = [
        Phone({"t": "join", "code": codes[n % teams], "name": f"Player {n}"}) for n in range(count)
    ]
    await connect_all(phones, server.port)
    return phones


async def kill_and_come_back(server: WatchedServer, count: int) -> Outcome:
    """Everybody acts, the server is killed in the middle of it, everybody comes back."""
    phones = await crowd(server, count)
    said = 0
    for _ in range(SAVED):
        said += 1
        for index, phone in enumerate(phones):
            phone.act(t="say", text=f"{index}-{said}")
        assert await settle_all(phones) == 0
    for _ in range(UNSAVED):
        said += 1
        for index, phone in enumerate(phones):
            phone.act(t="say", text=f"{index}-{said}")
        await asyncio.sleep(0)
    await server.kill()
    for phone in phones:
        phone.vanish()
    expected = applied_in(server.db)
    await server.start()
    outcome = await come_back(server, phones, expected)
    outcome.unsaved = count * said - sum(expected[digest(one.welcome["session"])] for one in phones)
    outcome.behind = await settle_all(phones, 30.0)
    await leave_all(phones)
    heard = Counter(
        record.event.text
        for record in read_journal(server.db)
        if isinstance(record.event, TeamSpoke)
    )
    everything = {f"{index}-{n + 1}" for index in range(count) for n in range(said)}
    outcome.lost = len(everything - heard.keys())
    outcome.twice = sum(times - 1 for times in heard.values())
    return outcome


async def come_back(
    server: WatchedServer, phones: list[Phone], expected: dict[str, int]
) -> Outcome:
    started = time.monotonic()
    await connect_all(phones, server.port)
    outcome = Outcome(time.monotonic() - started)
    for phone in phones:
        applied = phone.welcome.get("applied", 0)
        outcome.wrong_applied += applied != expected.get(digest(phone.welcome["session"]), 0)
    return outcome


def test_t12_everybody_is_back_soon_after_a_kill(tmp_path: Path, proof: Proof) -> None:
    count = proof.size(ci=5_000, long=9_000)
    proof.claims(
        "T12 reconnect storm",
        f"{count:,} players act, the server is killed and started again: all are back within"
        f" {BACK_S:.0f} s, nothing is lost, nothing is applied twice",
    )
    if not has_files(proof, count + 1_000):
        return

    async def measured(name: str, count: int, fault: str = "") -> Outcome:
        async with WatchedServer(tmp_path / f"{name}.db", fault) as server:
            return await kill_and_come_back(server, count)

    async def scenario() -> None:
        found = await measured("cairn", count)
        proof.tried(count)
        proof.figure(
            f"{found.back_s:.1f} s until the last welcome;"
            f" {found.unsaved:,} unsaved requests came again"
        )
        proof.expect(found.back_s < 10 * BACK_S, f"it took {found.back_s:.1f} s")
        proof.expect(found.unsaved > 0, "the kill took nothing back: it came too late")
        proof.expect(not found.wrong_applied, f"{found.wrong_applied} wrong welcomes")
        proof.expect(not found.behind, f"{found.behind} phones still wait")
        proof.expect(not found.lost, f"{found.lost} requests are lost")
        proof.expect(not found.twice, f"{found.twice} requests were applied twice")
        boastful = await measured("boastful", 100, "boastful")
        forgetful = await measured("forgetful", 100, "forgetful")
        proof.bites(
            "welcomes that say too much, or nothing, was applied",
            boastful.wrong_applied > 0 and boastful.lost > 0 and forgetful.wrong_applied > 0,
        )

    run(scenario(), limit_s=proof.size(ci=200, long=600))
