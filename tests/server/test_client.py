import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from server.app import App
from server.client import CannotConnect, Client, ClientClosed, game_master, join, resume, watch
from server.close_codes import CloseCode
from server.config import Config
from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL

T = TypeVar("T")
Message = dict[str, Any]

TOKEN = "client-test-token-0123456789"
LIMIT_S = 30.0
PLAN = {
    "version": 1,
    "hunt": "harbour",
    "title": "Harbour Lights",
    "teams": {"names": ["Otters", "Terns"]},
    "locations": [
        {"id": f"place-{number}", "name": f"Place {number}", "code": "LUMEN", "points": 10}
        for number in range(1, 201)
    ],
}


def run(scenario: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(LIMIT_S):
            return await scenario

    return uvloop.run(bounded())


class Server:
    """A real server that can be stopped and started again on its port."""

    def __init__(self, db: Path) -> None:
        self._db = db
        self.port = 0
        self.codes: list[str] = []

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._app = App(Config("127.0.0.1", self.port, self._db, None, 1_000, "warning", TOKEN))
        self.port = await self._app.start()

    async def stop(self) -> None:
        await self._app.stop()

    async def seed(self, *, replace: bool = False) -> None:
        async with Client(self.url, game_master(TOKEN)) as staff:
            seeded = await staff.request({"t": "seed", "plan": PLAN, "replace": replace})
            self.codes = [team["code"] for team in seeded["teams"]]
            await staff.request({"t": "start", "hunt": "harbour"})

    def player(self, **options: Any) -> Client:
        return Client(self.url, join(self.codes[0], "Ada"), rng=random.Random(1), **options)


@asynccontextmanager
async def running(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path / "cairn.db")
    await server.start()
    try:
        await server.seed()
        yield server
    finally:
        await server.stop()


def claim(number: int, code: str = "lumen") -> Message:
    return {"t": "claim", "location": f"place-{number}", "code": code}


async def push_of(client: Client, kind: str) -> Message:
    async for push in client.pushes():
        if push["t"] == kind:
            return push
    raise AssertionError(f"the client ended before a {kind}")


@pytest.mark.parametrize("subprotocol", [JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL])
def test_a_request_is_answered_and_saved_in_both_encodings(
    tmp_path: Path, subprotocol: str
) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server, server.player(subprotocol=subprotocol) as ada:
            assert ada.welcome["you"]["name"] == "Ada"
            answer = await ada.request(claim(1))
            assert (answer["t"], answer["n"], answer["points"]) == ("accepted", 1, 10)
            await ada.saved(1)
            assert ada.unsaved == 0
            wrong = await ada.request(claim(2, "wrong"))
            assert wrong["reason"] == "wrong_code"

    run(scenario())


def test_saved_without_a_number_waits_for_everything_so_far(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server, server.player() as ada:
            await ada.saved()
            for number in range(1, 101):
                ada.submit(claim(number))
            await ada.saved()
            assert ada.unsaved == 0
            assert (await ada.answer(100))["score"] == 1_000

    run(scenario())


def test_a_cut_connection_loses_and_repeats_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server, server.player() as ada:
            numbers = []
            for number in range(1, 151):
                numbers.append(ada.submit(claim(number)))
                if number % 50 == 0:
                    ada.drop_connection()
                await asyncio.sleep(0)
            await ada.saved()
            answers = [await ada.answer(n) for n in numbers]
            assert ada.connections >= 2
            lost = [one for one in answers if one["t"] != "accepted"]
            assert all(one["reason"] == "already_applied" for one in lost)
            assert (await ada.request(claim(151)))["score"] == 1_510

    run(scenario())


def test_a_client_outlives_a_restart_of_the_server_and_sends_what_is_missing(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server, server.player() as ada:
            await ada.saved((await ada.request(claim(1)))["n"])
            session = ada.welcome["session"]
            await server.stop()
            pending = ada.submit(claim(2))
            await server.start()
            assert (await ada.answer(pending))["score"] == 20
            assert (ada.welcome["session"], ada.connections) == (session, 2)

    run(scenario())


def test_a_session_can_be_continued_by_another_client(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server:
            async with server.player() as ada:
                await ada.request(claim(1))
                session = ada.welcome["session"]
            async with Client(server.url, resume(session)) as again:
                assert again.welcome["applied"] == 1
                assert (await again.request(claim(2)))["n"] == 2

    run(scenario())


def test_a_client_whose_session_was_taken_over_ends_and_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            running(tmp_path) as server,
            server.player() as ada,
            Client(server.url, resume(ada.welcome["session"])),
        ):
            async for _ in ada.pushes():
                pass
            assert ada.closed is not None
            assert ada.closed.code == CloseCode.TAKEN_OVER
            with pytest.raises(ClientClosed, match="another connection"):
                ada.submit(claim(1))

    run(scenario())


def test_a_replaced_hunt_is_joined_afresh_and_old_requests_fail(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server, server.player() as ada:
            await ada.request(claim(1))
            forgotten = asyncio.create_task(ada.saved(50))
            await server.seed(replace=True)
            with pytest.raises(ClientClosed, match="set up anew"):
                await forgotten
            answer = await ada.request(claim(1))
            assert (answer["n"], answer["score"]) == (1, 10)

    run(scenario())


def test_pushes_come_in_order_and_positions_go_out_without_an_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            running(tmp_path) as server,
            Client(server.url, game_master(TOKEN)) as staff,
            Client(server.url, watch("harbour")) as screen,
            server.player() as ada,
        ):
            ada.send({"t": "position", "lat": 57.7, "lon": 11.9, "accuracy": 5.0})
            await ada.request({"t": "say", "text": "We are here."})
            await staff.request({"t": "announce", "text": "Ten more minutes", "to": "all"})
            for client in (ada, screen):
                told = await push_of(client, "announcement")
                assert told["announcement"]["text"] == "Ten more minutes"
            await staff.saved()

    run(scenario())


def test_a_game_masters_session_is_continued_after_a_cut(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server, Client(server.url, game_master(TOKEN)) as staff:
            await staff.request({"t": "announce", "text": "One", "to": "all"})
            session = staff.welcome["session"]
            staff.drop_connection()
            answer = await staff.request({"t": "announce", "text": "Two", "to": "all"})
            assert answer["n"] == 2
            assert (staff.welcome["session"], staff.connections) == (session, 2)
            await staff.saved()

    run(scenario())


def test_a_wrong_code_is_said_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server:
            with pytest.raises(CannotConnect, match="No team has this code") as caught:
                await Client(server.url, join("WRONG", "Ada")).start()
            assert caught.value.code == CloseCode.UNKNOWN_CODE

    run(scenario())


def test_an_absent_server_is_said_at_once() -> None:
    async def scenario() -> None:
        with pytest.raises(CannotConnect, match="cannot reach ws://127"):
            await Client("ws://127.0.0.1:9", join("K7QX3M2P", "Ada")).start()

    run(scenario())


def test_closing_the_client_ends_everything_that_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path) as server:
            ada = server.player()
            await ada.start()
            await server.stop()
            waiting = asyncio.create_task(ada.request(claim(1)))
            await asyncio.sleep(0)
            await ada.close()
            with pytest.raises(ClientClosed, match="was closed"):
                await waiting
            await server.start()

    run(scenario())


def test_a_failing_push_callback_ends_the_client_and_is_not_hidden(tmp_path: Path) -> None:
    def stumble(push: Message) -> None:
        if push["t"] != "welcome":
            raise ValueError("no idea what to do with this")

    async def scenario() -> None:
        async with running(tmp_path) as server, Client(server.url, game_master(TOKEN)) as staff:
            ada = server.player(on_push=stumble)
            await ada.start()
            await staff.request({"t": "announce", "text": "Boo", "to": "all"})
            with pytest.raises(ClientClosed, match="no idea"):
                await ada.saved(1)
            with pytest.raises(ValueError, match="no idea"):
                await ada.close()

    run(scenario())
