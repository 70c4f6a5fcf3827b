"""Plain HTTP on the same port: a fixed table of pages, and nothing else."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.integration.clients import PATIENCE_S, Message, run
from tests.integration.harness import InProcessServer


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
        "/style.css/",
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
