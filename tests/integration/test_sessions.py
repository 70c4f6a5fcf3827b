"""Who is who: subprotocols, sessions, devices and roles, over real websockets."""

from pathlib import Path

import pytest

from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL
from tests.integration.clients import Message, run
from tests.integration.games import HARBOUR, playing, scores, seed
from tests.integration.harness import InProcessServer


@pytest.mark.parametrize("subprotocol", [JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, None])
def test_both_subprotocols_speak_alike_and_none_means_json(
    db: Path, subprotocol: str | None
) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, server):
            opening = {"t": "join", "code": game.codes["otters"].lower(), "name": "Ada"}
            ada = await server.open(opening, subprotocol)
            assert ada.is_text == (subprotocol != MSGPACK_SUBPROTOCOL)
            position = {"lat": 57.7072, "lon": 11.9668, "accuracy": 8.5}
            answer = await ada.done("claim", location="light", position=position, at=1.5)
            await ada.saved(answer["n"])
            assert (await ada.leaderboard(otters=60))[0]["name"] == "Otters"

    run(scenario())


def test_a_resumed_session_goes_on_counting_and_never_applies_a_number_twice(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, server):
            ada = await game.join("otters")
            await ada.done("claim", location="pier", code="LUMEN")
            ada.vanish()
            ada = await server.resume(ada.welcome["session"])
            assert ada.welcome["applied"] == 1
            assert ada.welcome["you"] == {"role": "player", "player": "ada", "name": "Ada"}
            await ada.saved(1)
            again = await ada.ask("say", text="This is number 1 again.")
            assert again["reason"] == "already_applied"
            await ada.done("say", text="This is number 2.")

    run(scenario())


def test_a_session_on_two_connections_stays_on_the_newer_one(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, server):
            older = await game.join("otters")
            newer = await server.resume(older.welcome["session"])
            assert (await older.take("error"))["code"] == "taken_over"
            assert await older.close_code() == 4505
            await newer.done("say", text="Here I am.")

    run(scenario())


def test_two_devices_under_one_name_are_one_player_with_a_counter_each(db: Path) -> None:
    async def scenario() -> None:
        plan_of_one = HARBOUR | {"teams": {"size_max": 1, "names": ["Otters", "Terns", "Seals"]}}
        async with playing(db, plan_of_one) as (game, server):
            phone, tablet = await game.join("otters"), await game.join("otters", " ADA ")
            assert phone.welcome["you"]["player"] == tablet.welcome["you"]["player"]
            assert phone.welcome["session"] != tablet.welcome["session"]
            await phone.done("claim", location="pier", code="LUMEN")
            push = await tablet.take("location", lambda one: one["location"]["id"] == "pier")
            assert (push["location"]["state"], push["score"]) == ("found", 70)
            await tablet.done("say", text="Number 1 of the tablet.")
            other = await server.connect()
            await other.send({"t": "join", "code": game.codes["otters"], "name": "Eve"})
            assert (await other.take("error"))["message"].startswith("The team has its 1 players")
            assert await other.close_code() == 4507

    run(scenario())


def test_watching_is_read_only(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (_game, server):
            screen = await server.watch("harbour")
            await screen.send({"t": "claim", "n": 1, "location": "pier", "code": "LUMEN"})
            assert "read only" in (await screen.take("error"))["message"]
            assert await screen.close_code() == 4500
            rows = (await server.watch("harbour")).welcome["leaderboard"]
            assert scores(rows) == {"otters": 0, "terns": 0, "seals": 0}

    run(scenario())


GAME_MASTER_REQUESTS: dict[str, Message] = {
    "announce": {"text": "Free points!", "to": "all"},
    "pause": {},
    "finish": {},
    "freeze": {},
    "close": {"location": "pier"},
    "adjust": {"team": "otters", "points": 1000},
    "disqualify": {"team": "terns"},
    "seed": {"plan": HARBOUR, "replace": True},
}
PLAYER_REQUESTS: dict[str, Message] = {
    "claim": {"location": "pier", "code": "LUMEN"},
    "hint": {"location": "pier", "hint": 0},
    "say": {"text": "Hello."},
    "seen": {"announcement": 1},
}


def test_nobody_can_do_what_only_the_other_role_may_do(db: Path) -> None:
    async def scenario() -> None:
        async with InProcessServer(db) as server:
            game = await seed(server, HARBOUR)
            ada = await game.join("otters")
            matrix = ((ada, GAME_MASTER_REQUESTS), (game.gm, PLAYER_REQUESTS))
            for client, requests in matrix:
                for kind, fields in requests.items():
                    answer = await client.ask(kind, **fields)
                    assert answer["reason"] in ("not_allowed", "malformed"), (kind, answer)
            await ada.done("claim", location="pier", code="LUMEN")
            rows = await ada.leaderboard(otters=70)
            assert scores(rows) == {"otters": 70, "terns": 0, "seals": 0}
            assert not ada.has("announcement")

    run(scenario())
