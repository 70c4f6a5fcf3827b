"""Contended claims as clients see them: one order explains every answer."""

import asyncio
import math
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.integration.clients import Message, run
from tests.integration.games import location, plan
from tests.integration.harness import GM_TOKEN
from tests.proofs.ledger import Proof
from tests.proofs.linear import Operation, Place, Result, is_linearisable
from tests.proofs.phones import Phone, connect_all, leave_all, settle_all
from tests.proofs.servers import WatchedServer, open_hunt

pytestmark = pytest.mark.proof

TEAMS = 40
CLAIMS = 6
CORRECTIONS = 4
STOCK = 3
BONUS = (50, 30, 10)
EMPTY = Place(STOCK, BONUS)


class Recorder:
    """Asks, and notes when each thing was asked, last answered, and how."""

    def __init__(self, phones: Sequence[Phone]) -> None:
        self._asked: dict[tuple[int, int], tuple[str, str, str, float]] = {}
        self._answers: dict[tuple[int, int], tuple[float, Message]] = {}
        for index, phone in enumerate(phones):
            phone.on_answer = self._listener(index)

    def _listener(self, phone: int) -> Callable[[Message], None]:
        def note(answer: Message) -> None:
            # An answer that the server lost is followed by another; only the last one counts.
            self._answers[phone, answer["n"]] = (time.monotonic(), answer)

        return note

    def ask(self, index: int, phone: Phone, kind: str, team: str, place: str) -> None:
        request: Message = {"t": kind, "location": place}
        request |= {"code": place.upper()} if kind == "claim" else {"team": team, "reason": ""}
        asked = time.monotonic()
        self._asked[index, phone.act(**request)] = (kind, team, place, asked)

    def histories(self) -> dict[str, list[Operation]]:
        """What happened at each location."""
        found: dict[str, list[Operation]] = {}
        for key, (kind, team, place, asked) in self._asked.items():
            answered, answer = self._answers.get(key, (math.inf, {"reason": "already_applied"}))
            result = outcome(kind, answer)
            at = math.inf if result is None else answered
            found.setdefault(place, []).append(Operation(kind, team, asked, at, result))
        return found


def outcome(kind: str, answer: Message) -> Result | None:
    """What an answer says; None when it only says that it was dealt with."""
    if answer.get("reason") == "already_applied":
        return None
    if answer["t"] == "refused":
        return ("refused", answer["reason"])
    return (
        ("accepted", answer["rank"], answer.get("bonus", 0)) if kind == "claim" else ("accepted",)
    )


