"""What is shed on a stuck disk, in which order, and that nothing of what players did is lost."""

import asyncio
from pathlib import Path

import pytest

from actors.admission import QUEUE_LIMITS, QueueLimits
from actors.domain.events import LocationFound, TeamSpoke
from actors.ladder import Step
from server.client import Client as Phone
from server.client import join
from server.shedding import ShedPolicy
from tests.integration.clients import Message, run
from tests.integration.games import Game, location, plan, playing
from tests.integration.harness import Disk, InProcessServer
from tests.integration.states import read_journal, until

SMALL = ShedPolicy(QueueLimits(40, QUEUE_LIMITS.bytes, QUEUE_LIMITS.age_s))
"""A server on which forty unsaved records are as bad as 200,000."""

TOIL_S = 0.8
"""Seconds of one callback, again and again: the loop is then late by half a second each time."""

PLACES = [f"place-{number}" for number in range(30)]
HUNT = plan([location(place) for place in PLACES])
TEAMS = ("otters", "terns")
WORDS = ["one", "two", "three", "four", "five"]


def shed_now(server: InProcessServer) -> list[str]:
    return [one.step for one in server.app.core.health.look().shedding if one.active]


def shown(health: Message) -> list[str]:
    return [one["step"] for one in health["shedding"] if one["active"]]


async def turned_away(game: Game) -> int | None:
    late = await game.server.connect()
    await late.send({"t": "join", "code": game.codes["terns"], "name": "Late"})
    error = await late.take("error")
    assert error["code"] == "server_full"
    return await late.close_code()


async def play_until_busy(
    game: Game, server: InProcessServer, phones: list[Phone], numbers: list[int]
) -> list[list[str]]:
    """Claim, one after the other, until phones are told to wait; what was shed along the way."""
    seen: list[list[str]] = [[]]
    busy = server.app.core.counters.refused
    for place in PLACES:
        for phone in phones:
            numbers.append(phone.submit({"t": "claim", "location": place, "code": place.upper()}))
            answering = asyncio.ensure_future(phone.answer(numbers[-1]))
            await until(lambda one=answering: one.done() or bool(busy["busy"]))  # type: ignore[misc]
            if shed_now(server) != seen[-1]:
                seen.append(shed_now(server))
                if len(seen[-1]) == len(Step) - 2:
                    await game.join("terns", "Just in time")
                elif len(seen[-1]) == len(Step) - 1:
                    assert await turned_away(game) == 4013
            if not answering.done():
                answering.cancel()
                return seen
    raise AssertionError(f"nobody was ever told to wait: {seen}")


def test_a_stuck_disk_sheds_in_order_and_everything_is_saved_once_in_the_end(db: Path) -> None:
    async def scenario() -> None:
        disk = Disk()
        async with playing(db, HUNT, wrap_store=disk.wrap, policy=SMALL) as (game, server):
            url = f"ws://127.0.0.1:{server.port}"
            phones = [Phone(url, join(game.codes[team], "Ada")) for team in TEAMS]
            for phone in phones:
                await phone.start()
            await until(lambda: server.app.core.journal.pending == 0)
            numbers: list[int] = []
            with disk.held():
                seen = await play_until_busy(game, server, phones, numbers)
                assert seen == [list(Step)[:count] for count in range(len(Step) + 1)]
                for phone in phones:
                    keep_talking(phone)
                assert await turned_away(game) == 4013
                phones[0].drop_connection()
                await until(lambda: phones[0].connections == 2)
                assert phones[0].welcome["team"]["score"] > 0
                push = await game.gm.take("health", lambda one: len(shown(one["health"])) == 5)
                health = push["health"]
                assert (health["status"], health["journal_level"]) == ("degraded", "hard")
                assert {one["why"] for one in health["shedding"]} == {"journal"}
                assert health["journal_bytes"] > 0
                assert (await game.gm.ask("shed", step="map", mode="off"))["t"] == "accepted"
            await game.gm.take("health", lambda one: shown(one["health"]) == [])
            # The newcomer, who tries again by himself, gets in now.
            async with Phone(url, join(game.codes["terns"], "Late")) as late:
                await late.saved((await late.request({"t": "say", "text": "Here."}))["n"])
            await asyncio.gather(*(phone.saved() for phone in phones))
            for phone in phones:
                await phone.close()
        check_journal(db, len(numbers))

    run(scenario())


def keep_talking(phone: Phone) -> None:
    """Something to say while Cairn takes nothing: it is kept, in order."""
    for word in WORDS:
        phone.submit({"t": "say", "text": word})


def check_journal(db: Path, claims: int) -> None:
    """Every claim and every word is there once, in the order of the phone that sent it."""
    records = [one for one in read_journal(db) if isinstance(one.event, LocationFound | TeamSpoke)]
    finds = [one.event for one in records if isinstance(one.event, LocationFound)]
    assert len(finds) == len({(one.team, one.location) for one in finds}) == claims
    said = [one.event for one in records if isinstance(one.event, TeamSpoke)]
    for team in TEAMS:
        words = [one.text for one in said if one.team == team and one.text != "Here."]
        assert words == WORDS
    for session in {one.session for one in records}:
        numbers = [one.n for one in records if one.session == session]
        assert numbers == list(range(1, len(numbers) + 1))


def test_an_emergency_stop_keeps_what_players_do_until_it_is_over(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            url = f"ws://127.0.0.1:{server.port}"
            async with Phone(url, join(game.codes["otters"], "Ada")) as phone:
                await game.gm.done("shed", step="claims", mode="on")
                claim = {"t": "claim", "location": PLACES[0], "code": PLACES[0].upper()}
                answering = asyncio.ensure_future(phone.request(claim))
                await until(lambda: server.app.core.counters.refused["busy"] > 1)
                assert not answering.done()
                assert await turned_away(game) == 4013
                last = await game.gm.done("shed", step="claims", mode="auto")
                assert (await answering)["t"] == "accepted"
                await game.gm.saved(last["n"])

    run(scenario())


@pytest.mark.slow
def test_a_loop_with_too_much_to_do_sheds_and_recovers(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (_, server):
            loop, is_over = asyncio.get_running_loop(), False

            def toil() -> None:
                until_s = loop.time() + TOIL_S
                while loop.time() < until_s:
                    pass
                if not is_over:
                    loop.call_soon(toil)

            toil()
            await until(lambda: Step.MAP in server.app.core.shedding.active)
            health = server.app.core.health.look()
            assert {one.why for one in health.shedding if one.active} == {"lag"}
            assert health.loop_lag_s > TOIL_S / 4
            is_over = True
            await until(lambda: not server.app.core.shedding.active)

    run(scenario())


@pytest.mark.parametrize("step", list(Step))
def test_no_switch_is_for_players(db: Path, step: Step) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            ada = await game.join("otters")
            refused = await ada.ask("shed", step=step.value, mode="on")
            assert refused["reason"] == "not_allowed"
            assert shed_now(server) == []

    run(scenario())
