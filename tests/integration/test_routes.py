"""Guided routes over the wire: who is steered where, and how many at a time."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.domain.events import Record
from actors.domain.ids import HuntId
from actors.domain.recovery import HuntImage, apply
from tests.integration.clients import Client, Message, run
from tests.integration.games import Game, location, plan, playing
from tests.integration.states import fold, read_journal, state_of


async def next_target(player: Client, found: Sequence[str]) -> str:
    """Where the team is steered now, or as soon as there is a place for it."""
    target = player.welcome["team"].get("target")
    if target is None or target in found:
        push = await player.take(
            "team", lambda one: one["team"].get("target") not in (None, *found)
        )
        target = push["team"]["target"]
    return str(target)


async def walk(player: Client, stops: int) -> list[str]:
    """Find what the route leads to, one after the other."""
    found: list[str] = []
    for _ in range(stops):
        target = await next_target(player, found)
        await player.done("claim", location=target, code=target.upper())
        found.append(target)
    return found


async def assemble(game: Game) -> list[Client]:
    """A player of each team; the hunt starts when all are there."""
    players = [await game.join(team) for team in game.codes]
    await game.gm.done("start")
    return players


def most_steered(records: Sequence[Record]) -> dict[str, int]:
    """The most teams that were on their way to each location at any time."""
    image: HuntImage | None = None
    most: dict[str, int] = {}
    for record in records:
        if image is None:
            image = fold([record]).hunts[HuntId("harbour")].image
            continue
        apply(image, record)
        for place, state in image.locations.items():
            most[place] = max(most.get(place, 0), len(state.steered))
    return most


@pytest.mark.parametrize("route", ["linear", "staggered"])
def test_no_location_gets_more_teams_than_its_capacity_and_all_teams_get_round(
    db: Path, route: str
) -> None:
    async def scenario() -> list[list[str]]:
        stops = [location("a", capacity=2), location("b", capacity=1), location("c", capacity=3)]
        hunt = plan(stops, {"count": 9}, route=route)
        async with playing(db, hunt, start=False) as (game, _):
            players = await assemble(game)
            return await asyncio.gather(*(walk(player, 3) for player in players))

    walks = run(scenario())
    if route == "linear":
        assert walks == [["a", "b", "c"]] * 9
    else:
        assert {tuple(sorted(walked)) for walked in walks} == {("a", "b", "c")}
        assert len({walked[0] for walked in walks}) == 3, "every team starts elsewhere"
    most = most_steered(read_journal(db))
    assert most["a"] <= 2
    assert most["b"] == 1
    assert most["c"] <= 3


def test_only_the_target_can_be_claimed_or_is_shown(db: Path) -> None:
    async def scenario() -> None:
        hunt = plan([location("a"), location("b")], route="linear")
        async with playing(db, hunt, start=False) as (game, server):
            (ada, _) = await assemble(game)
            assert await next_target(ada, []) == "a"
            refused = await ada.ask("claim", location="b", code="B")
            assert refused["reason"] == "locked"
            shown = (await server.resume(ada.welcome["session"])).welcome["team"]["locations"]
            assert [place["id"] for place in shown] == ["a"]

    run(scenario())


def test_a_waiting_team_gets_the_place_that_is_freed(db: Path) -> None:
    async def scenario() -> None:
        hunt = plan([location("a", capacity=1), location("b")], route="linear")
        async with playing(db, hunt, start=False) as (game, _):
            (ada, bob) = await assemble(game)
            first, second = await holder_and_waiter(ada, bob)
            assert (await second.ask("claim", location="a", code="A"))["reason"] == "locked"
            await first.done("claim", location="a", code="A")
            assert await next_target(second, []) == "a"

    run(scenario())


async def holder_and_waiter(ada: Client, bob: Client) -> tuple[Client, Client]:
    """Who of the two got the only place at `a`."""
    waiting = [asyncio.create_task(next_target(one, [])) for one in (ada, bob)]
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert (len(done), len(pending)) == (1, 1)
    (waiter,) = pending
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    return (ada, bob) if waiting[0] in done else (bob, ada)


def test_a_disqualified_team_frees_its_place(db: Path) -> None:
    async def scenario() -> None:
        hunt = plan([location("a", capacity=1), location("b")], route="linear")
        async with playing(db, hunt, start=False) as (game, _):
            (ada, bob) = await assemble(game)
            first, second = await holder_and_waiter(ada, bob)
            await game.gm.done("disqualify", team=first.welcome["team"]["id"])
            assert await next_target(second, []) == "a"

    run(scenario())


def test_a_place_on_a_route_comes_with_a_treasure(db: Path) -> None:
    async def scenario() -> list[list[str]]:
        stops = [location("a", stock=2), location("b"), location("c")]
        hunt = plan(stops, {"count": 5}, route="linear")
        async with playing(db, hunt, start=False) as (game, _):
            players = await assemble(game)
            return await asyncio.gather(*(walk(player, 2) for player in players))

    walks = run(scenario())
    assert sorted(walks) == [["a", "b"]] * 2 + [["b", "c"]] * 3


def test_closing_a_target_steers_its_teams_elsewhere_and_opening_brings_it_back(db: Path) -> None:
    async def scenario() -> None:
        hunt = plan([location("a"), location("b")], {"names": ["Otters"]}, route="linear")
        async with playing(db, hunt, start=False) as (game, server):
            (ada,) = await assemble(game)
            assert await next_target(ada, []) == "a"
            await game.gm.done("close", location="a")
            assert await next_target(ada, ["a"]) == "b"
            await ada.done("claim", location="b", code="B")
            await game.gm.done("open", location="a")
            assert await next_target(ada, ["b"]) == "a"
            await ada.done("claim", location="a", code="A")
            shown: Message = (await server.resume(ada.welcome["session"])).welcome["team"]
            assert shown["score"] == 20
            assert "target" not in shown

    run(scenario())


def test_steering_recovers_as_it_was(db: Path) -> None:
    async def scenario() -> None:
        stops = [location("a", capacity=1), location("b", capacity=1), location("c")]
        hunt = plan(stops, {"count": 4}, route="staggered")
        async with playing(db, hunt, start=False) as (game, server):
            players = await assemble(game)
            targets = [await next_target(player, []) for player in players[:3]]
            await players[0].done("claim", location=targets[0], code=targets[0].upper())
            await game.gm.done("disqualify", team=players[1].welcome["team"]["id"])
            live = server.app.core.directory.hunts[HuntId("harbour")]
            await game.gm.leaderboard()
            at_the_end = {place: state_of(ref) for place, ref in live.locations.items()}
        image = fold(read_journal(db)).hunts[HuntId("harbour")].image
        assert image.locations == at_the_end

    run(scenario())
