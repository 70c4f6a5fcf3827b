import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from server.client_line import Line, LineClosed, Unreachable
from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, decode_map, encode_map

LIMIT_S = 10.0


def with_server(
    play: Callable[[ServerConnection], Awaitable[None]],
    scenario: Callable[[str], Awaitable[None]],
    *subprotocols: str,
) -> None:
    async def bounded() -> None:
        names = [Subprotocol(name) for name in subprotocols or (JSON_SUBPROTOCOL,)]
        async with (
            asyncio.timeout(LIMIT_S),
            serve(play, "127.0.0.1", 0, subprotocols=names) as server,
        ):
            port = next(iter(server.sockets)).getsockname()[1]
            await scenario(f"ws://127.0.0.1:{port}/ws")

    asyncio.run(bounded())


@pytest.mark.parametrize("subprotocol", [JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL])
def test_maps_go_both_ways_in_the_chosen_encoding(subprotocol: str) -> None:
    async def play(peer: ServerConnection) -> None:
        async for data in peer:
            message = decode_map(subprotocol, data)
            await peer.send(encode_map(subprotocol, {"t": "echo", "of": message}))

    async def scenario(url: str) -> None:
        line = await Line.open(url, subprotocol, {"t": "watch", "hunt": "häfen"})
        assert await line.receive() == {"t": "echo", "of": {"t": "watch", "hunt": "häfen"}}
        await line.send({"t": "say", "n": 1})
        assert await line.receive_greeting() == {"t": "echo", "of": {"t": "say", "n": 1}}
        line.cut()

    with_server(play, scenario, subprotocol)


def test_the_close_code_is_told() -> None:
    async def play(peer: ServerConnection) -> None:
        await peer.recv()
        await peer.close(4505, "taken_over")

    async def scenario(url: str) -> None:
        line = await Line.open(url, JSON_SUBPROTOCOL, {"t": "watch"})
        with pytest.raises(LineClosed) as caught:
            await line.receive()
        assert caught.value.code == 4505

    with_server(play, scenario)


def test_a_connection_that_breaks_has_code_1006() -> None:
    async def play(peer: ServerConnection) -> None:
        await peer.recv()
        peer.transport.abort()

    async def scenario(url: str) -> None:
        line = await Line.open(url, JSON_SUBPROTOCOL, {"t": "watch"})
        with pytest.raises(LineClosed) as caught:
            await line.receive()
        assert caught.value.code == 1006

    with_server(play, scenario)


@pytest.mark.parametrize("data", ["[1, 2]", "{", b"\x00"])
def test_what_is_not_the_protocol_is_unreachable(data: str | bytes) -> None:
    async def play(peer: ServerConnection) -> None:
        await peer.send(data)
        await peer.wait_closed()

    async def scenario(url: str) -> None:
        line = await Line.open(url, JSON_SUBPROTOCOL, {"t": "watch"})
        with pytest.raises(Unreachable, match=r"does not speak cairn\.v1\.json"):
            await line.receive()
        line.cut()

    with_server(play, scenario)


def test_a_server_that_greets_nobody_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.client_line.GREETING_S", 0.05)

    async def play(peer: ServerConnection) -> None:
        await peer.wait_closed()

    async def scenario(url: str) -> None:
        line = await Line.open(url, JSON_SUBPROTOCOL, {"t": "watch"})
        with pytest.raises(Unreachable, match="said nothing"):
            await line.receive_greeting()
        line.cut()

    with_server(play, scenario)


def test_nobody_there_is_unreachable() -> None:
    async def scenario() -> None:
        with pytest.raises(Unreachable, match="cannot reach"):
            await Line.open("ws://127.0.0.1:9/ws", JSON_SUBPROTOCOL, {"t": "watch"})

    asyncio.run(scenario())
