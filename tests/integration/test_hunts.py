"""Several hunts on one server, and what seeding again does and does not do."""

from pathlib import Path

import pytest

from tests.integration.clients import run
from tests.integration.games import Game, location, plan, playing, seed
from tests.integration.harness import Disk, InProcessServer

HARBOUR = plan([location("pier"), location("mill")])
CASTLE = plan([location("tower")], hunt="castle")


def test_hunts_on_one_server_do_not_see_each_other(db: Path) -> None:
    async def scenario() -> None:
        async with InProcessServer(db) as server:
            harbour, castle = await seed(server, HARBOUR), await seed_second(server)
            ada, bob = await harbour.join("otters"), await castle.join("otters", "Bob")
            await ada.done("claim", location="pier", code="PIER")
            await ada.leaderboard(otters=10)
            assert (await bob.ask("claim", location="pier", code="PIER"))["reason"] == "not_found"
            await bob.done("claim", location="tower", code="TOWER")
            await harbour.gm.done("pause", hunt="castle")
            await bob.take("phase", phase="paused")
            await castle.gm.done("announce", hunt="castle", text="Castle only.", to="all")
            await bob.take("announcement")
            await ada.done("claim", location="mill", code="MILL")
            assert not ada.has("announcement")
            assert not ada.has("phase", phase="paused")
            which = await (await server.game_master()).ask("finish")
            assert which["reason"] == "not_found"
            assert "harbour, castle" in which["message"]

    run(scenario())


async def seed_second(server: InProcessServer) -> Game:
    gm = await server.game_master()
    seeded = await gm.done("seed", plan=CASTLE)
    in_view = await gm.ask("start")
    assert in_view["reason"] == "no_change", "without a hunt the one in view is meant: harbour"
    await gm.done("start", hunt="castle")
    return Game(server, gm, seeded)


def test_seeding_the_same_plan_again_changes_nothing_and_shows_the_same_codes(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, _):
            ada = await game.join("otters")
            await ada.done("claim", location="pier", code="PIER")
            again = await game.gm.done("seed", plan=HARBOUR)
            assert (again["applied"], again["changes"]) == (True, [])
            assert {team["id"]: team["code"] for team in again["teams"]} == game.codes
            assert (await game.join("otters", "Bob")).welcome["team"]["score"] == 10

    run(scenario())


def test_a_changed_plan_is_only_compared_until_replace_is_given(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, server):
            ada, screen = await game.join("otters"), await server.watch("harbour")
            await ada.done("claim", location="pier", code="PIER")
            changed = plan([location("pier", points=99), location("wreck")])
            compared = await game.gm.done("seed", plan=changed)
            assert compared["applied"] is False
            told = " ".join(compared["changes"])
            assert all(word in told for word in ("pier", "mill", "wreck"))
            await ada.done("claim", location="mill", code="MILL")

            replaced = await game.gm.done("seed", plan=changed, replace=True)
            assert replaced["applied"] is True
            for client in (ada, screen):
                assert (await client.take("error"))["code"] == "hunt_replaced"
                assert await client.close_code() == 4010
            await game.gm.done("start")
            gone = await server.connect()
            await gone.send({"t": "join", "session": ada.welcome["session"]})
            assert await gone.close_code() == 4502
            ada = await game.join("otters")
            assert ada.welcome["team"]["score"] == 0
            assert (await ada.done("claim", location="pier", code="PIER"))["points"] == 99

    run(scenario())


def test_a_hunt_replaced_under_load_starts_from_nothing_and_recovers(db: Path) -> None:
    async def scenario() -> None:
        others = plan([location("tower")], {"names": ["Seals", "Terns"]})
        async with playing(db, HARBOUR) as (game, _):
            phones = [await game.join("otters", str(number)) for number in range(6)]
            bob = await game.join("terns", "Bob")
            await bob.done("claim", location="mill", code="MILL")
            # Everything is on its way before any of it is decided, the new plan in the middle.
            await game.gm.send({"t": "seed", "n": 3, "plan": others, "replace": True})
            for n in range(1, 40):
                for phone in phones:
                    if phone.socket.close_code is None:
                        await phone.send({"t": "say", "n": n, "text": "?"})
            await game.gm.take("accepted", n=3)
            for phone in phones:
                assert await phone.close_code() == 4010
            rows = (await game.server.watch("harbour")).welcome["leaderboard"]
            assert {row["team"]: row["score"] for row in rows} == {"seals": 0, "terns": 0}
        async with InProcessServer(db) as server:
            again = await server.watch("harbour")
            assert again.welcome["leaderboard"] == rows
            look = server.app.core.health.look()
            assert look.actor_failures == 0

    run(scenario())


