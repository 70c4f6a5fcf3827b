"""A stuck disk costs first what nobody needs for playing, claims last, and no action at all."""

import asyncio
import contextlib
import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import Struct, field

from actors.admission import QUEUE_LIMITS, QueueLimits
from actors.domain.events import LocationFound
from actors.ladder import Rung, Step
from server.client import Client as Phone
from server.client import join
from server.shedding import SHED_POLICY, ShedPolicy
from tests.integration.clients import Message, run
from tests.integration.games import Game, location, plan, playing
from tests.integration.harness import Disk, InProcessServer
from tests.integration.states import read_journal, until
from tests.proofs.ledger import Proof

AGE_S = 4.0
"""Seconds that a record may wait here, instead of 30."""

PACE_S = 0.05
"""Seconds between two claims of a phone, and between two looks at the server."""

CLAIMS = 100
TEAMS = 20
PLACES = [f"place-{number}" for number in range(CLAIMS)]
HUNT = plan([location(place) for place in PLACES], {"count": TEAMS})

POLICY = ShedPolicy(QueueLimits(QUEUE_LIMITS.records, QUEUE_LIMITS.bytes, AGE_S))
REVERSED = ShedPolicy(
    QueueLimits(QUEUE_LIMITS.records, QUEUE_LIMITS.bytes, AGE_S / 4),
    tuple(
        Rung(rung.step, 1 + number)
        for number, rung in enumerate(reversed(SHED_POLICY.ladder), start=1)
    ),
)
"""The ladder upside down: claims are shed first, positions last. It is tried on a shorter stall."""


class Look(Struct):
    """The server at one moment of the stall."""

    shed: list[str]
    busy: int
    """Refusals with `busy` so far."""
    turned_away: int
    """Joins that were turned away so far."""
    let_in: int


class Stall(Struct):
    """What was seen of one stall, from its begin to when everything was saved."""

    looks: list[Look] = field(default_factory=list)
    answers: list[list[Message]] = field(default_factory=list)
    """Of each phone, in the order of its claims."""
    journal: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Team -> number and place of every find, in the journal's order."""


async def one_stall(db: Path, policy: ShedPolicy) -> Stall:
    """Hold the disk until phones have been told to wait, let go, and wait until all is saved."""
    stall, disk = Stall(), Disk()
    async with playing(db, HUNT, wrap_store=disk.wrap, policy=policy) as (game, server):
        url = f"ws://127.0.0.1:{server.port}"
        phones = [Phone(url, join(code, "Ada")) for code in game.codes.values()]
        for phone in phones:
            await phone.start()
        await until(lambda: server.app.core.journal.pending == 0)
        with disk.held():
            playing_on = asyncio.gather(*(play(phone) for phone in phones))
            await watch(game, server, stall)
        claims = await playing_on
        await asyncio.gather(*(phone.saved() for phone in phones))
        for phone, numbers in zip(phones, claims, strict=True):
            stall.answers.append([await phone.answer(n) for n in numbers])
            await phone.close()
        await until(lambda: not server.app.core.shedding.active)
    for record in read_journal(db):
        if isinstance(record.event, LocationFound) and record.n is not None:
            finds = stall.journal.setdefault(record.event.team, [])
            finds.append((record.n, record.event.location))
    return stall


async def play(phone: Phone) -> list[int]:
    """Claim at a steady pace, whatever the server says."""
    numbers = []
    for place in PLACES:
        numbers.append(phone.submit({"t": "claim", "location": place, "code": place.upper()}))
        await asyncio.sleep(PACE_S)
    return numbers


async def watch(game: Game, server: InProcessServer, stall: Stall) -> None:
    """Look at the server, and try to join, until it has answered `busy` for a while."""
    turned_away = let_in = busy_looks = 0
    codes = itertools.cycle(game.codes.values())  # A team takes only so many devices.
    while busy_looks < 10:
        late = await server.connect()
        await late.send({"t": "join", "code": next(codes), "name": "Late"})
        is_in = (await late.take("welcome|error"))["t"] == "welcome"
        let_in, turned_away = let_in + is_in, turned_away + (not is_in)
        with contextlib.suppress(AssertionError):
            await late.leave()
        health = server.app.core.health.look()
        shed = [one.step.value for one in health.shedding if one.active]
        busy = health.refused.get("busy", 0)
        stall.looks.append(Look(shed, busy, turned_away, let_in))
        busy_looks += busy > 0
        await asyncio.sleep(PACE_S)


def disorder(looks: Sequence[Look]) -> list[str]:
    """Where something was shed before what has to go first."""
    ladder = [step.value for step in Step]
    found = [
        f"shed {look.shed}, which is not the beginning of the ladder"
        for look in looks
        if look.shed != ladder[: len(look.shed)]
    ]
    first_busy = next(look for look in looks if look.busy)
    if not any(look.turned_away for look in looks if not look.busy):
        found.append(f"claims were shed while people were let in: {first_busy}")
    return found


def damage(stall: Stall) -> list[str]:
    """What was lost, doubled, reordered or refused of what the phones did."""
    found = []
    wanted = list(enumerate(PLACES, start=1))
    if len(stall.journal) != TEAMS:
        found.append(f"only {len(stall.journal)} of {TEAMS} teams are in the journal")
    for team, finds in stall.journal.items():
        if finds != wanted:
            found.append(f"{team}: {len(finds)} finds, not each claim once and in order")
    found += [f"answered {one}" for some in stall.answers for one in some if one["t"] != "accepted"]
    return found


def steps_seen(looks: Sequence[Look]) -> int:
    return max(len(look.shed) for look in looks)


@pytest.mark.proof
def test_shedding_a_stuck_disk_costs_claims_last_and_no_action_at_all(
    db: Path, proof: Proof
) -> None:
    proof.claims(
        "Shedding",
        "on a stuck disk positions, map, leaderboard, joins are shed in this order, claims last; "
        "every claim (a try) is saved once and in order in the end",
    )
    before_busy, joins, finds = 0, 0, 0
    for trial in range(proof.size(ci=1, long=40)):
        proof.progress(f"stall {trial + 1}")
        stall = run(one_stall(db.with_name(f"stall-{trial}.db"), POLICY), limit_s=120)
        for violation in [*disorder(stall.looks), *damage(stall)]:
            proof.expect(False, violation)
        proof.expect(steps_seen(stall.looks) == len(Step), "the ladder was not climbed to its end")
        proof.tried(TEAMS * CLAIMS)
        before_busy += sum(not look.busy for look in stall.looks)
        joins += stall.looks[-1].turned_away
        finds += sum(map(len, stall.journal.values()))
    proof.figure(
        f"{before_busy} looks before the first `busy`, {joins} joins turned away; "
        f"{finds:,} of {proof.outcome.tries:,} claims saved"
    )
    planted = run(one_stall(db.with_name("planted.db"), REVERSED), limit_s=120)
    proof.bites(
        "the ladder upside down; a find lost, doubled, reordered",
        bool(disorder(planted.looks)) and all(damage(one) for one in damaged(planted)),
    )


def damaged(stall: Stall) -> list[Stall]:
    """The same stall, if one find had been lost, saved twice, or saved before another."""
    assert damage(stall) == []
    team, finds = next(iter(stall.journal.items()))
    wrong = (finds[:-1], [*finds, finds[-1]], [finds[1], finds[0], *finds[2:]])
    return [Stall(stall.looks, stall.answers, stall.journal | {team: some}) for some in wrong]