async def play(server: WatchedServer, places: int, kills: int) -> dict[str, list[Operation]]:
    """Teams race for every place while a game master corrects, and the server is killed."""
    document = plan(
        [location(f"place-{n}", stock=STOCK) for n in range(places)],
        {"count": TEAMS},
        scoring={"finder_bonus": list(BONUS)},
    )
    game = await open_hunt(server, document)
    await game.gm.leave()
    teams = list(game.codes)
    phones = [Phone({"t": "join", "code": code, "name": "A"}) for code in game.codes.values()]
    phones += [Phone({"t": "gm", "token": GM_TOKEN, "hunt": game.hunt}) for _ in range(4)]
    await connect_all(phones, server.port)
    for phone in phones[:TEAMS]:
        phone.act(t="say", text="Ready.")
    assert await settle_all(phones) == 0  # Else a kill would take the joining back, too.
    recorder, chance = Recorder(phones), random.Random(21)
    asking = [round_(chance, teams, f"place-{n}", len(phones)) for n in range(places)]
    kill_at = {(k + 1) * places // (kills + 1) for k in range(kills)}
    for number, asked in enumerate(asking):
        for index, kind, team, place in asked:
            recorder.ask(index, phones[index], kind, team, place)
        if number % 4 == 3:
            await asyncio.sleep(0.002)
        if number in kill_at:
            await server.kill()
            for phone in phones:
                phone.vanish()
            await server.start()
            await connect_all(phones, server.port)
        elif number % 50 == 25:  # Some lose their line, and ask again what was not saved.
            lost = chance.sample(phones, 5)
            for phone in lost:
                phone.vanish()
            await connect_all(lost, server.port)
    assert await settle_all(phones) == 0
    await leave_all(phones)
    return recorder.histories()


def round_(
    chance: random.Random, teams: Sequence[str], place: str, phones: int
) -> list[tuple[int, str, str, str]]:
    """Who asks what of one place: claims, and corrections among them."""
    racing = chance.sample(range(len(teams)), CLAIMS)
    asked = [(index, "claim", teams[index], place) for index in racing]
    for _ in range(CORRECTIONS):
        staff = chance.randrange(len(teams), phones)
        asked.append(
            (staff, chance.choice(("void", "restore")), teams[chance.choice(racing)], place)
        )
    chance.shuffle(asked)
    return asked


def violations(histories: dict[str, list[Operation]]) -> list[str]:
    return [place for place, history in histories.items() if not is_linearisable(history, EMPTY)]


def plants(history: list[Operation]) -> list[list[Operation]]:
    """The same history with a lie in it: ranks swapped, one too many, out of real time."""
    found = []
    winners = [one for one in history if one.result is not None and len(one.result) == 3]
    refused = [one for one in history if one.result == ("refused", "stock_gone")]
    ranks = {one.result[1]: one for one in winners if one.result is not None}
    if len(winners) == len(ranks) == STOCK and all(one.kind == "claim" for one in history):
        first, second = ranks[1], ranks[2]
        swapped = {first: replace(first, answered=1.0, asked=0.0, result=second.result)}
        swapped |= {second: replace(second, asked=2.0, answered=3.0, result=first.result)}
        found.append([swapped.get(one, one) for one in history])
        if refused:
            oversold = replace(refused[0], result=("accepted", STOCK + 1, 0))
            found.append([oversold if one is refused[0] else one for one in history])
            late = replace(refused[0], asked=-2.0, answered=-1.0)
            found.append([late if one is refused[0] else one for one in history])
    return found


def test_t21_one_order_explains_what_every_client_was_answered(
    tmp_path: Path,
    proof: Proof,  # long: one experiment, from the play to the planted lies
) -> None:
    proof.claims(
        "T21 linearisability",
        "the answers to contended claims and corrections, over lost lines and kills, have one order"
        " that explains them all",
    )
    places, kills = proof.size(ci=4_000, long=20_000), proof.size(ci=3, long=40)

    async def scenario() -> None:
        async with WatchedServer(tmp_path / "cairn.db") as server:
            histories = await play(server, places, kills)
        found = violations(histories)
        operations = [one for history in histories.values() for one in history]
        unknown = sum(one.result is None for one in operations)
        proof.tried(len(histories))
        proof.expect(not found, f"no order explains what happened at {found[:5]}")
        overlaps = sum(
            any(a is not b and a.asked < b.answered and b.asked < a.answered for b in history)
            for history in histories.values()
            for a in history
        )
        proof.figure(
            f"{len(operations):,} operations at {len(histories):,} places, {overlaps:,} at the same"
            f" time as another, {unknown} of unknown outcome, {kills} kills"
        )
        claims = [[one for one in hist if one.kind == "claim"] for hist in histories.values()]
        planted = [
            lie
            for history, only in zip(histories.values(), claims, strict=True)
            if len(only) == len(history) or is_linearisable(only, EMPTY)
            for lie in plants(only)
        ]
        missed = sum(is_linearisable(lie, EMPTY) for lie in planted)
        async with WatchedServer(tmp_path / "overselling.db", "overselling") as server:
            oversold = violations(await play(server, 100, 0))
        proof.bites(
            f"{len(planted):,} planted lies (ranks swapped, oversold, out of time), and a server"
            " that oversells",
            len(planted) > 100 and not missed and len(oversold) > 10,
        )

    run(scenario(), limit_s=proof.size(ci=200, long=3_600))