def test_what_was_not_saved_of_a_replaced_hunt_does_not_show_up_in_the_new_one(db: Path) -> None:
    async def scenario() -> None:
        disk = Disk()
        async with playing(db, HARBOUR, wrap_store=disk.wrap) as (game, server):
            ada = await game.join("otters")
            await ada.saved((await ada.done("say", text="Everything before is saved."))["n"])
            with disk.held():
                await ada.done("claim", location="pier", code="PIER")
                await game.gm.done("close", location="pier")
                others = plan([location("pier")], {"names": ["Seals"]})
                replaced = await game.gm.done("seed", plan=others, replace=True)
            await game.gm.saved(replaced["n"])
            shown = (await server.watch("harbour")).welcome
            assert shown.get("closed", []) == []
            assert [(row["team"], row["score"]) for row in shown["leaderboard"]] == [("seals", 0)]
            assert server.app.core.health.look().actor_failures == 0

    run(scenario())


def test_a_plan_with_mistakes_is_refused_whole_with_every_mistake(db: Path) -> None:
    async def scenario() -> None:
        async with InProcessServer(db) as server:
            gm = await server.game_master()
            wrong = plan([location("pier", points="many"), location("pier", requires=["moon"])])
            refused = await gm.ask("seed", plan=wrong)
            assert refused["reason"] == "invalid_plan"
            told = "\n".join(refused["errors"])
            assert all(word in told for word in ("points", "moon", "pier")), told
            assert len(refused["errors"]) >= 3
            assert (await server.game_master()).welcome["hunts"] == []

    run(scenario())


YAML = """version: 1
hunt: harbour
title: Harbour
teams: {count: 2}
locations:
  - id: pier
    name: Pier
    code: PIER
    points: POINTS
"""


@pytest.mark.parametrize("points", ["10", "many"])
def test_a_plan_as_yaml_text_is_read_with_its_line_numbers(db: Path, points: str) -> None:
    async def scenario() -> None:
        async with InProcessServer(db) as server:
            gm = await server.game_master()
            answer = await gm.ask("seed", plan=YAML.replace("POINTS", points))
            if points == "10":
                assert (answer["t"], answer["hunt"]) == ("accepted", "harbour")
            else:
                assert answer["reason"] == "invalid_plan"
                assert "plan:9" in answer["errors"][0], answer["errors"]

    run(scenario())


def test_a_big_plan_fits_into_a_game_masters_frame_and_later_requests_wait_for_it(
    db: Path,
) -> None:
    async def scenario() -> None:
        async with InProcessServer(db) as server:
            gm = await server.game_master()
            many = plan([location(f"place-{number}") for number in range(2_000)])
            await gm.send({"t": "seed", "n": 1, "plan": many})
            await gm.send({"t": "start", "n": 2})
            assert (await gm.take("accepted|refused"))["n"] == 1
            assert (await gm.take("accepted|refused"))["t"] == "accepted"

    run(scenario())


def test_who_seeds_thousands_of_teams_is_told_their_codes_and_sees_the_hunt(db: Path) -> None:
    teams = 4_000
    document = plan([location("pier")], {"count": teams}, hunt="crowd")

    async def scenario() -> None:
        async with InProcessServer(db) as server:
            gm = await server.game_master()
            seeded = await gm.done("seed", plan=document)
            assert len({team["code"] for team in seeded["teams"]}) == teams
            await gm.done("announce", text="Welcome, all of you.")

    run(scenario())
