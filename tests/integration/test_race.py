"""One winner: two hundred teams claim in the same instant, and the order of finders holds."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.integration.clients import Client, Message, run
from tests.integration.games import Game, location, plan, seed
from tests.integration.harness import ServerProcess
from tests.integration.states import leaderboard_of, read_journal

TEAMS = 200
BONUS = [50, 40, 30, 20, 10]


async def assemble(game: Game) -> list[Client]:
    """One player of each team."""
    return [await game.join(team) for team in game.codes]


async def claim_all_at_once(phones: Sequence[Client], place: str) -> list[Message]:
    """Everybody's claim is written before anybody's answer is read."""
    frames = [phone.ask("claim", location=place, code=place.upper()) for phone in phones]
    return list(await asyncio.gather(*frames))


@pytest.mark.slow
def test_two_hundred_teams_at_one_location_get_two_hundred_ranks_and_each_bonus_once(
    db: Path,
) -> None:
    async def scenario() -> None:
        async with ServerProcess(db) as server:
            hunt = plan([location("pier")], {"count": TEAMS}, scoring={"finder_bonus": BONUS})
            game = await seed(server, hunt)
            screen = await server.watch("harbour")
            answers = await claim_all_at_once(await assemble(game), "pier")
            assert {answer["t"] for answer in answers} == {"accepted"}
            by_rank = sorted(answers, key=lambda answer: answer["rank"])
            assert [answer["rank"] for answer in by_rank] == list(range(1, TEAMS + 1))
            won = [answer.get("bonus", 0) for answer in by_rank]
            assert won == [*BONUS, *([0] * (TEAMS - len(BONUS)))]
            assert all(answer["points"] == 10 + answer.get("bonus", 0) for answer in answers)
            await check_leaderboard(server, screen, 10 * TEAMS + sum(BONUS))

    run(scenario())


@pytest.mark.slow
def test_three_treasures_make_three_winners_out_of_two_hundred(db: Path) -> None:
    async def scenario() -> None:
        async with ServerProcess(db) as server:
            hunt = plan([location("pier", stock=3)], {"count": TEAMS})
            game = await seed(server, hunt)
            screen = await server.watch("harbour")
            answers = await claim_all_at_once(await assemble(game), "pier")
            ranks = sorted(one["rank"] for one in answers if one["t"] == "accepted")
            reasons = [one["reason"] for one in answers if one["t"] == "refused"]
            assert ranks == [1, 2, 3]
            assert reasons == ["stock_gone"] * (TEAMS - 3)
            await check_leaderboard(server, screen, 30)

    run(scenario())


async def check_leaderboard(server: ServerProcess, screen: Client, points: int) -> None:
    """What was pushed last is what the journal says."""
    push = await screen.take(
        "leaderboard", lambda one: sum(row["score"] for row in one["leaderboard"]) == points
    )
    assert await server.stop() == 0
    assert push["leaderboard"] == leaderboard_of(read_journal(server.db), "harbour")
