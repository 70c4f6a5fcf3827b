"""Requests as no browser sends them, and the headers that every answer must carry all the same."""

import asyncio
import ssl
from collections.abc import Iterator
from typing import NamedTuple

from tests.integration.clients import PATIENCE_S

SNAPSHOT = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob: https://tile.openstreetmap.org; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": (
        "geolocation=(self), camera=(self), screen-wake-lock=(self), fullscreen=(self)"
    ),
}
"""The headers, letter by letter: whoever changes them changes this, and says why."""

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)


class Answer(NamedTuple):
    """What came back; status 0 when the connection was closed without a word."""

    status: int
    headers: dict[str, str]
    body: bytes


class Try(NamedTuple):
    """One request, and the statuses that are right for it."""

    name: str
    data: bytes
    allowed: tuple[int, ...]


async def exchange(port: int, data: bytes, tls: ssl.SSLContext | None = None) -> Answer:
    """Send bytes; what comes back until the server closes, or has switched protocols."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    writer.write(data)
    async with asyncio.timeout(PATIENCE_S):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            body = b"" if status == 101 else await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            head, status, body = b"", 0, b""
    writer.transport.abort()
    lines = head.decode("latin-1").split("\r\n")[1:]
    fields = (line.partition(": ") for line in lines if line)
    return Answer(status, {name.lower(): value for name, _, value in fields}, body)


def request(line: str, *headers: str, host: str = "localhost") -> bytes:
    """A request with these header lines, each without its end."""
    more = "".join(f"{header}\r\n" for header in headers)
    return f"{line}\r\nHost: {host}\r\n{more}\r\n".encode("latin-1")


def handshake(*headers: str, host: str = "localhost", path: str = "/ws") -> bytes:
    """A websocket handshake with further header lines."""
    more = "".join(f"{header}\r\n" for header in headers)
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{UPGRADE}{more}\r\n".encode("latin-1")


ROUTES = (
    *(
        "/",
        "/gm",
        "/screen",
        "/healthz",
        "/readyz",
        "/metrics",
        "/settings.json",
        "/sw.js",
        "/manifest.webmanifest",
    ),
    *("/icon.svg", "/icon-192.png", "/web/common/base.css", "/web/leaflet/leaflet.js"),
)
"""One path of every kind."""

HOSTILE_PATHS = [
    *("/nothing", "/../", "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/cairn.db"),
    *("//evil", "//evil.example/..", "/\\..\\x", "/%00", "/.git/config", "/cairn.db", "/ws/"),
    *("/sw.js/", "/SW.JS", "/./sw.js", "http://evil.example/", "https://evil.example"),
    *("/web", "/web/", "/web/../pages.py", "/web/common/", "/web/common/%2e%2e/icon.svg"),
    *("/web/common/base.css/..", "/web\\common\\base.css", "/web//common/base.css", "/GM", "/gm/"),
    *("*", "?", "#", "evil", "/healthz%20", "/healthz/", "/%68ealthz", "/server/pages.py"),
    *("/;/healthz", "/ws%2f", "/\x00", "/\x7f", "/" + "a" * 3_000, "/<script>alert(1)</script>"),
    *("/cairn.db.key", "/cairn.db-wal", "/export/", "/gm/?token=x"),
    *("/metrics/", "/METRICS", "/%6detrics", "/readyz/", "/metrics.json"),
]
"""Paths of which none is a page."""


def tries() -> Iterator[Try]:
    """Every route, every error, and what a request should not be."""
    for path in ROUTES:
        for method in ("GET", "HEAD"):
            yield Try(f"{method} {path}", request(f"{method} {path} HTTP/1.1"), (200,))
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "X" * 200):
            yield Try(f"{method} {path}", request(f"{method} {path} HTTP/1.1"), (405,))
    for path in HOSTILE_PATHS:
        yield Try(f"GET {path[:40]}", request(f"GET {path} HTTP/1.1"), (404,))
    for header in ("X-Forwarded-For: 127.0.0.1", "Via: 1.1 evil", "Forwarded: for=evil"):
        through = request("GET /metrics HTTP/1.1", header)
        yield Try(f"metrics through a proxy, {header}", through, (404,))
    renamed = request("GET /metrics HTTP/1.1", host="evil.example")
    yield Try("metrics under another name", renamed, (404,))
    yield Try("a query", request("GET /gm?token=evil HTTP/1.1"), (200,))
    names = request("GET /sw.js HTTP/1.1", "If-None-Match: evil", 'If-None-Match: "*')
    yield Try("names that are none", names, (200,))
    codings = request("GET /sw.js HTTP/1.1", "Accept-Encoding: evil;q=evil,,;", "Range: bytes=0-")
    yield Try("codings that are none", codings, (200,))
    yield Try("old HTTP", request("GET / HTTP/1.0"), (200,))
    yield Try("not ASCII", request("GET /\xff HTTP/1.1"), (0,))
    yield Try("a space", request("GET /a b HTTP/1.1"), (0,))
    yield Try("a long line", request("GET /" + "a" * 5_000 + " HTTP/1.1"), (414,))
    yield Try("a long header", request("GET / HTTP/1.1", "X: " + "a" * 5_000), (431,))
    yield Try("many headers", request("GET / HTTP/1.1", *["X: a"] * 40), (431,))
    yield Try("a body", request("POST / HTTP/1.1", "Content-Length: 5") + b"hello", (0,))
    chunked = request("POST / HTTP/1.1", "Transfer-Encoding: chunked") + b"0\r\n\r\n"
    yield Try("chunks", chunked, (0,))
    both = request("GET / HTTP/1.1", "Content-Length: 0", "Transfer-Encoding: chunked")
    yield Try("smuggling", both, (0,))
    yield Try("folded header", request("GET / HTTP/1.1", "X: a\r\n b"), (0,))
    yield Try("a NUL in a header", request("GET / HTTP/1.1", "X: a\x00b"), (0,))
    yield Try("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", (0,))
    yield from handshakes()


def handshakes() -> Iterator[Try]:
    """Good and bad ones."""
    yield Try("a handshake", handshake(), (101,))
    yield Try("one of its own page", handshake("Origin: http://localhost"), (101,))
    yield Try("one over a proxy", handshake("Origin: https://localhost"), (101,))
    for origin in ("null", "https://localhost.evil", "https://evil.example", "http://localhost:81"):
        yield Try(f"a page of {origin}", handshake(f"Origin: {origin}"), (403,))
    two = handshake("Origin: http://localhost", "Origin: http://evil.example")
    yield Try("two origins", two, (403,))
    yield Try("no upgrade", request("GET /ws HTTP/1.1"), (426,))
    yield Try("by POST", handshake().replace(b"GET", b"POST"), (405,))
    yield Try("old HTTP, upgrade", handshake().replace(b"HTTP/1.1", b"HTTP/1.0"), (505,))
    yield Try("a short key", handshake().replace(b"MDEy", b""), (400,))
    yield Try("another version", handshake().replace(b"Version: 13", b"Version: 8"), (400,))
    yield Try("another protocol", handshake().replace(b"websocket", b"h2c"), (426,))


def wrong_with(one: Try, answer: Answer, more: dict[str, str] | None = None) -> list[str]:
    """What of an answer is not as it must be, in words."""
    wrong = []
    if answer.status not in one.allowed:
        wrong.append(f"{one.name}: expected {one.allowed}, found {answer.status}")
    if answer.status == 0:
        return wrong
    for name, value in {**SNAPSHOT, **(more or {})}.items():
        if answer.headers.get(name) != value:
            wrong.append(f"{one.name}: {name} is {answer.headers.get(name)!r}")
    if "server" in answer.headers:
        wrong.append(f"{one.name}: says which software it is")
    if "location" in answer.headers:
        wrong.append(f"{one.name}: sends people elsewhere")
    if b"evil" in answer.body or b"alert(1)" in answer.body:
        wrong.append(f"{one.name}: hands back what came")
    if answer.status == 101 and "sec-websocket-extensions" in answer.headers:
        wrong.append(f"{one.name}: agreed to an extension")
    return wrong


async def http_violations(port: int, tls: ssl.SSLContext | None = None, **more: str) -> list[str]:
    """Try everything; what was wrong."""
    found = []
    for one in tries():
        found += wrong_with(one, await exchange(port, one.data, tls), more)
    return found
