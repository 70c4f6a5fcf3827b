"""Clients that misbehave get the documented error; the server and the others do not notice."""

import json
import time
from pathlib import Path

import msgpack  # type: ignore[import-untyped]
import pytest

from server import connection
from server.guessing import CODES_BURST, Budget, Guesses
from server.protocol import FRAME_BYTES_MAX, JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL
from tests.domain.given import HUNT, OTTERS
from tests.integration.clients import Client, Message, run
from tests.integration.games import healthy_game, write_at_once


async def send_raw(client: Client, data: str | bytes) -> None:
    await client.socket.send(data)


async def closed_with(client: Client, name: str, code: int) -> str:
    """The server says why, then closes with the code of that name; returns its message."""
    error = await client.take("error")
    assert error["code"] == name
    assert await client.close_code() == code
    return str(error["message"])


# First messages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opening", "name", "code"),
    [
        ("not json", "malformed", 4500),
        ("[]", "malformed", 4500),
        ("{}", "malformed", 4500),
        ('{"t":"hello"}', "malformed", 4500),
        ('{"t":"join"}', "malformed", 4500),
        ('{"t":"join","code":5,"name":"Ada"}', "malformed", 4500),
        ('{"t":"claim","n":1,"location":"pier","code":"PIER"}', "malformed", 4500),
        ("[" * 8_000, "malformed", 4500),
        ('{"t":"join","code":"WRONGONE","name":"Ada"}', "unknown_code", 4501),
        ('{"t":"join","session":"0123456789abcdef"}', "unknown_session", 4502),
        ('{"t":"gm","token":"guess"}', "not_authorised", 4503),
        ('{"t":"watch","hunt":"nowhere"}', "unknown_hunt", 4504),
        (b"\x81\xa1t\xa4join", "unsupported", 4508),
    ],
)
def test_a_first_message_that_cannot_be_is_answered_with_its_close_code(
    db: Path, opening: str | bytes, name: str, code: int
) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (_, server, _healthy):
            client = await server.connect()
            await send_raw(client, opening)
            await closed_with(client, name, code)

    run(scenario())


def test_a_game_master_who_asks_for_a_hunt_that_is_not_there_is_told_so(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (_game, server, _):
            client = await server.connect()
            opening = {"t": "gm", "token": "integration-token-0123456789", "hunt": "nowhere"}
            await client.send(opening)
            await closed_with(client, "unknown_hunt", 4504)

    run(scenario())


def test_who_says_nothing_is_closed_after_the_deadline(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "FIRST_MESSAGE_S", 0.5)

    async def scenario() -> None:
        async with healthy_game(db) as (game, server, _):
            silent = await server.connect()
            player = await game.join("otters")
            await closed_with(silent, "auth_timeout", 4506)
            await player.done("say", text="I said who I am in time.")

    run(scenario())


def test_a_hundred_wrong_codes_keep_nobody_out(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, healthy):
            for _ in range(100):
                guess = await server.connect()
                await guess.send({"t": "join", "code": "WRONGONE", "name": "Eve"})
                await closed_with(guess, "unknown_code", 4501)
            assert (await game.join("otters")).welcome["you"]["name"] == "Ada"
            await healthy.plays_on()

    run(scenario())


def test_an_address_that_used_up_its_budget_is_asked_to_wait_and_no_longer(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, healthy):
            access, budget = server.app.core.access, Budget(CODES_BURST, 0.5)
            access.code_guesses = Guesses(budget, budget, budget)
            for _ in range(CODES_BURST):
                access.note_wrong_code("WRONGONE", "127.0.0.1", time.time())
            late = await server.connect()
            await late.send({"t": "join", "code": game.codes["otters"], "name": "Ada"})
            assert "seconds" in await closed_with(late, "too_many_tries", 4029)
            await healthy.plays_on()
            health = server.app.core.health.look()
            assert (health.failed_tries, len(health.alerts)) == (CODES_BURST, 1)
            await server.join(access.codes.long(HUNT, OTTERS), "Bob")
            answers = ["error"]
            while answers[-1] == "error":  # No lock-out: soon one of the tries is looked up.
                again = await server.connect()
                await again.send({"t": "join", "code": game.codes["otters"], "name": "Ada"})
                answers.append((await again.take("welcome|error"))["t"])
            assert answers[-1] == "welcome"

    run(scenario())


def test_requests_sent_before_the_welcome_wait_for_it(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, _):
            client = await server.connect()
            opening = {"t": "join", "code": game.codes["otters"], "name": "Ada"}
            says = [{"t": "say", "n": n, "text": str(n)} for n in range(1, 11)]
            write_at_once(client, [opening, *says])
            await client.take("welcome")
            answers = [await client.take("accepted|refused") for _ in says]
            assert [(one["t"], one["n"]) for one in answers] == [
                ("accepted", n) for n in range(1, 11)
            ]
            hasty = await server.connect()
            write_at_once(hasty, [opening, *({"t": "say", "n": 1, "text": "?"} for _ in range(17))])
            await closed_with(hasty, "malformed", 4500)

    run(scenario())


# Requests -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        {"t": "dance", "n": 1},
        {"t": "claim", "n": 1},
        {"t": "claim", "n": 1, "location": 5},
        {"t": "claim", "n": 1, "location": "pier", "position": {"lat": "x", "lon": 1}},
        {"t": "say", "n": 1, "text": "x" * 5_000},
        {"t": "hint", "n": 1, "location": "pier", "hint": -1},
    ],
)
def test_a_numbered_request_that_cannot_be_read_is_refused_and_the_next_is_fine(
    db: Path, request_: Message
) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, _):
            for subprotocol in (JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL):
                opening = {"t": "join", "code": game.codes["otters"], "name": "Ada"}
                ada = await server.open(opening, subprotocol)
                await ada.send(request_)
                refused = await ada.take("refused", n=1)
                assert refused["reason"] == "malformed"
                await ada.send({"t": "say", "n": 2, "text": "Better?"})
                await ada.take("accepted", n=2)
                await ada.saved(2)

    run(scenario())


