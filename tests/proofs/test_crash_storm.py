"""Actors that fail all the time: contained, rebuilt, and everybody gets an answer in the end."""

import asyncio
import json
import os
import random
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.integration.clients import PATIENCE_S, Message, run
from tests.integration.games import location, plan
from tests.integration.harness import GM_TOKEN
from tests.integration.states import fold, read_journal
from tests.proofs.ledger import Proof
from tests.proofs.phones import Phone, connect_all, leave_all, settle_all
from tests.proofs.servers import WatchedServer, open_hunt
from tests.proofs.stormy_server import DOOMED

pytestmark = pytest.mark.proof

TEAMS = 10
PLACES = 12
IN_FLIGHT = 8


class StormyServer(WatchedServer):
    """See `stormy_server`."""

    def __init__(self, db: Path, supervision: str) -> None:
        super().__init__(db)
        self._module = ("tests.proofs.stormy_server", supervision)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def live_states(self) -> dict[str, Any]:
        """End the storm; what the actors hold."""
        file = self.db.with_suffix(".live")
        file.unlink(missing_ok=True)
        self.signal(signal.SIGUSR2)
        async with asyncio.timeout(PATIENCE_S):
            while not file.exists():  # noqa: ASYNC110 - it is in another process.
                await asyncio.sleep(0.02)
        states: dict[str, Any] = json.loads(file.read_bytes())
        return states


def document(hunt: str) -> Message:
    places = [
        location(f"place-{n}", hints=[{"text": "Look.", "cost": 1}] * 3, stock=6)
        for n in range(PLACES)
    ]
    names = [*(f"Team {n + 1}" for n in range(TEAMS - 1)), DOOMED.title()]
    return plan(places, {"names": names}, hunt, scoring={"finder_bonus": [5, 3], "wrong_claim": -1})


def player_request(chance: random.Random) -> Message:
    place = f"place-{chance.randrange(PLACES)}"
    kind = chance.randrange(10)
    if kind < 4:
        code = place.upper() if kind < 2 else "wrong"
        return {"t": "claim", "location": place, "code": code}
    if kind == 4:
        return {"t": "hint", "location": place, "hint": chance.randrange(3)}
    return {"t": "say", "text": f"word {chance.random()}"}


def staff_request(chance: random.Random, hunt: str) -> Message:
    team, place = f"team-{chance.randrange(TEAMS - 1) + 1}", f"place-{chance.randrange(PLACES)}"
    found: Message = chance.choice(
        [
            {"t": "adjust", "team": team, "points": 3, "reason": ""},
            {"t": "void", "team": team, "location": place, "reason": ""},
            {"t": "restore", "team": team, "location": place, "reason": ""},
            {"t": "close", "location": place},
            {"t": "open", "location": place},
            {"t": "pause"},
            {"t": "resume"},
            {"t": "announce", "text": "Hear, hear.", "to": "all"},
        ]
    )
    return found | {"hunt": hunt}


async def act(phone: Phone, requests: list[Message]) -> None:
    """Ask one thing after the other, a few at a time."""
    left = list(reversed(requests))

    def go_on(_answer: Message) -> None:
        if left:
            phone.act(**left.pop())

    phone.on_answer = go_on
    for _ in range(IN_FLIGHT):
        go_on({})


async def storm(
    server: StormyServer, hunts: int, each: int, patience_s: float
) -> tuple[int, Message]:
    """Play through a storm; how many clients still wait for something, and health."""
    chance = random.Random(4)
    phones: list[tuple[Phone, list[Message]]] = []
    for number in range(hunts):
        hunt = f"hunt-{number}"
        game = await open_hunt(server, document(hunt))
        await game.gm.leave()
        for code in game.codes.values():
            phone = Phone({"t": "join", "code": code, "name": "Ada"})
            phones.append((phone, [player_request(chance) for _ in range(each)]))
        staff = Phone({"t": "gm", "token": GM_TOKEN, "hunt": hunt})
        phones.append((staff, [staff_request(chance, hunt) for _ in range(each // 4)]))
    everybody = [phone for phone, _ in phones]
    await connect_all(everybody, server.port)
    server.signal(signal.SIGUSR1)
    for phone, requests in phones:
        await act(phone, requests)
    waiting = await settle_all(everybody, patience_s)
    await leave_all(everybody)
    return waiting, await server.health()


def differences(live: dict[str, Any], db: Path) -> list[str]:
    """Actors that hold something else than the journal says."""
    found = []
    for hunt, recovered in fold(read_journal(db)).hunts.items():
        image = recovered.image
        told: dict[str, Any] = {f"{hunt}/hunt": image.hunt}
        told |= {f"{hunt}/team/{key}": state for key, state in image.teams.items()}
        told |= {f"{hunt}/location/{key}": state for key, state in image.locations.items()}
        plain = json.loads(msgspec.json.encode(told))
        found += [
            name
            for name, state in plain.items()
            if live.get(name) is not None and live[name] != state
        ]
    return found


def test_t17_a_storm_of_failing_actors_is_contained(tmp_path: Path, proof: Proof) -> None:
    proof.claims(
        "T17 actor crash storm",
        "one message in a thousand makes its actor fail: contained, rebuilt from the journal, live"
        " state is the journal's, and every request is answered",
    )
    hunts, each = proof.size(ci=30, long=200), proof.size(ci=500, long=2_000)

    async def scenario() -> None:
        async with StormyServer(tmp_path / "cairn.db", "rebuild") as server:
            waiting, health = await storm(server, hunts, each, 60.0 * hunts * each / 6_000)
            proof.expect(waiting == 0, f"{waiting} clients still wait for an answer or `saved`")
            live = await server.live_states()
            rss, log = server.rss_bytes(), server.log.read_text()
            found = differences(live, server.db)
            proof.expect(server.is_alive, "the server died")
        handled, failures = health["messages_handled"], health["actor_failures"]
        out = {name for name, state in live.items() if state is None}
        proof.tried(handled)
        proof.expect(failures > handled / 2_000, f"no storm: {failures} of {handled} failed")
        proof.expect(not found, f"these hold something else than the journal: {found[:5]}")
        proof.expect(out == set(health["quarantined"]), f"quarantined unseen: {out}")
        proof.expect(
            {f"hunt-{n}/team/{DOOMED}" for n in range(hunts)} <= out,
            "a team that always fails is not in quarantine",
        )
        proof.expect(health["status"] == "degraded", f"health says {health['status']}")
        proof.expect("Task exception" not in log, "something failed outside of an actor")
        proof.figure(
            f"{failures:,} failures in {handled:,} messages; {len(out)} of {len(live):,} actors in"
            f" quarantine, {hunts} on purpose; 0 clients wait; {rss / 2**20:.0f} MiB"
        )
        async with StormyServer(tmp_path / "abandon.db", "abandon") as server:
            waiting, _ = await storm(server, 3, 100, 3.0)
        proof.bites("failed actors are not rebuilt", waiting > 0)

    run(scenario(), limit_s=proof.size(ci=240, long=7_200))
