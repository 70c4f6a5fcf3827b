import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from scripts.loadtest_line import Line, Lost, NoSuchServer, Target, target

LIMIT_S = 10.0
WELCOME = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """Writes down what its line says."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.opened = 0
        self.lost: asyncio.Future[Lost] = asyncio.get_running_loop().create_future()

    def on_open(self) -> None:
        self.opened += 1

    def on_text(self, data: bytes) -> None:
        self.texts.append(data)

    def on_lost(self, lost: Lost) -> None:
        self.lost.set_result(lost)


def talk(serve: Serve) -> Listener:
    """Connect to a server of one conversation, and listen until it is over."""

    async def scenario() -> Listener:
        async def serve_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(serve_once, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        listener = Listener()
        line = Line(Target("127.0.0.1", port, "127.0.0.1", "/ws", None), listener)
        async with asyncio.timeout(LIMIT_S):
            await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", port)
            await listener.lost
        server.close()
        await server.wait_closed()
        return listener

    return asyncio.run(scenario())


def test_messages_come_whole_however_they_were_cut_up() -> None:
    big = b"x" * 70_000
    frames = b"\x81\x02ab" + b"\x81\x7e\x01\x00" + b"y" * 256
    frames += b"\x81\x7f" + len(big).to_bytes(8, "big") + big
    frames += b"\x01\x01c" + b"\x89\x00" + b"\x00\x01d" + b"\x80\x01e"

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for at in range(0, len(WELCOME + frames), 997):
            writer.write((WELCOME + frames)[at : at + 997])
            await writer.drain()

    listener = talk(serve)
    assert listener.texts == [b"ab", b"y" * 256, big, b"cde"]
    assert listener.opened == 1
    assert listener.lost.result().code == 1006


def test_a_close_code_is_told_and_echoed_and_a_ping_is_answered() -> None:
    heard = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        writer.write(WELCOME + b"\x89\x02hi" + b"\x88\x02" + (4008).to_bytes(2, "big"))
        heard = await reader.readexactly(16)

    assert talk(serve).lost.result() == Lost(4008)
    assert heard == b"\x8a\x82\0\0\0\0hi" + b"\x88\x82\0\0\0\0" + (4008).to_bytes(2, "big")


def test_a_refused_handshake_tells_its_status() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\n\r\n")

    listener = talk(serve)
    assert listener.lost.result().http == 429
    assert listener.opened == 0


def test_an_address_is_looked_up_once_with_its_path_and_port() -> None:
    found = target("ws://127.0.0.1:8765")
    assert (found.host, found.port, found.path, found.tls) == ("127.0.0.1", 8765, "/ws", None)
    assert found.is_loopback
    secure = target("wss://127.0.0.1/hunt/ws")
    assert (secure.port, secure.path, secure.tls is not None) == (443, "/hunt/ws", True)
    assert not Target("192.0.2.1", 80, "hunt.example", "/ws", None).is_loopback


@pytest.mark.parametrize("server", ["127.0.0.1:8765", "http://127.0.0.1", "ws://", "ws://a:99999"])
def test_what_is_no_address_is_explained(server: str) -> None:
    with pytest.raises(NoSuchServer, match=r"address|looked up"):
        target(server)


def test_a_name_that_nobody_knows_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NoSuchServer, match="Name or service not known"):
        target("ws://nowhere.invalid")
