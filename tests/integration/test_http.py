"""Plain HTTP on the same port: a fixed table of pages, and nothing else."""

import asyncio
import gzip
import json
import random
import socket
from pathlib import Path

import pytest

from server import connection, gateway
from server.tiles import OSM_TILES
from server.web_files import FILE_BYTES_MAX, web_file, web_files
from tests.integration.clients import PATIENCE_S, Message, run
from tests.integration.harness import InProcessServer
from tests.integration.raw_http import exchange, request
from tests.integration.states import until


async def fetch(server: InProcessServer, request: str) -> tuple[int, Message, bytes]:
    """Send a request line as it is; the status, the headers, the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{request} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE_S):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), {name.lower(): text for name, text in headers.items()}, body


def ask(db: Path, request: str) -> tuple[int, Message, bytes]:
    async def scenario() -> tuple[int, Message, bytes]:
        async with InProcessServer(db) as server:
            return await fetch(server, request)

    return run(scenario())


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/healthz", "application/json"), ("/healthz?x=1", "application/json")],
)
def test_pages_are_served_and_head_is_the_same_without_the_body(
    db: Path, path: str, kind: str
) -> None:
    status, headers, body = ask(db, f"GET {path}")
    assert status == 200
    assert headers["content-type"].startswith(kind)
    assert int(headers["content-length"]) == len(body) > 0
    status, headers, body = ask(db, f"HEAD {path}")
    assert status == 200
    assert body == b""
    assert int(headers["content-length"]) > 0


def test_health_says_ok_and_how_much_waits_for_the_disk(db: Path) -> None:
    _, _, body = ask(db, "GET /healthz")
    health = json.loads(body)
    assert health["status"] == "ok"
    assert health["journal_pending"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "//evil",
        "//evil.example/..",
        "/%2e%2e/etc/passwd",
        "/../etc/passwd",
        "/%2f",
        "/.git/config",
        "/ws/",
        "/sw.js/",
        "http://evil.example/",
        "/\\..\\x",
    ],
)
def test_whatever_is_not_in_the_table_is_not_there(db: Path, path: str) -> None:
    status, headers, body = ask(db, f"GET {path}")
    assert status == 404
    assert "location" not in headers, "nobody is sent anywhere else"
    assert b"evil" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_only_get_and_head_are_answered(db: Path, method: str) -> None:
    status, headers, _ = ask(db, f"{method} /")
    assert status == 405
    assert headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("request_line", ["GET /", "GET /healthz", "GET /nothing", "POST /"])
def test_every_answer_carries_the_security_headers(db: Path, request_line: str) -> None:
    _, headers, _ = ask(db, request_line)
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_a_plain_get_of_the_websocket_address_is_told_to_upgrade(db: Path) -> None:
    status, _, _ = ask(db, "GET /ws")
    assert status == 426


# Files --------------------------------------------------------------------------------------


def test_every_file_of_the_table_comes_whole_plain_and_packed(db: Path) -> None:
    async def scenario() -> None:
        async with InProcessServer(db) as server:
            for path, file in web_files(OSM_TILES).items():
                line = f"GET {path} HTTP/1.1"
                plain = await exchange(server.port, request(line))
                assert (plain.status, plain.body) == (200, file.plain.body)
                asked = request(line, "Accept-Encoding: gzip, deflate, br, zstd")
                packed = await exchange(server.port, asked)
                is_packed = packed.headers.get("content-encoding") == "gzip"
                assert is_packed == (file.zipped is not None)
                body = gzip.decompress(packed.body) if is_packed else packed.body
                assert body == file.plain.body
                kept = request(line, f"If-None-Match: {plain.headers['etag']}")
                assert (await exchange(server.port, kept)).status == 304

    run(scenario())


class LateReader:
    """Asks for a file of the largest size, takes a byte, and reads on only when asked to."""

    def __init__(self, server: InProcessServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        self._socket.setblocking(False)

    async def ask(self, path: str) -> None:
        await self._loop.sock_connect(self._socket, ("127.0.0.1", self._server.port))
        await self._loop.sock_sendall(self._socket, request(f"GET {path} HTTP/1.1"))
        await self._loop.sock_recv(self._socket, 1)

    async def server_lets_go(self) -> None:
        endings = self._server.app._gateway.connections.endings
        await until(lambda: len(endings) == 0)

    async def rest(self) -> bytes:
        answer = bytearray()
        with self._socket:
            while data := await self._loop.sock_recv(self._socket, 65_536):
                answer += data
        return bytes(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    ("send_buffer", "is_whole"), [(gateway.SEND_BUFFER_BYTES, True), (2_048, False)]
)
def test_who_reads_late_gets_what_the_kernel_took_and_holds_nothing_in_the_server(
    db: Path, monkeypatch: pytest.MonkeyPatch, send_buffer: int, is_whole: bool
) -> None:
    """With the buffer that the server asks for, that is the whole of the largest file."""
    monkeypatch.setattr(gateway, "SEND_BUFFER_BYTES", send_buffer)
    monkeypatch.setattr(connection, "CLOSE_S", 0.05)
    body = random.Random(1).randbytes(FILE_BYTES_MAX)

    async def scenario() -> bytes:
        async with InProcessServer(db) as server:
            server.app._gateway.entrance.pages.files = {"/big.png": web_file("/big.png", body)}
            phone = LateReader(server)
            await phone.ask("/big.png")
            await phone.server_lets_go()
            return await phone.rest()

    read = run(scenario())
    assert body.startswith(read)
    assert (read == body) == is_whole
