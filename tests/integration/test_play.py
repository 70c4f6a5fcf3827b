"""A hunt played by hand: every request of players and game masters, over real websockets."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.integration.clients import run
from tests.integration.games import HARBOUR, playing, scores


def test_a_claim_is_accepted_at_once_then_saved_then_on_everybodys_leaderboard(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, server):
            ada, bob = await game.join("otters"), await game.join("terns", "Bob")
            screen = await server.watch("harbour")
            answer = await ada.ask("claim", location="pier", code="  lumen ")
            assert answer["t"] == "accepted"
            assert (answer["points"], answer["bonus"], answer["rank"]) == (70, 20, 1)
            assert answer["score"] == 70
            assert [place["id"] for place in answer["unlocked"]] == ["vault"]
            await ada.saved(answer["n"])
            for client in (ada, bob, screen, game.gm):
                rows = await client.leaderboard(otters=70)
                assert rows[0] == {"rank": 1, "team": "otters", "name": "Otters", "score": 70}
            second = await bob.done("claim", location="pier", code="LUMEN")
            assert (second["points"], second["rank"]) == (60, 2)

    run(scenario())


def test_wrong_proofs_are_refused_with_what_the_author_wrote(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, _):
            ada = await game.join("otters")
            wrong = await ada.ask("claim", location="pier", code="LANTERN")
            assert (wrong["reason"], wrong["score"]) == ("wrong_code", -1)
            near = await ada.ask("claim", location="mill", answer=" BREAD ")
            assert (near["reason"], near["message"]) == ("wrong_answer", "Close. Earlier.")
            far = {"lat": 57.7172, "lon": 11.9668, "accuracy": 5}
            assert (await ada.ask("claim", location="light", position=far))["reason"] == "too_far"
            there = far | {"lat": 57.7073}
            assert (await ada.done("claim", location="light", position=there))["points"] == 60
            assert (await ada.done("claim", location="mill", answer="Wheat  flour"))["rank"] == 1
            locked = await ada.ask("claim", location="vault", code="OPEN SESAME")
            assert locked["reason"] == "locked"
            again = await ada.ask("claim", location="mill", answer="flour")
            assert again["reason"] == "already_found"
            assert (await ada.ask("claim", location="moon", code="X"))["reason"] == "not_found"

    run(scenario())


def test_a_hint_costs_its_points_and_is_shown_to_the_whole_team_only(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, _):
            ada, cleo = await game.join("otters"), await game.join("otters", "Cleo")
            bob = await game.join("terns", "Bob")
            bought = await ada.done("hint", location="pier", hint=0)
            assert (bought["text"], bought["cost"], bought["score"]) == ("It floats.", 10, -10)
            push = await cleo.take("location", lambda one: one["location"]["id"] == "pier")
            assert push["location"]["hints"][0]["text"] == "It floats."
            early = await ada.ask("hint", location="pier", hint=1)
            assert early["reason"] == "too_early"
            assert 500 < early["retry_after"] <= 600
            again = await cleo.ask("hint", location="pier", hint=0)
            assert again["reason"] == "already_bought"
            await bob.leaderboard(otters=-10)
            assert not bob.has("location")

    run(scenario())


def test_what_players_say_and_what_they_have_read_reaches_the_game_master(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, _):
            ada, bob = await game.join("otters"), await game.join("terns", "Bob")
            await ada.done("say", text="We are lost.")
            fed = await game.gm.take(
                "feed", lambda one: any(e["kind"] == "team_spoke" for e in one["events"])
            )
            spoken = next(e for e in fed["events"] if e["kind"] == "team_spoke")
            assert spoken["data"] == {"team": "otters", "player": "ada", "text": "We are lost."}
            to_all = await game.gm.done("announce", text="Rain!", to="all", level="warning")
            to_one = await game.gm.done("announce", text="Turn round.", to=["Otters"])
            assert (await ada.take("announcement"))["announcement"]["text"] == "Rain!"
            assert (await ada.take("announcement"))["announcement"]["text"] == "Turn round."
            assert (await bob.take("announcement"))["announcement"]["level"] == "warning"
            late = await game.join("terns", "Dora")
            assert [one["text"] for one in late.welcome["announcements"]] == ["Rain!"]
            assert not bob.has("announcement")
            await ada.done("seen", announcement=to_one["announcement"])
            seen = await ada.ask("seen", announcement=to_one["announcement"])
            assert seen["reason"] == "no_change"
            await bob.done("seen", announcement=to_all["announcement"])
            assert (await game.gm.ask("announce", text="?", to=["Nobody"]))["reason"] == "not_found"

    run(scenario())


def test_corrections_reach_the_team_and_the_leaderboard(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, _):
            gm, ada, bob = game.gm, await game.join("otters"), await game.join("terns", "Bob")
            await ada.done("claim", location="pier", code="LUMEN")
            await bob.done("claim", location="pier", code="LUMEN")
            await bob.leaderboard(otters=70, terns=60)
            await gm.done("adjust", team="Terns", points=7, reason="Helped a tourist.")
            assert (await bob.take("team"))["team"]["score"] == 67
            await gm.done("void", team="otters", location="pier", reason="Shared the code.")
            # The later finder moves up and gets the first finder's bonus.
            assert (await bob.take("team"))["team"]["score"] == 77
            await bob.leaderboard(otters=0, terns=77)
            await gm.done("restore", team="otters", location="pier")
            await bob.leaderboard(otters=70, terns=67)
            await gm.done("disqualify", team="otters", reason="Drove a car.")
            await bob.take("leaderboard", lambda one: "otters" not in scores(one["leaderboard"]))
            out = await ada.ask("claim", location="mill", answer="flour")
            assert out["reason"] == "disqualified"
            await gm.done("reinstate", team="otters")
            await bob.leaderboard(otters=70)
            await ada.done("claim", location="mill", answer="flour")

    run(scenario())


def test_a_frozen_leaderboard_moves_for_game_masters_only(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, server):
            ada = await game.join("otters")
            await game.gm.done("freeze")
            await ada.take("leaderboard", is_frozen=True)
            await ada.done("claim", location="pier", code="LUMEN")
            await game.gm.leaderboard(otters=70)
            shown = (await server.watch("harbour")).welcome
            assert shown["is_frozen"]
            assert scores(shown["leaderboard"])["otters"] == 0
            assert not ada.has("leaderboard")
            await game.gm.done("thaw")
            await ada.leaderboard(otters=70)

    run(scenario())


def test_a_closed_location_cannot_be_claimed_until_it_is_opened(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, _):
            ada = await game.join("otters")
            await game.gm.done("close", location="pier")
            assert (await ada.take("location", id="pier"))["open"] is False
            assert (await game.join("terns")).welcome["closed"] == ["pier"]
            refused = await ada.ask("claim", location="pier", code="LUMEN")
            assert refused["reason"] == "closed"
            await game.gm.done("open", location="pier")
            assert (await ada.take("location", id="pier"))["open"] is True
            await ada.done("claim", location="pier", code="LUMEN")

    run(scenario())


def test_pause_resume_and_finish_are_shown_at_once_and_hold(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR, start=False) as (game, _):
            ada = await game.join("otters")
            assert "locations" not in ada.welcome["team"], "nothing is shown before the start"
            for order, phase in (
                ("start", "running"),
                ("pause", "paused"),
                ("resume", "running"),
                ("finish", "finished"),
            ):
                claim = await ada.ask("claim", location="light", code="X")
                assert (claim["reason"] == "not_running") == (order in ("start", "resume"))
                await game.gm.done(order)
                assert (await ada.take("phase"))["phase"] == phase
            refused = await ada.ask("claim", location="pier", code="LUMEN")
            assert refused["reason"] == "not_running"
            assert (await game.gm.ask("start"))["reason"] == "not_allowed"

    run(scenario())


def test_a_hunt_starts_and_ends_by_itself_when_its_plan_says_so(db: Path) -> None:
    async def scenario() -> None:
        starts = datetime.now(UTC) + timedelta(seconds=1)
        timed = HARBOUR | {"starts": starts.isoformat(), "duration": "1s"}
        async with playing(db, timed, start=False) as (game, _):
            ada = await game.join("otters")
            assert (await ada.take("phase"))["phase"] == "running"
            assert (await ada.take("phase"))["phase"] == "finished"
            refused = await ada.ask("claim", location="pier", code="LUMEN")
            assert refused["reason"] == "not_running"

    run(scenario())


def test_no_snapshot_or_push_to_players_holds_a_code_an_answer_or_an_unbought_hint(
    db: Path,
) -> None:
    async def scenario() -> None:
        async with playing(db, HARBOUR) as (game, server):
            ada, bob = await game.join("otters"), await game.join("terns", "Bob")
            screen = await server.watch("harbour")
            await ada.done("claim", location="pier", code="LUMEN")
            await ada.ask("claim", location="mill", answer="bread")
            for client in (ada, bob, screen, game.gm):
                await client.leaderboard(otters=69)
            again = await server.resume(ada.welcome["session"])
            for client in (ada, bob, screen, game.gm, again):
                seen = json.dumps([client.welcome, *client.inbox]).lower()
                secrets = ["lumen", "sesame", "flour", "it floats", "look down"]
                if client is not game.gm:  # Who steers the hunt sees where everything is.
                    secrets.append("57.7072")
                for secret in secrets:
                    assert secret not in seen, f"{secret} was shown: {seen}"
            assert "behind the ferry" not in json.dumps(bob.welcome).lower(), "still locked"

    run(scenario())
