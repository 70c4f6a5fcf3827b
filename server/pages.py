"""What the server answers to plain HTTP: a fixed table, built at start. Never a path to a file."""

import json
from collections.abc import Callable
from http import HTTPStatus

import msgspec
from websockets.datastructures import Headers
from websockets.http11 import Response

from server import __version__
from server.health import Health
from server.tls import HSTS

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self)",
}

HOME = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn</title>
<link rel="stylesheet" href="/style.css">
<main>
<h1>Cairn</h1>
<p class="lead">A server for live treasure hunts is running here.</p>
<p>Teams join over a websocket at <code>/ws</code>, with the code on their card. Game masters
connect to the same address with their token.</p>
<dl>
<dt>Endpoint</dt><dd><code>/ws</code>, subprotocols <code>cairn.v1.json</code> and
<code>cairn.v1.msgpack</code></dd>
<dt>Health</dt><dd><a href="/healthz">/healthz</a></dd>
<dt>Version</dt><dd>{__version__}</dd>
</dl>
<p class="small">The first message of a player:
<code>{{"t":"join","code":"K7QX3M2P","name":"Ada"}}</code></p>
</main>
</html>
"""

STYLE = """:root { color-scheme: light dark; }
body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; }
h1 { font-size: 3rem; letter-spacing: -0.02em; margin: 0; }
.lead { font-size: 1.4rem; margin-top: 0.25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.4rem 1.5rem; margin: 2rem 0; }
dt { font-weight: 600; }
dd { margin: 0; }
code { font-size: 0.92em; overflow-wrap: anywhere; }
.small { font-size: 0.95rem; opacity: 0.8; }
"""


REFUSALS = {
    HTTPStatus.FORBIDDEN: "Pages of this origin may not connect; see --origins.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Only GET and HEAD.",
    HTTPStatus.NOT_FOUND: "There is no page at this address.",
    HTTPStatus.TOO_MANY_REQUESTS: "Your address has too many connections; close some.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "This address is too long.",
    HTTPStatus.UPGRADE_REQUIRED: "This address is for websockets; open / with a browser.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "Too many headers, or too long ones.",
    HTTPStatus.SERVICE_UNAVAILABLE: "All connections are taken; try again soon.",
}
"""What each refusal says: never anything that came with the request."""

RETRY_AFTER_S = 5
"""Seconds after which a refused handshake may do better."""


class Pages:
    """The table of pages."""

    def __init__(self, look: Callable[[], Health], is_tls: bool = False) -> None:
        """`look` gives the health; `is_tls` says that every answer goes out encrypted."""
        self._look = look
        self._headers = SECURITY_HEADERS | ({"Strict-Transport-Security": HSTS} if is_tls else {})
        self._fixed = {
            "/": ("text/html; charset=utf-8", HOME.encode()),
            "/style.css": ("text/css; charset=utf-8", STYLE.encode()),
        }

    def respond(self, method: str, path: str) -> Response:
        """The answer to a request; the path is looked up as it came, never decoded."""
        if method not in ("GET", "HEAD"):
            return self.refuse(HTTPStatus.METHOD_NOT_ALLOWED)
        if path == "/healthz":
            return self._health(method)
        page = self._fixed.get(path)
        if page is None:
            return self.refuse(HTTPStatus.NOT_FOUND, method)
        return self._response(HTTPStatus.OK, page[0], page[1], method)

    def refuse(self, status: HTTPStatus, method: str = "GET") -> Response:
        """An answer that says in a sentence why not; for the library's own refusals, too."""
        extra = {}
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            extra["Allow"] = "GET, HEAD"
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            extra["Retry-After"] = str(RETRY_AFTER_S)
        body = (
            REFUSALS.get(status, "This is not a request that Cairn understands.") + "\n"
        ).encode()
        return self._response(status, "text/plain; charset=utf-8", body, method, **extra)

    def add_headers(self, response: Response) -> None:
        """Give an answer that the library made, the one to a good handshake, what all have."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)

    def _health(self, method: str) -> Response:
        health = self._look()
        is_failed = health.status == "failed"
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_failed else HTTPStatus.OK
        body = json.dumps(msgspec.to_builtins(health), indent=1).encode() + b"\n"
        return self._response(status, "application/json", body, method)

    def _response(
        self, status: HTTPStatus, content_type: str, body: bytes, method: str, **extra: str
    ) -> Response:
        headers = Headers(
            {
                "Content-Type": content_type,
                "Content-Length": str(len(body)),
                "Cache-Control": "no-store",
                "Connection": "close",
                **self._headers,
                **extra,
            }
        )
        return Response(status.value, status.phrase, headers, body if method != "HEAD" else b"")