@pytest.mark.parametrize("n", [0, -1, 2**53, 1.5, "1", None, True])
def test_a_request_without_a_usable_number_ends_the_connection(db: Path, n: object) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, _server, _):
            ada = await game.join("otters")
            await ada.send({"t": "say", "n": n, "text": "?"})
            await closed_with(ada, "malformed", 4500)

    run(scenario())


BOMBS = {
    "nested arrays": b"\x91" * 8_000,
    "nested maps": b"\x81\xa1t" * 3_000,
    "an array of four billion": b"\xdd\xff\xff\xff\xff",
    "a map of four billion": b"\xdf\xff\xff\xff\xff",
    "many headers": b"\xdc\xff\xff" * 3_000,
    "a string of four billion": b"\xdb\xff\xff\xff\xff",
    "binary": msgpack.packb({"t": "say", "n": 1, "text": b"x"}),
    "an extension": msgpack.packb({"t": "say", "n": 1, "text": msgpack.ExtType(5, b"x")}),
    "a timestamp": msgpack.packb({"t": "say", "n": 1, "text": msgpack.Timestamp(1)}),
    "integer keys": msgpack.packb({1: 2}),
    "two values": msgpack.packb({"t": "say"}) * 2,
    "nothing": b"",
    "a number that is none": msgpack.packb({"t": "position", "lat": float("nan"), "lon": 0.0}),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_msgpack_bomb_ends_its_own_connection_only(db: Path, bomb: bytes) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, _):
            opening = {"t": "join", "code": game.codes["otters"], "name": "Ada"}
            joined = await server.open(opening, MSGPACK_SUBPROTOCOL)
            stranger = await server.connect(MSGPACK_SUBPROTOCOL)
            for client in (joined, stranger):
                await send_raw(client, bomb)
            assert await stranger.close_code() == 4500
            if (answer := await joined.take("refused|error"))["t"] == "refused":
                assert (answer["n"], answer["reason"]) == (1, "malformed")
            else:
                assert await joined.close_code() == 4500

    run(scenario())


def test_text_on_the_msgpack_subprotocol_is_not_understood(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (_game, server, _):
            client = await server.connect(MSGPACK_SUBPROTOCOL)
            await send_raw(client, '{"t":"watch","hunt":"harbour"}')
            assert "binary" in await closed_with(client, "unsupported", 4508)

    run(scenario())


@pytest.mark.parametrize("size", [FRAME_BYTES_MAX + 1, 1_000_000])
def test_a_frame_that_is_too_big_is_not_even_read(db: Path, size: int) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, _server, _):
            ada = await game.join("otters")
            await send_raw(ada, "x" * size)
            assert await ada.close_code() == 1009

    run(scenario())


def test_a_message_may_come_in_fragments(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, _server, _):
            ada = await game.join("otters")
            text = json.dumps({"t": "claim", "n": 1, "location": "pier", "code": "PIER"})
            await ada.socket.send(list(text))
            await ada.take("accepted", n=1)
            big = json.dumps({"t": "say", "n": 2, "text": "x" * FRAME_BYTES_MAX})
            await ada.socket.send([big[at : at + 1_000] for at in range(0, len(big), 1_000)])
            assert await ada.close_code() == 1009

    run(scenario())
