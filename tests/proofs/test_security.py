"""Nobody in where they do not belong, and nobody kept out who does."""

from pathlib import Path

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Response

from server import session_input
from server.guessing import CODES_BURST, CODES_PER_S
from server.handshake import HandshakeProtocol
from tests.integration.canary import leaks, play
from tests.integration.clients import run
from tests.integration.harness import InProcessServer
from tests.integration.raw_http import http_violations, tries
from tests.proofs import locking_out_server
from tests.proofs.guess_flood import Flood, flood, rush, servers
from tests.proofs.ledger import Proof
from tests.server.roles import foreign_violations, matrix_violations, timed_server
from tests.server.test_roles import careless_objection, gullible_server

pytestmark = pytest.mark.proof

JOIN_S_MAX = 10.0
"""Seconds an honest join may take during a flood."""


def test_t22_roles_headers_paths_and_secrets(
    db: Path, proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof.claims(
        "T22 walls",
        "every request by every role, every route and error, every secret: nobody does, sees or is "
        "told what is not theirs",
    )
    cells: list[None] = []
    for violation in matrix_violations(timed_server, lambda: cells.append(None)):
        proof.expect(False, violation)
    for violation in foreign_violations(timed_server, lambda: cells.append(None)):
        proof.expect(False, violation)
    requests = list(tries())
    for violation in run(_knock(db)):
        proof.expect(False, violation)
    secrets = db.parent / "secrets"
    secrets.mkdir()
    looks = list(leaks(run(play(secrets))))
    for what, holds in looks:
        proof.expect(holds, what)
    proof.tried(len(cells) + len(requests) + len(looks))
    proof.figure(
        f"{len(cells)} role and request pairs, {len(requests)} HTTP requests, "
        f"{len(looks)} looks for secrets"
    )
    proof.bites(
        "players taken for game masters; rights that nobody looks at; the library's own refusals; a log of frames",
        _is_found(db, monkeypatch),
    )


async def _knock(db: Path) -> list[str]:
    async with InProcessServer(db) as server:
        return await http_violations(server.port)


def _is_found(db: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    is_role_found = any("player sends" in one for one in matrix_violations(gullible_server))
    with monkeypatch.context() as patch:
        patch.setattr(session_input, "objection", careless_objection)
        is_role_found &= any("viewer sends" in one for one in matrix_violations(timed_server))
        is_role_found &= any("master sends" in one for one in foreign_violations(timed_server))
    with monkeypatch.context() as patch:
        bare = Response(400, "No", Headers())
        patch.setattr(HandshakeProtocol, "reject", lambda *_: bare)
        is_header_found = bool(run(_knock(db)))
    talkative = db.parent / "talkative"
    talkative.mkdir()
    traces = run(play(talkative, "tests.integration.talkative_server"))
    is_secret_found = any(not holds for _, holds in leaks(traces))
    return is_role_found and is_header_found and is_secret_found


def test_guessing_is_bounded_and_keeps_nobody_out(db: Path, proof: Proof) -> None:
    proof.claims(
        "Guessing",
        "a flood of wrong join codes keeps nobody with a right one at the same address out until "
        "the budget is used up, and nobody with a long one after; no more are looked up",
    )
    seconds = proof.size(ci=5, long=300)
    people = proof.size(ci=300, long=900)
    product, school, lockout = servers(db.parent)

    async def scenario() -> tuple[Flood, int, Flood]:
        async with product as server:
            found = await flood(server, seconds)
        async with school as server:
            joined = await rush(server, people)
        async with lockout as server:
            return found, joined, await flood(server, 3)

    found, joined, locked = run(scenario(), limit_s=seconds + 120)
    proof.tried(found.guesses)
    _check(proof, found)
    proof.expect(locked.kept_out_long == 0, "a long code was not looked up")
    proof.expect(joined == people, f"{joined} of {people} got in who came at once")
    middle, slowest = sorted(found.joined_s)[len(found.joined_s) // 2], max(found.joined_s)
    proof.figure(
        f"{found.looked_up / found.took_s:,.0f} guesses/s looked up until {CODES_BURST:,} are, then "
        f"{CODES_PER_S:g}/s; honest joins p50 {1_000 * middle:.0f} ms, max {1_000 * slowest:.0f} ms; "
        f"{joined} at once"
    )
    burst, per_s = locking_out_server.BURST, locking_out_server.PER_S
    proof.bites(
        "a lock-out after 30 wrong codes; a budget 600 times smaller than what was looked up",
        locked.kept_out > 0
        and _is_within(locked, burst, per_s)
        and not _is_within(found, burst, per_s),
    )


def _check(proof: Proof, found: Flood) -> None:
    """Everybody honest got in soon, and the guesses were counted."""
    kept_out = found.kept_out + found.kept_out_long
    # Once the budget is used up, short codes take their chance; only a long run gets there.
    is_spent = found.looked_up >= CODES_BURST
    refused = found.kept_out_long if is_spent else kept_out
    slowest = max(found.joined_s, default=JOIN_S_MAX)
    proof.expect(refused == 0, f"{refused} honest joins were refused")
    proof.expect(slowest < JOIN_S_MAX, f"an honest join took {slowest:.1f} s")
    proof.expect(_is_within(found, CODES_BURST, CODES_PER_S), f"{found.looked_up} were looked up")
    proof.expect(found.alerts == 1, "health raised no alert")


def _is_within(found: Flood, burst: float, per_s: float) -> bool:
    return found.looked_up <= burst + per_s * (found.took_s + 1.0)
