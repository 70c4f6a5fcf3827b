"""Stopping, starting again, and failures inside: nobody loses anything, few notice."""

import asyncio
import contextlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from actors.dispatch import mailbox_of
from actors.domain.ids import HuntId, LocationId, TeamId
from actors.messages import Ref
from server.access import digest
from server.snapshot_file import SnapshotFile
from server.snapshot_maker import make
from tests.integration.clients import PATIENCE_S, Client, Closed, Message, run
from tests.integration.games import Game, location, plan, playing, seed
from tests.integration.harness import (
    REPOSITORY,
    InProcessServer,
    Server,
    ServerProcess,
    start_process,
)
from tests.integration.states import fold, leaderboard_of, plain, read_journal, state_of, until

HUNT = plan(
    [
        location("pier", hints=[{"text": "It floats.", "cost": 3}]),
        location("mill", requires=["pier"]),
        location("light"),
    ],
    scoring={"finder_bonus": [5], "wrong_claim": -1},
)
HARBOUR = HuntId("harbour")
TALKERS = 20


# SIGTERM ------------------------------------------------------------------------------------


async def talk(client: Client) -> list[int]:
    """Say things until the server takes no more; the numbers that were accepted."""
    accepted: list[int] = []
    with contextlib.suppress(Closed, ConnectionClosed):
        while (answer := await client.ask("say", text="?"))["t"] == "accepted":
            accepted.append(answer["n"])
    return accepted


@pytest.mark.slow
def test_sigterm_under_load_saves_everything_that_was_accepted(db: Path) -> None:
    async def scenario() -> None:
        async with ServerProcess(db) as server:
            game = await seed(server, plan([location("pier")], {"count": TALKERS}))
            phones = [await game.join(team) for team in game.codes]
            talking = [asyncio.create_task(talk(phone)) for phone in phones]
            await asyncio.sleep(0.5)  # The load before the signal.
            assert await server.stop() == 0
            accepted = await asyncio.gather(*talking)
            for phone in phones:
                assert await phone.close_code() == 1012
            saved = {(one.session, one.n) for one in read_journal(db)}
            for phone, numbers in zip(phones, accepted, strict=True):
                session = digest(phone.welcome["session"])
                lost = [n for n in numbers if (session, n) not in saved]
                assert not lost, f"accepted, but not saved: {lost} of {numbers[-1]}"
                assert phone.saved_seen[-1] == numbers[-1], "saved was not sent before the goodbye"
            await server.start()
            for phone, numbers in zip(phones, accepted, strict=True):
                again = await server.resume(phone.welcome["session"])
                assert again.welcome["applied"] == numbers[-1]
                await again.saved(numbers[-1])

    run(scenario())


@pytest.mark.slow
def test_a_start_with_a_snapshot_of_half_the_journal_is_a_start_without(db: Path) -> None:
    async def scenario() -> None:
        async with ServerProcess(db) as server:
            game = await seed(server, HUNT)
            ada = await game.join(next(iter(game.codes)))
            await ada.done("claim", location="pier", code="PIER")
            await ada.saved((await ada.done("say", text="hello"))["n"])
            await asyncio.to_thread(make, db, 1, is_checking=True)
            assert SnapshotFile(db).exists()
            last = await ada.done("say", text="and after the snapshot")
            await ada.saved(last["n"])
            for has_snapshot in (True, False):
                await server.kill()
                if not has_snapshot:
                    SnapshotFile(db).remove()
                await server.start()
                again = await server.resume(ada.welcome["session"])
                assert again.welcome["applied"] == last["n"]
                screen, gm = await server.watch("harbour"), await server.game_master("harbour")
                assert screen.welcome["leaderboard"] == leaderboard_of(read_journal(db), "harbour")
                words = [one["text"] for one in gm.welcome["messages"]]
                assert words == ["hello", "and after the snapshot"]
                told = re.findall(r"recovered \d+ records, (\d+) of them", server.log.read_text())
                assert (int(told[-1]) > 0) is has_snapshot
            assert await server.stop() == 0

    run(scenario())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--db", "nowhere/cairn.db"], "nowhere/cairn.db cannot be opened: No such file"),
        (["--host", "nowhere.invalid"], "cannot listen on 'nowhere.invalid'"),
    ],
)
def test_what_keeps_a_server_from_starting_is_named_in_a_sentence(
    db: Path, arguments: list[str], words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "--db", db, "--port", "0", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_second_server_on_the_same_file_refuses_to_start_and_says_why(db: Path) -> None:
    async def scenario() -> None:
        async with ServerProcess(db) as server:
            second = await start_process(db)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    assert await second.wait() == 1
            finally:
                with contextlib.suppress(ProcessLookupError):
                    second.kill()
            log = db.with_suffix(".log").read_text()
            assert "Another Cairn server uses this file" in log
            assert "--db" in log
            game = await seed(server, HUNT)
            await (await game.join("otters")).done("claim", location="pier", code="PIER")

    run(scenario())


# Recovery -----------------------------------------------------------------------------------


async def play_a_bit(game: Game) -> tuple[Client, Client]:
    """One of everything that a snapshot shows."""
    gm, ada, bob = game.gm, await game.join("otters"), await game.join("terns", "Bob")
    await ada.done("hint", location="pier", hint=0)
    await ada.done("claim", location="pier", code="PIER")
    await bob.ask("claim", location="pier", code="WRONG")
    await bob.done("claim", location="pier", code="PIER")
    await bob.done("claim", location="mill", code="MILL")
    await gm.done("announce", text="Hello", to=["Otters"])
    await gm.done("announce", text="Everybody", to="all", level="urgent")
    await gm.done("adjust", team="terns", points=4)
    await gm.done("freeze")
    await gm.done("void", team="otters", location="pier")
    await gm.done("close", location="light")
    last = await gm.done("pause")
    await gm.saved(last["n"])
    await gm.leaderboard(otters=-3, terns=10 + 5 + 10 + 5 + 4 - 1)
    return ada, bob


async def snapshots(server: Server, sessions: list[str], gm_session: str) -> list[Message]:
    """What everybody is shown who comes now, without what must differ."""
    clients = [await server.resume(session) for session in sessions]
    clients.append(await server.watch("harbour"))
    clients.append(await server.game_master("harbour", session=gm_session))
    welcomes = [client.welcome for client in clients]
    for welcome in welcomes:
        for line in welcome.get("teams", ()):
            del line["online"]
        del welcome["now"]
    await server.dismiss_clients()
    return welcomes


def test_a_restarted_server_shows_everybody_what_the_old_one_showed(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            sessions = [one.welcome["session"] for one in await play_a_bit(game)]
            gm_session = game.gm.welcome["session"]
            before = await snapshots(server, sessions, gm_session)
        async with InProcessServer(db) as server:
            after = await snapshots(server, sessions, gm_session)
            codes = (await (await server.game_master()).done("seed", plan=HUNT))["teams"]
        assert after == before
        assert {team["id"]: team["code"] for team in codes} == game.codes

    run(scenario())


# Failures of actors -------------------------------------------------------------------------


class Poison:
    """A message that no actor can handle."""


def actors_of(server: InProcessServer) -> dict[str, Ref]:
    entry = server.app.core.directory.hunts[HARBOUR]
    assert entry.hunt is not None
    assert entry.leaderboard is not None
    place = entry.locations[LocationId("pier")]
    team = entry.teams[TeamId("otters")]
    return {"team": team, "location": place, "leaderboard": entry.leaderboard, "hunt": entry.hunt}


@pytest.mark.parametrize("kind", ["team", "location", "leaderboard", "hunt"])
def test_a_failed_actor_is_rebuilt_from_the_journal_as_it_was(db: Path, kind: str) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            ada, bob = await play_a_bit(game)
            failed = actors_of(server)[kind]
            failed.tell(Poison())
            # What comes while it is being rebuilt waits for its successor.
            await game.gm.done("resume")
            await game.gm.done("restore", team="otters", location="pier")
            await ada.done("claim", location="mill", code="MILL")
            await game.gm.done("thaw")
            await bob.leaderboard(otters=10 + 10 + 5 - 3)
            assert actors_of(server)[kind] is not failed
            await check_against_journal(game, server, [ada, bob])

    run(scenario())


async def check_against_journal(game: Game, server: InProcessServer, players: list[Client]) -> None:
    """Live state is the fold of the journal; everybody is still connected."""
    last = await game.gm.done("announce", text="All is well.", to="all")
    await game.gm.saved(last["n"])
    for player in players:
        await player.take("announcement", lambda one: one["announcement"]["text"][-1] == ".")
        assert player.socket.close_code is None
    records, entry = read_journal(server.db), server.app.core.directory.hunts[HARBOUR]
    image = fold(records).hunts[HARBOUR].image
    assert {team: state_of(ref) for team, ref in entry.teams.items()} == image.teams
    assert {place: state_of(ref) for place, ref in entry.locations.items()} == image.locations
    assert state_of(actors_of(server)["hunt"]) == image.hunt
    shown = (await server.watch("harbour")).welcome["leaderboard"]
    assert shown == leaderboard_of(records, "harbour") == plain(image.board.rows(public=True))


def test_requests_around_failures_are_each_answered_once_and_in_order(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            ada, bob = await game.join("otters"), await game.join("terns", "Bob")
            for n in range(1, 31):
                await ada.send({"t": "say", "n": n, "text": str(n)})
                if n % 10 == 0:
                    actors_of(server)["team"].tell(Poison())
            answers = [await ada.take("accepted|refused") for _ in range(30)]
            assert [answer["n"] for answer in answers] == list(range(1, 31))
            assert {answer["t"] for answer in answers} == {"accepted"}
            await ada.saved(30)
            await check_against_journal(game, server, [ada, bob])

    run(scenario())


def test_the_fourth_failure_within_a_minute_quarantines_only_the_actor_that_fails(
    db: Path,
) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            ada, bob = await game.join("otters"), await game.join("terns", "Bob")
            for _ in range(4):
                actors_of(server)["team"].tell(Poison())
                await bob.done("say", text="I notice nothing.")
            health = await game.gm.take("health", lambda one: one["health"]["quarantined"])
            assert health["health"]["quarantined"] == ["harbour/team/otters"]
            assert health["health"]["status"] == "degraded"
            assert health["health"]["actor_failures"] == 4
            refused = await ada.ask("claim", location="pier", code="PIER")
            assert refused["reason"] == "internal"
            await bob.done("claim", location="pier", code="PIER")
            await bob.leaderboard(terns=15)

    run(scenario())


@pytest.mark.parametrize("failures", [1, 4])
def test_a_team_that_fails_during_its_claim_does_not_take_the_location_with_it(
    db: Path, failures: int
) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            ada, bob = await game.join("otters"), await game.join("terns", "Bob")
            for _ in range(failures - 1):
                actors_of(server)["team"].tell(Poison())
                await ada.done("say", text="Still here.")
            mailbox = mailbox_of(actors_of(server)["team"])
            mailbox.suspend()
            await ada.send({"t": "claim", "n": failures, "location": "pier", "code": "PIER"})
            await until(lambda: len(mailbox) == 1)
            actors_of(server)["team"].tell(Poison())
            # The claim is with the location when the team fails in the same turn.
            mailbox.resume()
            given = await ada.take("accepted|refused", n=failures)
            if failures == 1:  # What the location decided stands.
                assert given["t"] == "accepted"
            else:  # Nobody decided it, and the phone sends it again: to a team in quarantine.
                assert given["reason"] == "busy"
                await ada.send({"t": "claim", "n": failures, "location": "pier", "code": "PIER"})
                assert (await ada.take("refused", n=failures))["reason"] == "internal"
            await bob.done("claim", location="pier", code="PIER")
            await game.gm.take("health", lambda one: one["health"]["actor_failures"] == failures)
            if failures == 1:
                await check_against_journal(game, server, [ada, bob])

    run(scenario())


def test_a_phone_that_comes_back_before_its_claim_is_decided_hears_that_it_is_saved(
    db: Path,
) -> None:
    async def scenario() -> None:
        async with playing(db, HUNT) as (game, server):
            ada = await game.join("otters")
            requests: list[Message] = [
                {"t": "claim", "n": 1, "location": "pier", "code": "PIER"},
                {"t": "say", "n": 2, "text": "Found it!"},
            ]
            location_, team = actors_of(server)["location"], actors_of(server)["team"]
            mailbox_of(location_).suspend()
            for request in requests:
                await ada.send(request)
            await until(lambda: len(mailbox_of(team).owner._stash) == 1)  # type: ignore[union-attr]
            ada.vanish()
            again = await server.resume(ada.welcome["session"])
            assert again.welcome["applied"] == 0
            for request in requests:
                await again.send(request)
            await until(lambda: len(mailbox_of(team).owner._stash) == 3)  # type: ignore[union-attr]
            mailbox_of(location_).resume()
            for n in (1, 2):
                assert (await again.take("refused", n=n))["reason"] == "already_applied"
            # Nothing else is asked: what was decided for the lost connection counts for this one.
            await again.saved(2)

    run(scenario())
